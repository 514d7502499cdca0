import type { ErrorCode } from '@conclave/protocol/errors';
import type { ParticipantId } from '@conclave/protocol/ids';
import { permitsTowards } from '@conclave/protocol/roles';
import type { Verb } from '@conclave/protocol/signalling/verbs';
import type { SessionState } from '../rooms/session-state.ts';

/**
 * Decides whether a participant may send a verb now: null when they may, else `session_ended`, `not_allowed`, or `not_found` when
 * whom it acts on is not there.
 */
export function decideActing(verb: Verb, state: SessionState, participantId: ParticipantId, data: object): ErrorCode | null {
  const { permission, onParticipant } = verb;
  const actor = state.participants.get(participantId);
  if (state.ended || !actor) return 'session_ended';
  if (permission === null) return null;
  if (!actor.permissions.includes(permission)) return 'not_allowed';
  if (!onParticipant) return null;
  const target = 'participantId' in data ? state.participants.get(data.participantId as ParticipantId) : undefined; // parsed by its schema
  if (!target) return 'not_found';
  const { permissions = {} } = state.policy.roles.find(({ name }) => name === actor.role) ?? {};
  return permitsTowards(permissions, permission, target.role) ? null : 'not_allowed';
}
