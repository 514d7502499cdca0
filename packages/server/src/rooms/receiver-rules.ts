import type { ParticipantId, SessionId } from '@conclave/protocol/ids';
import type { Receivers } from '@conclave/protocol/media-api/internal';

export type Receiver = Receivers['receivers'][number];
/** Whether somebody is on the list of a session, or let in and about to be. */
export type IsListed = (sessionId: SessionId, participantId: ParticipantId) => boolean;

/** Those to whom the media node sends or may send although they are on no list. */
export function straysAmong(receivers: readonly Receiver[], isListed: IsListed): Receiver[] {
  return receivers.filter(({ sessionId, participantId }) => !isListed(sessionId, participantId));
}

/** Of two looks, those that were stray both times: whoever was just coming or going is not. */
export function stillStray(before: readonly Receiver[], now: readonly Receiver[]): Receiver[] {
  const known = new Set(before.map(({ sessionId, participantId }) => `${sessionId} ${participantId}`));
  return now.filter(({ sessionId, participantId }) => known.has(`${sessionId} ${participantId}`));
}
