import { PERMISSIONS, type Permission, type PermissionMap, type RoleName } from '../roles.ts';
import type { RequestType } from './messages.ts';
import { VERBS, type Verb } from './verbs.ts';

/** Permissions by what they are about, in the order in which people are shown them. Each is in exactly one area. */
export const PERMISSION_AREAS = {
  media: ['broadcast', 'manage_broadcast', 'screenshare', 'manage_screenshare', 'remote_muting', 'ask_remote_unmute', 'raise_hand'],
  entry: [
    'start_session',
    'end_session',
    'control_room_entry',
    'control_room_components',
    'invite_participant',
    'remove_participant',
    'ban_participants',
    'manage_breakout',
    'manage_phone_users',
  ],
  people: [
    'manage_roles',
    'see_participants_panel',
    'see_roles_in_participants_panel',
    'rename_participants',
    'self_rename',
    'avatar_upload',
    'pin_panels',
  ],
  chat: [
    'general_chat',
    'private_chat',
    'remove_chat',
    'clear_chat',
    'export_chat',
    'delete_others_chat_messages',
    'chat_reactions',
    'room_reactions',
  ],
  questions: [
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
  ],
  content: [
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
  ],
  results: ['manage_polls', 'manage_poll_templates', 'recording', 'restreaming', 'transcribe_session'],
} as const satisfies Record<string, readonly Permission[]>;
export type PermissionArea = keyof typeof PERMISSION_AREAS;

const ROWS = Object.entries(VERBS) as [RequestType, Verb][]; // VERBS has one row for each message type

/** The messages that a permission opens, in the order of the table of verbs. Empty: it is looked at elsewhere, or not yet. */
export function verbsOpenedBy(permission: Permission): RequestType[] {
  return ROWS.flatMap(([type, verb]) => (verb.permission === permission ? [type] : []));
}

/** The messages that every participant may send, whatever their role. */
export const VERBS_OF_EVERYBODY: readonly RequestType[] = ROWS.flatMap(([type, { permission, states }]) =>
  permission === null && states.includes('joined') ? [type] : [],
);

/** What a role may do with one permission: nothing, it all, or it towards people of some roles alone. */
export type PolicyCell = 'no' | 'yes' | readonly RoleName[];

/** One cell of the table role × permission that people are shown. */
export function policyCell(map: PermissionMap, permission: Permission): PolicyCell {
  const value = map[permission];
  if (value === true) return 'yes';
  return Array.isArray(value) && value.length > 0 ? value : 'no';
}

/** The table that people are shown: for each permission what it opens and what each role may do with it. */
export function policyTable(roles: readonly { name: RoleName; permissions: PermissionMap }[]) {
  return PERMISSIONS.map((permission) => ({
    permission,
    verbs: verbsOpenedBy(permission),
    cells: new Map(roles.map(({ name, permissions }) => [name, policyCell(permissions, permission)])),
  }));
}
