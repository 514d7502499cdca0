import { LIMITS } from '@conclave/protocol/limits';
import type { ParticipantView, RoomView } from '@conclave/protocol/signalling/views';
import type { Participant, SessionState } from './session-state.ts';

/** A participant as everybody in the room sees it. */
export function participantView(participant: Participant): ParticipantView {
  const { id, name, initials, avatar, role, enteredBy, joinedAtMs, quality, grants, handRaisedAtMs, producers } = participant;
  const connection = participant.connection ? 'connected' : 'reconnecting';
  return {
    id,
    name,
    initials,
    avatar,
    role,
    enteredBy,
    joinedAtMs,
    connection,
    quality,
    grants,
    handRaisedAtMs,
    producers: [...producers.values()],
  };
}

/** Everybody in the room, in order of joining. */
export function rosterView(state: SessionState): ParticipantView[] {
  return [...state.participants.values()].map(participantView);
}

/** What everybody in the room knows of it. */
export function roomView(state: Pick<SessionState, 'roomId' | 'sessionId' | 'startedAtMs' | 'policy'>): RoomView {
  const { settings, roles, controls, hasPassword } = state.policy;
  const friendlyUrl = settings.friendly_url ?? state.roomId;
  const group = { name: settings.private_group_chat_name ?? '', roles: [...settings.private_group_chat_roles] };
  return {
    id: state.roomId,
    friendlyUrl,
    name: roomName({ friendlyUrl, settings }),
    sessionId: state.sessionId,
    sessionStartedAtMs: state.startedAtMs,
    controls,
    hasPassword,
    maxParticipants: settings.max_participants,
    maxBroadcasters: settings.max_broadcasters,
    roles: roles.map(({ name, displayName, permissions }) => ({ name, displayName, permissions })),
    chatGroup: settings.private_group_chat_enabled ? group : null,
  };
}

/** What people call a room: its topic, which the public interface calls `description`, else the end of its link. */
export function roomName(room: { friendlyUrl: string; settings: { description: string | null } }): string {
  return room.settings.description?.slice(0, LIMITS.roomNameLength) ?? room.friendlyUrl;
}
