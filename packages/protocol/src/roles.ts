import { z } from 'zod';

/** What a participant's media path may do. Set by the server, enforced by the media node. */
export const Grants = z.strictObject({
  microphone: z.boolean(),
  camera: z.boolean(),
  screen: z.boolean(),
  receive: z.boolean(),
});
export type Grants = z.infer<typeof Grants>;

/** The 58 permission names of the public interface (see `GET /api/v1/permissions`). */
export const PERMISSIONS = [
  'broadcast',
  'manage_broadcast',
  'screenshare',
  'manage_screenshare',
  'remote_muting',
  'ask_remote_unmute',
  'raise_hand',
  'start_session',
  'end_session',
  'control_room_entry',
  'control_room_components',
  'invite_participant',
  'remove_participant',
  'ban_participants',
  'manage_roles',
  'manage_breakout',
  'see_participants_panel',
  'see_roles_in_participants_panel',
  'rename_participants',
  'self_rename',
  'avatar_upload',
  'manage_phone_users',
  'pin_panels',
  'general_chat',
  'private_chat',
  'remove_chat',
  'clear_chat',
  'export_chat',
  'delete_others_chat_messages',
  'chat_reactions',
  'room_reactions',
  'access_qa',
  'ask_question_qa',
  'ask_question_anonymously_qa',
  'answer_qa',
  'answer_privately_qa',
  'moderate_qa',
  'upvote_qa',
  'download_qa',
  'see_all_questions',
  'see_questions_author',
  'present_content_library',
  'manage_content_library',
  'manage_personal_content_library',
  'push_content',
  'lock_content',
  'clear_content',
  'see_content_badges',
  'edit_whiteboard',
  'manage_edit_whiteboard',
  'manage_private_whiteboard',
  'see_notes',
  'collaborate_in_notes',
  'manage_polls',
  'manage_poll_templates',
  'recording',
  'restreaming',
  'transcribe_session',
] as const;
export const Permission = z.enum(PERMISSIONS);
export type Permission = z.infer<typeof Permission>;

/** Permissions that act on somebody: each may be limited to people of certain roles. */
export const ROLE_SENSITIVE = [
  'manage_broadcast',
  'manage_screenshare',
  'remove_participant',
  'remote_muting',
  'manage_roles',
  'ask_remote_unmute',
  'ban_participants',
  'rename_participants',
  'manage_edit_whiteboard',
] as const satisfies readonly Permission[];

export const BUILT_IN_ROLES = ['moderator', 'speaker', 'attendee'] as const;
/** A role's name: built in or the team's own. */
export const RoleName = z.string().regex(/^[A-Za-z0-9_-]{1,30}$/);
export type RoleName = z.infer<typeof RoleName>;

/** `true`: towards everybody. A list (role-sensitive permissions only): towards people of these roles. */
export const PermissionValue = z.union([z.boolean(), z.array(RoleName).max(100)]);
export type PermissionValue = z.infer<typeof PermissionValue>;
/** What a role permits; what is left out is not permitted. */
export const PermissionMap = z.partialRecord(Permission, PermissionValue);
export type PermissionMap = z.infer<typeof PermissionMap>;

/** Whether a role permits something at all, towards whomever. */
export function permits(map: PermissionMap, permission: Permission): boolean {
  const value = map[permission];
  return value === true || (Array.isArray(value) && value.length > 0);
}

/** Whether a role permits something towards people of a role. */
export function permitsTowards(map: PermissionMap, permission: Permission, target: RoleName): boolean {
  const value = map[permission];
  return value === true || (Array.isArray(value) && value.includes(target));
}
