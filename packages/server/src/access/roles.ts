import { PERMISSIONS, type Grants, type Permission, type RoleName } from '@conclave/protocol/roles';
import type { SettingName, Settings } from '@conclave/protocol/rest/settings';

export interface Role {
  readonly id: string;
  readonly name: RoleName;
  readonly displayName: string;
  readonly description: string;
  readonly permissions: readonly Permission[];
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

/** The built-in roles, the same in every team. Their ids are fixed, because integrators store them. */
export const ROLES: readonly Role[] = [
  {
    id: '6a0f5f3e-7a0e-4b57-9c1d-0d1f5c0e0001',
    name: 'moderator',
    displayName: 'Moderators',
    description: 'Sends, shares, presents, and manages everybody else and the session.',
    permissions: PERMISSIONS,
  },
  {
    id: '6a0f5f3e-7a0e-4b57-9c1d-0d1f5c0e0002',
    name: 'speaker',
    displayName: 'Speakers',
    description: 'Sends camera, microphone and screen and presents; manages nobody.',
    permissions: SPEAKER,
  },
  {
    id: '6a0f5f3e-7a0e-4b57-9c1d-0d1f5c0e0003',
    name: 'attendee',
    displayName: 'Attendees',
    description: 'Sees and hears; is not seen or heard.',
    permissions: ATTENDEE,
  },
  {
    id: '6a0f5f3e-7a0e-4b57-9c1d-0d1f5c0e0004',
    name: 'teacher',
    displayName: 'Teachers',
    description: 'The same as a moderator.',
    permissions: PERMISSIONS,
  },
  {
    id: '6a0f5f3e-7a0e-4b57-9c1d-0d1f5c0e0005',
    name: 'student',
    displayName: 'Students',
    description: 'Sees and hears, may send camera and microphone and draw on the whiteboard.',
    permissions: [...ATTENDEE, 'broadcast', 'edit_whiteboard'],
  },
];

/** The role with that id or name. */
export function findRole(reference: string): Role | null {
  return ROLES.find((role) => role.name === reference || role.id === reference.toLowerCase()) ?? null;
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

/** What a role permits; with settings, less what the room has switched off. A role that does not exist permits nothing. */
export function permissionsOf(role: RoleName, settings?: Settings): Permission[] {
  const all = findRole(role)?.permissions ?? [];
  return all.filter((permission) => {
    const needed = NEEDS[permission];
    return settings === undefined || needed === undefined || settings[needed];
  });
}

/** What the media node lets somebody with these permissions send and receive in a room with these settings. */
export function grantsOf(permissions: readonly Permission[], settings: Pick<Settings, 'is_audio_only' | 'screenshare_enabled'>): Grants {
  const broadcast = permissions.includes('broadcast');
  return {
    microphone: broadcast,
    camera: broadcast && !settings.is_audio_only,
    screen: permissions.includes('screenshare') && settings.screenshare_enabled,
    receive: true,
  };
}
