import type { Joined, Notification } from '@conclave/protocol/signalling/messages';
import type { ChatMessageView, KnockView, ParticipantView } from '@conclave/protocol/signalling/views';
import { Broken } from './broken.ts';

/** What a client knows of its room, from the reply that let it in and the notifications since. */
export interface View {
  self: Omit<Joined['self'], 'resumeToken'>;
  room: Joined['room'];
  /** In order of joining. */
  readonly roster: Map<string, ParticipantView>;
  activeSpeakerId: string | null;
  /** In order of `seq`. */
  chat: ChatMessageView[];
  lobby: KnockView[];
}

export function viewOf({ self: { resumeToken: _, ...self }, room, participants, activeSpeakerId, chat, lobby }: Joined): View {
  return { self, room, roster: new Map(participants.map((one) => [one.id, one])), activeSpeakerId, chat: [...chat], lobby: [...lobby] };
}

/** The next message of the one order. @throws Broken if it was shown before or comes too late. */
export function addMessage(view: View, message: ChatMessageView): void {
  const last = view.chat.at(-1)?.seq ?? 0;
  if (message.seq <= last) throw new Broken(`the message ${message.seq} was shown after ${last}`);
  view.chat.push(message);
}

/** Follows a notification. @throws Broken if it does not fit what was told before. */
export function follow(view: View, { type, data }: Notification): void {
  const { roster } = view;
  const known = (id: string): ParticipantView => {
    const found = roster.get(id);
    if (!found) throw new Broken(`${type} is about ${id}, who is not on the list`);
    return found;
  };
  switch (type) {
    case 'participant.joined':
      if (roster.has(data.participant.id)) throw new Broken(`${data.participant.id} joined twice`);
      return void roster.set(data.participant.id, data.participant);
    case 'participant.left':
      known(data.participantId);
      return void roster.delete(data.participantId);
    case 'participant.updated': {
      const { participantId, ...changed } = data;
      // What is not given stays as it was.
      return void roster.set(participantId, { ...known(participantId), ...changed } as ParticipantView);
    }
    case 'producer.opened':
    case 'producer.updated': {
      const { participantId, producer } = data;
      const { producers } = known(participantId);
      const isKnown = producers.some(({ id }) => id === producer.id);
      const after = isKnown ? producers.map((other) => (other.id === producer.id ? producer : other)) : [...producers, producer];
      return void roster.set(participantId, { ...known(participantId), producers: after });
    }
    case 'producer.closed': {
      const producers = known(data.participantId).producers.filter(({ id }) => id !== data.producerId);
      return void roster.set(data.participantId, { ...known(data.participantId), producers });
    }
    case 'speaker.changed':
      return void (view.activeSpeakerId = data.participantId);
    case 'self.updated':
      return void (view.self = { ...view.self, ...data });
    case 'room.updated':
      return void (view.room = data.room);
    case 'chat.posted':
      return addMessage(view, data.message);
    case 'chat.deleted':
      return void (view.chat = view.chat.filter(({ id }) => !data.messageIds.includes(id)));
    case 'chat.reacted':
      return void (view.chat = view.chat.map((message) =>
        message.id === data.messageId ? { ...message, reactions: data.reactions } : message,
      ));
    case 'chat.listed':
      return void (view.chat = [...data.messages]);
    case 'lobby.knocked': {
      const isKnown = view.lobby.some(({ id }) => id === data.knock.id);
      return void (view.lobby = isKnown
        ? view.lobby.map((other) => (other.id === data.knock.id ? data.knock : other))
        : [...view.lobby, data.knock]);
    }
    case 'lobby.left':
      return void (view.lobby = view.lobby.filter(({ id }) => id !== data.knockId));
    case 'lobby.listed':
      return void (view.lobby = [...data.knocks]);
    case 'producer.demanded':
    case 'media.restarted':
    case 'self.muted':
    case 'self.asked-to-unmute':
    case 'lobby.admitted':
    case 'lobby.turned-away':
    case 'lobby.sent-back':
      return;
  }
}
