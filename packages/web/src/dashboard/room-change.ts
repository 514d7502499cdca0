import type { RoomHead } from '@conclave/protocol/rest/rooms';
import type { RoomChange } from './rooms-api.ts';

export interface RoomForm {
  description: string;
  linkName: string;
  isPrivate: boolean;
  /** By name, in the order of the room. */
  roles: readonly string[];
  defaultRole: string;
  hasLobby: boolean;
}

/** The form as the room is now. */
export function formOf(room: RoomHead): RoomForm {
  return {
    description: room.description ?? '',
    linkName: room.friendly_url,
    isPrivate: room.privacy === 'private',
    roles: (room.roles ?? []).map(({ name }) => name),
    defaultRole: room.default_role?.name ?? '',
    hasLobby: room.is_locked ?? false,
  };
}

/** Only what differs from the room, in the names of the REST interface; `{}` when nothing does. */
export function changeOf(room: RoomHead, form: RoomForm): RoomChange {
  const { description, linkName, isPrivate, roles, defaultRole, hasLobby } = form;
  const before = formOf(room);
  const change: RoomChange = {};
  const title = description.trim() === '' ? null : description.trim();
  const privacy = isPrivate ? 'private' : 'public';
  if (title !== room.description) change.description = title;
  if (linkName.trim() !== room.friendly_url) change.friendly_url = linkName.trim();
  if (privacy !== room.privacy) change.privacy = privacy;
  if (roles.join() !== before.roles.join()) change.roles = roles;
  if (defaultRole !== before.defaultRole) change.default_role = defaultRole;
  if (hasLobby !== before.hasLobby) change.is_locked = hasLobby;
  return change;
}

export function isGoodLinkName(linkName: string): boolean {
  return /^[A-Za-z0-9_-]{3,32}$/.test(linkName.trim());
}

/** None, or at least three characters. */
export function isGoodTitle(description: string): boolean {
  const { length } = description.trim();
  return length === 0 || length >= 3;
}

/** A room's roles with one more or one less; the role of newcomers stays one of them, and without others there is no lobby. */
export function withRole(form: Pick<RoomForm, 'roles' | 'defaultRole' | 'hasLobby'>, name: string, on: boolean): typeof form {
  const others = form.roles.filter((role) => role !== name);
  const roles = on ? [...others, name] : others;
  const defaultRole = roles.includes(form.defaultRole) ? form.defaultRole : (roles[0] ?? '');
  return { roles, defaultRole, hasLobby: form.hasLobby && roles.length > 1 };
}
