import type { RoomHead } from '@conclave/protocol/rest/rooms';

/** What people call a room: what it is about, else the end of its link. */
export function roomTitle(room: Pick<RoomHead, 'description' | 'friendly_url'>): string {
  return room.description?.trim() || room.friendly_url;
}

/** The link without the scheme, as people read it. */
export function shortLink(roomUrl: string): string {
  return roomUrl.replace(/^https?:\/\//, '');
}

/** Rooms whose name or link contains the words. */
export function findRooms<R extends Pick<RoomHead, 'description' | 'friendly_url'>>(rooms: readonly R[], words: string): R[] {
  const wanted = words.trim().toLocaleLowerCase();
  return rooms.filter((room) => `${room.description ?? ''} ${room.friendly_url}`.toLocaleLowerCase().includes(wanted));
}
