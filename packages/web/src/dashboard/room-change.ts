import type { RoomHead } from '@conclave/protocol/rest/rooms';
import type { RoomChange } from './rooms-api.ts';

export interface RoomForm {
  description: string;
  linkName: string;
  isPrivate: boolean;
}

/** Only what differs from the room, in the names of the REST interface; `{}` when nothing does. */
export function changeOf(room: RoomHead, { description, linkName, isPrivate }: RoomForm): RoomChange {
  const change: RoomChange = {};
  const title = description.trim() === '' ? null : description.trim();
  const privacy = isPrivate ? 'private' : 'public';
  if (title !== room.description) change.description = title;
  if (linkName.trim() !== room.friendly_url) change.friendly_url = linkName.trim();
  if (privacy !== room.privacy) change.privacy = privacy;
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
