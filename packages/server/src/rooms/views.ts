import { LIMITS } from '@conclave/protocol/limits';
import type { ParticipantView, RoomView } from '@conclave/protocol/signalling/views';
import type { Participant, SessionState } from './session-state.ts';

/** A participant as everybody in the room sees it. */
export function participantView(participant: Participant): ParticipantView {
  const { id, name, initials, avatar, role, joinedAtMs, quality, grants, producers } = participant;
  const connection = participant.connection ? 'connected' : 'reconnecting';
  return { id, name, initials, avatar, role, joinedAtMs, connection, quality, grants, producers: [...producers.values()] };
}

/** Everybody in the room, in order of joining. */
export function rosterView(state: SessionState): ParticipantView[] {
  return [...state.participants.values()].map(participantView);
}

export function roomView(room: { friendlyUrl: string; name: string }, state: SessionState): RoomView {
  return {
    id: state.roomId,
    friendlyUrl: room.friendlyUrl,
    name: room.name,
    sessionId: state.sessionId,
    sessionStartedAtMs: state.startedAtMs,
  };
}

/** What people call a room: its topic, which the public interface calls `description`, else the end of its link. */
export function roomName(room: { friendlyUrl: string; settings: { description: string | null } }): string {
  return room.settings.description?.slice(0, LIMITS.roomNameLength) ?? room.friendlyUrl;
}
