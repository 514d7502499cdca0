import { createHmac } from 'node:crypto';
import type { Actor } from '@conclave/protocol/events/event';
import type { TeamId } from '@conclave/protocol/ids';
import type { Secret } from '@conclave/runtime/secret';

/** Whose key seals the personal fields of an event; see `person-keys.ts`. */
export type Person = string;

/** Who does something, from where: every action is given one, and its event says it. */
export interface Cause {
  readonly actor: Actor;
  /** Whom the personal fields belong to; null for visitors, jobs and operators. */
  readonly person: Person | null;
  /** IPv4 or IPv6 of the client; null where there is none. */
  readonly address: string | null;
}

/** The person that an account is, in all teams. */
export const memberPerson = (userId: string): Person => `member ${userId}`;
/** The person of one stay in one session, where nothing more is known. */
export const guestPerson = (participantId: string): Person => `participant ${participantId}`;

/**
 * The person whom a team calls by an id of its own (`ud` of a room token), the same in all its rooms.
 * @param lookup `MasterKeys.lookup`: without it nobody can try out whose id a person is.
 */
export function externalPerson(lookup: Secret, teamId: TeamId, externalId: string): Person {
  const hmac = createHmac('sha256', Buffer.from(lookup.reveal(), 'base64url')).update(externalId, 'utf8');
  return `external ${teamId} ${hmac.digest('base64url')}`;
}

/** A job or the process itself, by name: `retention`, `server`. */
export function systemCause(id: string): Cause {
  return { actor: { kind: 'system', id, authenticatedBy: 'process' }, person: null, address: null };
}

/** What the server does by itself. */
export const SERVER: Cause = systemCause('server');

/** Somebody at the shell of the host. */
export function operatorCause(): Cause {
  return { actor: { kind: 'operator', id: null, authenticatedBy: 'shell' }, person: null, address: null };
}

/** Somebody about whom nothing but an address is known. */
export function visitorCause(address: string | null): Cause {
  return { actor: { kind: 'visitor', id: null, authenticatedBy: 'none' }, person: null, address };
}
