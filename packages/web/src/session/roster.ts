import type { ProducerState } from '@conclave/protocol/media-api/internal';
import type { Joined, Notification } from '@conclave/protocol/signalling/messages';
import type { ParticipantView } from '@conclave/protocol/signalling/views';
import type { SessionState } from './state.ts';

type Roster = Pick<SessionState, 'participants' | 'order' | 'activeSpeakerId' | 'self' | 'room' | 'lobby'>;

/** The roster as `room.join` or `room.resume` gives it: the whole truth, whatever was known before. */
export function rosterOf(joined: Joined): Roster {
  return {
    self: joined.self,
    participants: Object.fromEntries(joined.participants.map((participant) => [participant.id, participant])),
    order: joined.participants.map((participant) => participant.id),
    activeSpeakerId: joined.activeSpeakerId,
    room: joined.room,
    lobby: joined.lobby,
  };
}

/**
 * Applies one notification; returns the given object when nothing changed. Unknown participants are passed over, repeated
 * notifications change nothing: after a resume the server may say again what the roster already held.
 */
export function applyToRoster<R extends Roster>(roster: R, notification: Notification): R {
  switch (notification.type) {
    case 'participant.joined':
      return withParticipant(roster, notification.data.participant);
    case 'participant.left':
      return without(roster, notification.data.participantId);
    case 'participant.updated': {
      const { participantId, ...changes } = notification.data;
      return updated(roster, participantId, (participant) => ({ ...participant, ...definedOnly(changes) }));
    }
    case 'producer.opened':
    case 'producer.updated': {
      const { participantId, producer } = notification.data;
      return updated(roster, participantId, (participant) => ({
        ...participant,
        producers: withProducer(participant.producers, producer),
      }));
    }
    case 'producer.closed': {
      const { participantId, producerId } = notification.data;
      return updated(roster, participantId, (participant) => ({
        ...participant,
        producers: participant.producers.filter((producer) => producer.id !== producerId),
      }));
    }
    case 'speaker.changed':
      return { ...roster, activeSpeakerId: notification.data.participantId };
    case 'self.updated':
      return roster.self === null ? roster : { ...roster, self: { ...roster.self, ...notification.data } };
    case 'room.updated':
      return { ...roster, room: notification.data.room };
    case 'lobby.knocked': {
      const { knock } = notification.data;
      const known = roster.lobby.some(({ id }) => id === knock.id);
      return { ...roster, lobby: known ? roster.lobby.map((other) => (other.id === knock.id ? knock : other)) : [...roster.lobby, knock] };
    }
    case 'lobby.left':
      return { ...roster, lobby: roster.lobby.filter(({ id }) => id !== notification.data.knockId) };
    case 'lobby.listed':
      return { ...roster, lobby: notification.data.knocks };
    case 'producer.demanded':
    case 'chat.posted':
    case 'chat.deleted':
    case 'chat.listed':
    case 'chat.reacted':
    case 'media.restarted':
    case 'self.muted':
    case 'self.asked-to-unmute':
    case 'lobby.admitted':
    case 'lobby.turned-away':
    case 'lobby.sent-back':
      return roster;
  }
}

function withParticipant<R extends Roster>(roster: R, participant: ParticipantView): R {
  const order = roster.order.includes(participant.id) ? roster.order : [...roster.order, participant.id];
  return { ...roster, order, participants: { ...roster.participants, [participant.id]: participant } };
}

function without<R extends Roster>(roster: R, participantId: string): R {
  const { [participantId]: gone, ...participants } = roster.participants;
  if (gone === undefined) return roster;
  const activeSpeakerId = roster.activeSpeakerId === participantId ? null : roster.activeSpeakerId;
  return { ...roster, participants, order: roster.order.filter((id) => id !== participantId), activeSpeakerId };
}

function updated<R extends Roster>(roster: R, participantId: string, change: (participant: ParticipantView) => ParticipantView): R {
  const participant = roster.participants[participantId];
  if (participant === undefined) return roster;
  return { ...roster, participants: { ...roster.participants, [participantId]: change(participant) } };
}

/** One producer of each source: a new one takes the place of its predecessor, whose closing may be told later. */
function withProducer(producers: readonly ProducerState[], producer: ProducerState): ProducerState[] {
  return [...producers.filter((other) => other.id !== producer.id && other.source !== producer.source), producer];
}

function definedOnly<T extends object>(changes: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  // Fields that are present but undefined would erase what is known.
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
