import { BanList } from '@conclave/protocol/rest/bans';
import type { InviteId } from '@conclave/protocol/ids';
import { GivenInvite, InviteList, type InviteRequest } from '@conclave/protocol/rest/invites';
import { RoleList } from '@conclave/protocol/rest/roles';
import { LiveRoomList, RoomHead, RoomList, TokenReply, type RoomRole } from '@conclave/protocol/rest/rooms';
import type { BanView } from '@conclave/protocol/signalling/views';
import { call, type Answer } from '../app/api.ts';

/** What the dashboard changes of a room. An absent field stays as it is. */
export interface RoomChange {
  friendly_url?: string;
  description?: string | null;
  privacy?: RoomHead['privacy'];
  /** By name. */
  roles?: readonly string[];
  default_role?: string;
  is_locked?: boolean;
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

/** How long an invitation to a private room is good. */
const INVITATION_DAYS = 7;
const OWN_TOKEN_MINUTES = 12 * 60;

/** A link with which anybody enters a private room until it lapses, in the room's default role. */
export async function createInvitation(room: RoomHead): Promise<Answer<string>> {
  const answer = await requestToken(room, { exp: INVITATION_DAYS * 24 * 60 });
  return answer.ok ? { ok: true, data: answer.data.link } : answer;
}

/** A token with which a member enters a private room of the team: as its moderator, or as what the room has instead. */
export async function createOwnToken(room: RoomHead, name: string): Promise<Answer<string>> {
  const claims = { u: name, exp: OWN_TOKEN_MINUTES };
  let answer = await requestToken(room, { ...claims, role: 'moderator' });
  if (!answer.ok && answer.failure.errors['role']) answer = await requestToken(room, claims);
  return answer.ok ? { ok: true, data: answer.data.token } : answer;
}

/** `exp` in minutes from now. */
function requestToken(room: RoomHead, claims: { u?: string; role?: string; exp: number }) {
  return call(`${path(room)}/token`, { method: 'POST', body: claims, reply: TokenReply });
}

export function deleteRoom(room: RoomHead): Promise<Answer<undefined>> {
  return call(path(room), { method: 'DELETE' });
}

/** The roles that rooms of the team can have. */
export async function fetchRoleNames(signal: AbortSignal): Promise<Answer<Pick<RoomRole, 'name' | 'display_name'>[]>> {
  const answer = await call('/api/v1/roles?order=asc', { reply: RoleList, signal });
  return answer.ok ? { ok: true, data: answer.data.data } : answer;
}

/** Who is banned from a room, the newest ban first. */
export async function fetchBans(room: RoomHead, signal: AbortSignal): Promise<Answer<BanView[]>> {
  const answer = await call(`${path(room)}/bans`, { reply: BanList, signal });
  return answer.ok ? { ok: true, data: answer.data.data } : answer;
}

export function liftBan(room: RoomHead, ban: Pick<BanView, 'id'>): Promise<Answer<undefined>> {
  return call(`${path(room)}/bans/${encodeURIComponent(ban.id)}`, { method: 'DELETE' });
}

/** The newest invites of a room, as many as one answer holds. */
export async function fetchInvites(room: RoomHead, signal: AbortSignal): Promise<Answer<InviteList>> {
  return call(`${path(room)}/invites`, { reply: InviteList, signal });
}

export function createInvite(room: RoomHead, request: Partial<InviteRequest>): Promise<Answer<GivenInvite>> {
  return call(`${path(room)}/invites`, { method: 'POST', body: request, reply: GivenInvite });
}

export function renewInvite(room: RoomHead, id: InviteId, sendMail: boolean): Promise<Answer<GivenInvite>> {
  return call(`${path(room)}/invites/${encodeURIComponent(id)}/renew`, { method: 'POST', body: { sendMail }, reply: GivenInvite });
}

export function revokeInvite(room: RoomHead, id: InviteId): Promise<Answer<undefined>> {
  return call(`${path(room)}/invites/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

/** Sets or replaces the password of a room; null takes it away. Who is in stays in. */
export function setPassword(room: RoomHead, password: string | null): Promise<Answer<undefined>> {
  return call(`${path(room)}/password`, { method: 'PUT', body: { password } });
}
