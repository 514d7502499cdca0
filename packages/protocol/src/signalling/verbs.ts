import { permits, permitsTowards, type Permission, type PermissionMap, type RoleName } from '../roles.ts';
import type { RequestType } from './messages.ts';

/** How far a connection has come: nobody yet, somebody in the lobby, a participant. */
export type StandingState = 'new' | 'lobby' | 'joined';

export interface Verb {
  /** In which states it may be sent; in any other it is refused. */
  readonly states: readonly StandingState[];
  /** What the sender's role must permit; null: everybody may. */
  readonly permission: Permission | null;
  /** It acts on the participant whom `data.participantId` names: the role must permit it towards their role. */
  readonly onParticipant: boolean;
  /**
   * It is judged and carried out in the one order of its session, after all that came before it: of two who contradict each other
   * the second is judged on what the first has done.
   */
  readonly isOrdered: boolean;
}

const entering = (...states: StandingState[]): Verb => ({ states, permission: null, onParticipant: false, isOrdered: false });
const own = (permission: Permission | null): Verb => ({ states: ['joined'], permission, onParticipant: false, isOrdered: true });
const towards = (permission: Permission): Verb => ({ states: ['joined'], permission, onParticipant: true, isOrdered: true });
const atOnce: Verb = { states: ['joined'], permission: null, onParticipant: false, isOrdered: false };

/**
 * The one table of who may do what in a meeting. It drives enforcement at the server, what the page offers, the policy table that
 * people are shown, and the generated tests. Without a row nothing is answered.
 */
export const VERBS = {
  'room.join': entering('new', 'lobby'),
  'room.resume': entering('new'),
  'lobby.resume': entering('new'),
  'lobby.leave': entering('lobby'),
  'connection.ping': entering('lobby', 'joined'),
  'room.leave': atOnce,
  'media.restart': atOnce,
  'media.ice-servers': atOnce,

  'chat.send': own('general_chat'),
  'chat.send-private': own('private_chat'),
  // Who is in the group is a setting of the room, not a permission.
  'chat.send-group': own(null),
  'chat.delete': own(null),
  'chat.delete-any': own('delete_others_chat_messages'),
  'chat.clear': own('clear_chat'),
  'chat.react': own('chat_reactions'),
  'chat.export': own('export_chat'),

  'participant.rename': own('self_rename'),
  'hand.raise': own('raise_hand'),
  'hand.lower': own(null),

  'participant.set-name': towards('rename_participants'),
  'participant.set-role': towards('manage_roles'),
  'participant.set-broadcast': towards('manage_broadcast'),
  'participant.set-screenshare': towards('manage_screenshare'),
  'participant.mute': towards('remote_muting'),
  'room.mute-all': own('remote_muting'),
  'participant.ask-unmute': towards('ask_remote_unmute'),
  'participant.lower-hand': towards('manage_broadcast'),
  'room.lower-hands': own('manage_broadcast'),
  'participant.remove': towards('remove_participant'),
  'participant.send-to-lobby': towards('remove_participant'),
  'participant.ban': towards('ban_participants'),
  'ban.list': own('ban_participants'),
  'ban.lift': own('ban_participants'),

  'lobby.admit': own('control_room_entry'),
  'lobby.admit-all': own('control_room_entry'),
  'lobby.turn-away': own('control_room_entry'),
  'room.set-lobby': own('control_room_entry'),
  'room.set-lock': own('control_room_entry'),
  'room.set-password': own('control_room_entry'),
  'room.set-chat': own('control_room_components'),
  'room.end': own('end_session'),

  'invite.create': own('invite_participant'),
  'invite.list': own('invite_participant'),
  'invite.revoke': own('invite_participant'),
  'invite.renew': own('invite_participant'),
} as const satisfies Record<RequestType, Verb>;

/** Whether somebody whose role permits `map` may send a message, towards somebody of `target` where it acts on one. */
export function maySend(type: RequestType, map: PermissionMap, target?: RoleName): boolean {
  const { permission, onParticipant } = VERBS[type];
  if (permission === null) return true;
  if (!onParticipant || target === undefined) return permits(map, permission);
  return permitsTowards(map, permission, target);
}
