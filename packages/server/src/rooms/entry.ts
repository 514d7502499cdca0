import type { ErrorCode } from '@conclave/protocol/errors';
import type { InviteId } from '@conclave/protocol/ids';
import { permits, type RoleName } from '@conclave/protocol/roles';
import type { Settings } from '@conclave/protocol/rest/settings';
import type { ControlsView } from '@conclave/protocol/signalling/views';
import type { Roles } from '../access/roles.ts';
import type { TokenBearer } from '../access/room-token.ts';
import { expiryMs } from './settings.ts';

/** What somebody shows at the door, verified. */
export type Credential =
  | { readonly kind: 'link' }
  | { readonly kind: 'token'; readonly bearer: TokenBearer }
  /** An account of the team that owns the room. */
  | { readonly kind: 'account'; readonly userId: string; readonly name: string; readonly teamRole: string }
  | { readonly kind: 'invite'; readonly inviteId: InviteId; readonly name: string | null; readonly role: RoleName };

/** Everything on which admission depends. */
export interface EntryFacts {
  readonly settings: Settings;
  /** Of the team. */
  readonly roles: Roles;
  readonly controls: Pick<ControlsView, 'isLocked' | 'isLobbyOn'>;
  readonly credential: Credential;
  /** What is wrong with the invite that is shown; null: nothing, or there is none. */
  readonly inviteFault: 'invite_invalid' | 'invite_expired' | 'invite_used' | null;
  readonly isBanned: boolean;
  readonly hasPassword: boolean;
  /** The password that the room has now was shown. */
  readonly passwordShown: boolean;
  /** Somebody in the room let them in. */
  readonly isLetIn: boolean;
  /** Somebody in the room sent them back to the lobby and nobody has let them in since. */
  readonly isSentBack: boolean;
  readonly seatsTaken: number;
  readonly nowMs: number;
}

export type EntryDecision =
  | { readonly kind: 'enter' | 'wait'; readonly role: RoleName }
  | { readonly kind: 'refuse'; readonly code: ErrorCode };

/**
 * Decides whether somebody may come in, must wait in the lobby, or is refused, and as what. Every door asks this, and asks it
 * again at the moment of entering: page, room token, invite, account, embed.
 * Refuses with `session_ended` (the room is past its `expires_at`), `banned`, the fault of the invite, `token_required` (private and
 * nothing shown), `token_invalid` (the role is none of the room's), `password_required`, `room_locked` or `room_full`.
 */
export function decideEntry(facts: EntryFacts): EntryDecision {
  const { settings, credential, controls } = facts;
  const expiresAtMs = expiryMs(settings);
  if (expiresAtMs !== null && expiresAtMs <= facts.nowMs) return refuse('session_ended');
  if (facts.isBanned) return refuse('banned');
  if (facts.inviteFault !== null) return refuse(facts.inviteFault);
  if (settings.privacy === 'private' && credential.kind === 'link') return refuse('token_required');
  const role = roleOf(settings, credential);
  const definition = settings.roles.includes(role) ? facts.roles.find(role) : null;
  if (definition === null) return refuse(credential.kind === 'invite' ? 'invite_invalid' : 'token_invalid');
  if (needsPassword(facts) && !facts.passwordShown) return refuse('password_required');
  const opensDoors = permits(definition.permissions, 'control_room_entry');
  if (controls.isLocked && !opensDoors && !facts.isLetIn) return refuse('room_locked');
  if (facts.seatsTaken >= settings.max_participants) return refuse('room_full');
  if (facts.isLetIn) return { kind: 'enter', role };
  const passes = opensDoors || permits(definition.permissions, 'start_session');
  return { kind: facts.isSentBack || (controls.isLobbyOn && !passes) ? 'wait' : 'enter', role };
}

/** Whether the password of the room is asked for. Who was invited by name, or let in by hand, is asked only if the room says so. */
export function needsPassword(facts: Pick<EntryFacts, 'hasPassword' | 'credential' | 'settings' | 'isLetIn'>): boolean {
  if (!facts.hasPassword || facts.isLetIn) return false;
  return facts.credential.kind === 'link' || facts.settings.password_for_everyone_enabled;
}

/** The role that a credential stands for in a room with these settings. */
function roleOf(settings: Settings, credential: Credential): RoleName {
  switch (credential.kind) {
    case 'link':
      return settings.default_role;
    case 'token':
      return credential.bearer.role;
    case 'invite':
      return credential.role;
    case 'account':
      return credential.teamRole === 'owner' && settings.roles.includes('moderator') ? 'moderator' : settings.default_role;
  }
}

function refuse(code: ErrorCode): EntryDecision {
  return { kind: 'refuse', code };
}
