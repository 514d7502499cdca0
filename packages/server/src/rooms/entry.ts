import type { ErrorCode } from '@conclave/protocol/errors';
import type { Grants, Permission, RoleName } from '@conclave/protocol/roles';
import type { Settings } from '@conclave/protocol/rest/settings';
import { grantsOf, permissionsOf } from '../access/roles.ts';
import type { TokenBearer } from '../access/room-token.ts';
import { expiryMs } from './settings.ts';

/** Everything on which admission depends. */
export interface EntryFacts {
  readonly settings: Settings;
  /** What a room token that was verified says; null: there was none. */
  readonly bearer: TokenBearer | null;
  readonly seatsTaken: number;
  readonly nowMs: number;
}

export interface Admission {
  readonly role: RoleName;
  readonly permissions: Permission[];
  readonly grants: Grants;
}

/**
 * Decides whether somebody may come in and as what. Every door asks this, and asks it again at the moment of entering.
 * Refuses with `session_ended` (the room is past its `expires_at`), `token_required` (private, no token), `token_invalid`
 * (the token's role is no longer one of the room's) or `room_full`.
 */
export function decideEntry(facts: EntryFacts): { ok: true; admission: Admission } | { ok: false; code: ErrorCode } {
  const { settings, bearer, seatsTaken, nowMs } = facts;
  const expiresAtMs = expiryMs(settings);
  if (expiresAtMs !== null && expiresAtMs <= nowMs) return { ok: false, code: 'session_ended' };
  if (settings.privacy === 'private' && bearer === null) return { ok: false, code: 'token_required' };
  const role = bearer?.role ?? settings.default_role;
  if (!settings.roles.includes(role)) return { ok: false, code: 'token_invalid' };
  if (seatsTaken >= settings.max_participants) return { ok: false, code: 'room_full' };
  const permissions = permissionsOf(role, settings);
  return { ok: true, admission: { role, permissions, grants: grantsOf(permissions, settings) } };
}
