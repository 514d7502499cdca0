import type { ChatAudience, ChatMessageView, ParticipantView } from '@conclave/protocol/signalling/views';
import type { SessionState } from '../../session/state.ts';

type Seat = Pick<SessionState, 'self' | 'room' | 'participants'>;

/** Why one cannot write to somebody now. */
export type ChatBlock = 'closed' | 'notGranted' | 'privateClosed' | 'gone' | 'notInGroup';

/** What stands in the way of a message; null: nothing does. The server decides the same when it arrives. */
export function blockOf(seat: Seat, to: ChatAudience): ChatBlock | null {
  const { self, room, participants } = seat;
  const may = (permission: 'general_chat' | 'private_chat') => self?.permissions.includes(permission) ?? false;
  switch (to.kind) {
    case 'everyone':
      if (may('general_chat')) return null;
      return self && room?.controls.chatClosedTo.includes(self.role) ? 'closed' : 'notGranted';
    case 'group':
      return isInGroup(seat) ? null : 'notInGroup';
    case 'participant':
      if (!participants[to.participantId]) return 'gone';
      return may('private_chat') ? null : 'privateClosed';
  }
}

export interface AudienceChoices {
  everyone: boolean;
  group: boolean;
  people: readonly ParticipantView[];
}

/** To whom one may write now; people in the order of the list. */
export function choicesOf(seat: Seat, order: readonly string[]): AudienceChoices {
  const others = order.flatMap((id) => (id === seat.self?.participantId ? [] : (seat.participants[id] ?? [])));
  return {
    everyone: blockOf(seat, { kind: 'everyone' }) === null,
    group: isInGroup(seat),
    people: others.filter(({ id, name }) => blockOf(seat, { kind: 'participant', participantId: id, name }) === null),
  };
}

/** For whom an answer to a message is: who wrote in private is answered in private. */
export function answerTo(message: ChatMessageView, selfId: string | undefined): ChatAudience {
  if (message.to.kind !== 'participant' || message.participantId === selfId) return message.to;
  return { kind: 'participant', participantId: message.participantId, name: message.name };
}

function isInGroup({ self, room }: Seat): boolean {
  return self !== null && (room?.chatGroup?.roles.includes(self.role) ?? false);
}
