import type { TeamId } from '@conclave/protocol/ids';
import type { SettingName, Settings } from '@conclave/protocol/rest/settings';
import { PERMISSIONS, permits, type Grants, type Permission, type PermissionMap, type RoleName } from '@conclave/protocol/roles';
import type { ControlsView } from '@conclave/protocol/signalling/views';
import type { Db } from '../db/connection.ts';
import type { GrantOverrides } from '../db/tables/sessions.ts';
import type { Tx } from '../db/transaction.ts';

export interface Role {
  readonly id: string;
  readonly name: RoleName;
  readonly displayName: string;
  readonly description: string;
  readonly permissions: PermissionMap;
  /** The same in every team, and never changed or deleted. */
  readonly isBuiltIn: boolean;
  /** Of the team's own roles only. */
  readonly createdAt?: Date;
  readonly updatedAt?: Date;
}

/** The roles that a team has: the built-in ones and then its own, in order of making. */
export interface Roles {
  readonly all: readonly Role[];
  /** The role with that id or name; names differ in case too. */
  find(reference: string): Role | null;
}

const ATTENDEE: readonly Permission[] = [
  'raise_hand',
  'see_participants_panel',
  'general_chat',
  'private_chat',
  'chat_reactions',
  'room_reactions',
  'access_qa',
  'ask_question_qa',
  'upvote_qa',
  'see_notes',
  'avatar_upload',
];

// Without start_session, which would also lead past a lobby: only who moderates may open a session or walk in.
const SPEAKER: readonly Permission[] = [
  ...ATTENDEE,
  'broadcast',
  'screenshare',
  'see_roles_in_participants_panel',
  'answer_qa',
  'present_content_library',
  'manage_personal_content_library',
  'edit_whiteboard',
  'collaborate_in_notes',
  'self_rename',
  'see_content_badges',
];

const builtIn = (id: string, name: RoleName, displayName: string, description: string, permissions: readonly Permission[]): Role => ({
  id: `6a0f5f3e-7a0e-4b57-9c1d-0d1f5c0e${id}`,
  name,
  displayName,
  description,
  permissions: Object.fromEntries(permissions.map((permission) => [permission, true])),
  isBuiltIn: true,
});

/** The built-in roles, the same in every team. Their ids are fixed, because integrators store them. */
export const COMMON_ROLES: readonly Role[] = [
  builtIn('0001', 'moderator', 'Moderators', 'Sends, shares, presents, and manages everybody else and the session.', PERMISSIONS),
  builtIn('0002', 'speaker', 'Speakers', 'Sends camera, microphone and screen and presents; manages nobody.', SPEAKER),
  builtIn('0003', 'attendee', 'Attendees', 'Sees and hears; is not seen or heard.', ATTENDEE),
  builtIn('0004', 'teacher', 'Teachers', 'The same as a moderator.', PERMISSIONS),
  builtIn('0005', 'student', 'Students', 'Sees and hears, may send camera and microphone and draw on the whiteboard.', [
    ...ATTENDEE,
    'broadcast',
    'edit_whiteboard',
  ]),
];

/** The roles of a team that has these of its own. */
export function rolesOf(own: readonly Role[]): Roles {
  const all = [...COMMON_ROLES, ...own];
  return { all, find: (reference) => all.find((role) => role.name === reference || role.id === reference.toLowerCase()) ?? null };
}

/** The roles of a team as they are stored now. */
export async function loadRoles(db: Db, teamId: TeamId): Promise<Roles> {
  const rows = await db.selectFrom('roles').selectAll().where('team_id', '=', teamId).orderBy('created_at').orderBy('id').execute();
  return rolesOf(
    rows.map(({ id, name, display_name, description, permissions, created_at, updated_at }) => ({
      id,
      name,
      displayName: display_name,
      description,
      permissions,
      isBuiltIn: false,
      createdAt: created_at,
      updatedAt: updated_at,
    })),
  );
}

/** The same, held until the transaction ends: nobody changes a role between our look at it and our change. */
export async function holdRoles(tx: Tx, teamId: TeamId): Promise<Roles> {
  // Who changes a role holds the team's row for themselves.
  await tx.selectFrom('teams').select('id').where('id', '=', teamId).forShare().execute();
  return loadRoles(tx, teamId);
}

/** Permissions that a room's settings can take away from everybody. */
const NEEDS: Partial<Record<Permission, SettingName & `${string}_enabled`>> = {
  screenshare: 'screenshare_enabled',
  raise_hand: 'raise_hand_enabled',
  general_chat: 'chat_enabled',
  private_chat: 'private_chat_enabled',
  chat_reactions: 'chat_reactions_enabled',
  room_reactions: 'room_reactions_enabled',
  access_qa: 'qa_enabled',
  ask_question_qa: 'qa_enabled',
  upvote_qa: 'upvote_qa_enabled',
  manage_polls: 'polls_enabled',
  edit_whiteboard: 'whiteboard_enabled',
  see_notes: 'shared_notes_enabled',
  collaborate_in_notes: 'shared_notes_enabled',
  present_content_library: 'content_library_enabled',
  recording: 'recordings_enabled',
  restreaming: 'restream_enabled',
  transcribe_session: 'transcription_enabled',
  manage_breakout: 'breakout_rooms_enabled',
  invite_participant: 'invite_participants_enabled',
};

/**
 * What a role permits at all, towards whomever, less what the room has switched off or moderators have closed for it now; in the
 * order of `PERMISSIONS`.
 */
export function permissionsOf(
  map: PermissionMap,
  settings: Settings,
  controls?: Pick<ControlsView, 'chatClosedTo' | 'privateChatClosedTo'>,
  role?: RoleName,
): Permission[] {
  const isClosed = (to: readonly RoleName[] = []) => role !== undefined && to.includes(role);
  return PERMISSIONS.filter((permission) => {
    const needed = NEEDS[permission];
    if (!permits(map, permission) || (needed !== undefined && !settings[needed])) return false;
    if (permission === 'general_chat') return !isClosed(controls?.chatClosedTo);
    return permission !== 'private_chat' || !isClosed(controls?.privateChatClosedTo);
  });
}

/**
 * What the media node lets somebody send and receive: what their permissions grant or, where a moderator decided it for them, what
 * was decided. What the room does not have at all nobody sends.
 */
export function grantsOf(
  permissions: readonly Permission[],
  settings: Pick<Settings, 'is_audio_only' | 'screenshare_enabled'>,
  overrides: GrantOverrides = {},
): Grants {
  const broadcast = permissions.includes('broadcast');
  return {
    microphone: overrides.microphone ?? broadcast,
    camera: (overrides.camera ?? broadcast) && !settings.is_audio_only,
    screen: (overrides.screen ?? permissions.includes('screenshare')) && settings.screenshare_enabled,
    receive: true,
  };
}

/**
 * The overrides when a moderator says `given`. To allow what the role grants anyway is to take back what was forbidden: else
 * who was silenced and allowed again would go on broadcasting in a role that may not.
 */
export function overridesAfter(permissions: readonly Permission[], overrides: GrantOverrides, given: GrantOverrides): GrantOverrides {
  const { microphone, camera, screen } = { ...overrides, ...given };
  const kept = (said: boolean | undefined, permission: Permission) => said !== undefined && !(said && permissions.includes(permission));
  return {
    ...(kept(microphone, 'broadcast') && { microphone }),
    ...(kept(camera, 'broadcast') && { camera }),
    ...(kept(screen, 'screenshare') && { screen }),
  };
}
