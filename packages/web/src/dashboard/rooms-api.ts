import { LiveRoomList, RoomHead, RoomList } from '@conclave/protocol/rest/rooms';
import { call, type Answer } from '../app/api.ts';

/** What the dashboard changes of a room. An absent field stays as it is. */
export interface RoomChange {
  friendly_url?: string;
  description?: string | null;
  privacy?: RoomHead['privacy'];
}

const PAGE = 50;
const path = (room: Pick<RoomHead, 'id'>) => `/api/v1/rooms/${encodeURIComponent(room.id)}`;

export interface RoomPage {
  rooms: RoomHead[];
  total: number;
}

/** One page of the team's rooms, newest first; `after` is the last one that is known. */
export async function fetchRooms(after: RoomHead | undefined, signal?: AbortSignal): Promise<Answer<RoomPage>> {
  const query = new URLSearchParams({ limit: String(PAGE), order: 'desc', ...(after ? { after: after.id } : {}) });
  const answer = await call(`/api/v1/rooms?${query}`, { reply: RoomList, ...(signal ? { signal } : {}) });
  return answer.ok ? { ok: true, data: { rooms: answer.data.data, total: Number(answer.data.total_count) } } : answer;
}

/** How many people are in each room that has a session now, by room id. */
export async function fetchLiveCounts(signal?: AbortSignal): Promise<Answer<Record<string, number>>> {
  const answer = await call('/api/v1/rooms/live', { reply: LiveRoomList, ...(signal ? { signal } : {}) });
  if (!answer.ok) return answer;
  return { ok: true, data: Object.fromEntries(answer.data.data.map((room) => [room.id, room.live_participants])) };
}

/** A room that everybody with the link may enter and speak in. */
export function createRoom(): Promise<Answer<RoomHead>> {
  const body = { privacy: 'public', roles: ['moderator', 'speaker', 'attendee'], default_role: 'speaker' };
  return call('/api/v1/rooms', { method: 'POST', body, reply: RoomHead });
}

export function changeRoom(room: RoomHead, change: RoomChange): Promise<Answer<RoomHead>> {
  return call(path(room), { method: 'PATCH', body: change, reply: RoomHead });
}

export function deleteRoom(room: RoomHead): Promise<Answer<undefined>> {
  return call(path(room), { method: 'DELETE' });
}
