import { createHash } from 'node:crypto';
import { LiveRoom, RoomHead } from '@conclave/protocol/rest/rooms';
import { namesOn, SETTINGS, SETTING_NAMES, type SettingName, type Settings } from '@conclave/protocol/rest/settings';
import type { Roles } from '../access/roles.ts';
import type { Team } from '../access/store.ts';
import type { LiveSummary } from './live-rooms.ts';
import type { Room } from './store.ts';

const isSecret = (name: SettingName): boolean => 'secret' in SETTINGS[name];
const ROOM_NAMES = SETTING_NAMES.filter((name) => SETTINGS[name].on !== 'D' && !isSecret(name));
const TEAM_NAMES = namesOn('D').filter((name) => !isSecret(name));

/** `2026-11-23T12:00:00Z`: to the second, as clients of this interface expect. */
export function timestamp(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** A room as REST shows it: every setting that holds, secrets left out. */
export function presentRoom(room: Room, url: string, roles: Roles): RoomHead {
  return RoomHead.parse({
    id: room.id,
    topic: room.settings.description,
    ...pick(room.settings, ROOM_NAMES),
    ...presentRoles(room.settings, roles),
    webhooks: room.settings.webhooks ?? [],
    tags: room.settings.tags ?? [],
    breakouts: (room.settings.breakouts ?? []).map((name, index) => ({ id: breakoutId(room.id, index), name })),
    // Ours: whether there is one, never what it is.
    has_password: room.hasPassword,
    friendly_url: room.friendlyUrl,
    room_url: url,
    files: [],
    files_panel_enabled: false,
    created_at: timestamp(room.createdAt),
    updated_at: timestamp(room.updatedAt),
  });
}

/** A running session of a room. */
export function presentLive(room: Room, session: LiveSummary, nowMs: number) {
  return LiveRoom.parse({
    id: room.id,
    external_id: room.settings.external_id,
    start_time: `${new Date(session.startedAtMs).toISOString().slice(0, 19)}.000000Z`,
    session_duration: Math.max(0, Math.floor((nowMs - session.startedAtMs) / 1000)),
    live_participants: session.participants,
  });
}

/** The team's defaults as REST shows them. */
export function presentTeam(team: Team, settings: Settings, roles: Roles, ownerId: string | null) {
  return {
    id: team.id,
    owner_id: ownerId,
    ...pick(settings, TEAM_NAMES),
    ...presentRoles(settings, roles),
    domain: team.slug,
    custom_cname: null,
    max_participants: settings.max_participants,
    max_sessions: null,
    subscription_start: null,
    subscription_end: null,
    files_panel_enabled: false,
  };
}

function presentRoles(settings: Settings, roles: Roles) {
  const head = (name: string) => {
    const role = roles.find(name) ?? roles.all[0];
    return { id: role?.id, name: role?.name, display_name: role?.displayName };
  };
  return {
    default_role: head(settings.default_role),
    roles: settings.roles.map((name) => ({
      ...head(name),
      allow_private_group_chat: settings.private_group_chat_roles?.includes(name) ?? false,
    })),
  };
}

/** Stable for a room and a place in its list, until breakout rooms have rows of their own; a UUID of version 8 (RFC 9562 §5.8). */
function breakoutId(roomId: string, index: number): string {
  const hex = createHash('sha256').update(`breakout ${index} of ${roomId}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function pick(settings: Settings, names: readonly SettingName[]): Partial<Settings> {
  return Object.fromEntries(names.map((name) => [name, settings[name]]));
}
