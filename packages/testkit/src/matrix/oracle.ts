import type { ErrorCode } from '@conclave/protocol/errors';
import { PERMISSIONS, type Permission, type PermissionMap, type RoleName } from '@conclave/protocol/roles';
import type { RequestType } from '@conclave/protocol/signalling/messages';
import { VERBS, type Verb } from '@conclave/protocol/signalling/verbs';

const yes = (...permissions: Permission[]): PermissionMap => Object.fromEntries(permissions.map((permission) => [permission, true]));
const ATTENDEE = yes('raise_hand', 'general_chat', 'private_chat', 'chat_reactions');

/** The team's own roles: one that may do most things towards some, one that may do the others and takes no part in the chat. */
export const OWN_ROLES = {
  pilot: {
    ...yes('broadcast', 'raise_hand', 'general_chat', 'chat_reactions', 'delete_others_chat_messages', 'control_room_entry'),
    manage_broadcast: ['attendee', 'student'],
    manage_screenshare: ['speaker'],
    remote_muting: ['speaker', 'deckhand'],
    ask_remote_unmute: ['speaker', 'attendee'],
    remove_participant: ['attendee'],
    ban_participants: ['student'],
    manage_roles: ['attendee', 'student'],
    rename_participants: ['moderator', 'attendee'],
  },
  deckhand: {
    ...yes('private_chat', 'self_rename', 'clear_chat', 'invite_participant', 'end_session', 'control_room_components'),
    remove_participant: [],
    remote_muting: ['deckhand'],
  },
} as const satisfies Record<string, PermissionMap>;

/** What each role permits, as far as a verb asks for it: written down here a second time, so that a change on either side shows. */
export const ROLES = {
  moderator: yes(...PERMISSIONS),
  speaker: { ...ATTENDEE, ...yes('broadcast', 'screenshare', 'self_rename') },
  attendee: ATTENDEE,
  student: { ...ATTENDEE, ...yes('broadcast') },
  ...OWN_ROLES,
} as const satisfies Record<RoleName, PermissionMap>;
export type Role = keyof typeof ROLES;
export const ROLE_NAMES = Object.keys(ROLES) as Role[]; // keys of a const object: exactly Role

/** Who comes past the lobby does not wait in it, except who was sent back. */
export const WAITING_ROLES = ROLE_NAMES.filter((role) => role !== 'moderator' && role !== 'pilot');

/** The group that writes among itself, in the settings of the room of the matrix. */
export const GROUP: readonly Role[] = ['moderator', 'pilot'];

/** One thing that somebody tries in a state, towards somebody of a role or towards themselves. */
export interface Cell {
  readonly verb: RequestType;
  readonly target: Role | 'self' | null;
}

const TYPES = Object.keys(VERBS) as RequestType[]; // VERBS has one row for each message type
/** Nobody does these to themselves. */
const NEVER_ONESELF: readonly RequestType[] = ['participant.remove', 'participant.ban', 'participant.send-to-lobby', 'chat.send-private'];

/** Everything that can be tried. */
export const CELLS: readonly Cell[] = TYPES.flatMap((verb): Cell[] => {
  const isTowards = VERBS[verb].onParticipant || verb === 'chat.send-private';
  const towards = (isTowards ? ROLE_NAMES : []).map((target): Cell => ({ verb, target }));
  const self: Cell[] = NEVER_ONESELF.includes(verb) ? [{ verb, target: 'self' }] : [];
  return isTowards ? [...towards, ...self] : [{ verb, target: null }];
});

export const isTowardsSomebody = (role: Role, permission: Permission, target: Role): boolean => {
  const value = (ROLES[role] as PermissionMap)[permission];
  return value === true || (Array.isArray(value) && value.includes(target));
};
const mayAtAll = (role: Role, permission: Permission): boolean => {
  const value = (ROLES[role] as PermissionMap)[permission];
  return value === true || (Array.isArray(value) && value.length > 0);
};

/** The answer to somebody who waits. */
export function answerInLobby({ verb }: Cell): 'ok' | ErrorCode {
  const { states }: Verb = VERBS[verb];
  if (states.includes('lobby')) return 'ok';
  return states.includes('joined') ? 'not_allowed' : 'conflict';
}

/** The answer to somebody who is in the room with a role, whatever the microphone, camera and screen that a moderator left them. */
export function answerInRoom({ verb, target }: Cell, role: Role): 'ok' | ErrorCode {
  const { states, permission, onParticipant }: Verb = VERBS[verb];
  if (!states.includes('joined')) return 'conflict';
  if (permission !== null) {
    if (!mayAtAll(role, permission)) return 'not_allowed';
    const targetRole = target === 'self' ? role : target;
    if (onParticipant && targetRole !== null && !isTowardsSomebody(role, permission, targetRole)) return 'not_allowed';
  }
  if (target === 'self') return 'conflict';
  switch (verb) {
    case 'chat.send-group':
      return GROUP.includes(role) ? 'ok' : 'not_allowed';
    // Who may not write to everybody has no message of their own, and does not see those of others.
    case 'chat.delete':
      return mayAtAll(role, 'general_chat') ? 'ok' : 'not_found';
    // Nobody can be asked to unmute who may not send.
    case 'participant.ask-unmute':
      return target !== null && mayAtAll(target, 'broadcast') ? 'ok' : 'conflict';
    default:
      return 'ok';
  }
}

/** Whether microphone, camera and screen may be sent. */
export function grantsLeft(role: Role, isMuted: boolean): boolean[] {
  const broadcast = !isMuted && mayAtAll(role, 'broadcast');
  return [broadcast, broadcast, !isMuted && mayAtAll(role, 'screenshare')];
}
