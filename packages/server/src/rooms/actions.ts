import { randomUUID } from 'node:crypto';
import { AppError } from '@conclave/protocol/errors';
import { RoomId } from '@conclave/protocol/ids';
import type { RoomTokenClaims, TokenRequest } from '@conclave/protocol/rest/rooms';
import type { SettingsPatch } from '@conclave/protocol/rest/settings';
import type { Secret } from '@conclave/runtime/secret';
import { hostOf } from '../access/hosts.ts';
import { createKey, signingKeys } from '../access/keys.ts';
import { signRoomToken } from '../access/room-token.ts';
import { findRole } from '../access/roles.ts';
import { updateTeam, type Team } from '../access/store.ts';
import type { ServerContext } from '../context.ts';
import { randomFriendlyUrl } from './friendly-url.ts';
import { applyPatch, judgeSettings } from './settings.ts';
import { deleteRoom, findRoom, insertRoom, updateRoom, type Room } from './store.ts';
import { expiresS, notBeforeS } from './token-times.ts';

type Context = Pick<ServerContext, 'db' | 'clock' | 'origin' | 'live'>;

/** The team's room. @throws AppError `not_found` */
export async function requireRoom(ctx: Pick<Context, 'db'>, team: Team, reference: string): Promise<Room> {
  const room = await findRoom(ctx.db, team, reference);
  if (room === null) throw new AppError('not_found');
  return room;
}

/** @throws AppError `invalid_settings` with a text for each field, also for a friendly url that is taken. */
export async function createRoom(ctx: Context, team: Team, patch: SettingsPatch): Promise<Room> {
  refuseFaults(judgeSettings(patch, {}, team.settings, ctx.clock.nowMs()));
  const id = RoomId.parse(randomUUID());
  const { friendly_url: wanted, ...settings } = patch;
  const given = applyPatch({}, settings);
  // A generated url that is taken is a matter of luck: another one then.
  for (let attempt = 0; attempt < (wanted ? 1 : 5); attempt += 1) {
    if (await insertRoom(ctx.db, { id, teamId: team.id, friendlyUrl: wanted ?? randomFriendlyUrl(), given }))
      return requireRoom(ctx, team, id);
  }
  throw invalid('friendly_url', 'is taken');
}

/**
 * Changes what is given and leaves the rest.
 * @throws AppError `stale` when `ifVersion` is given and the room is of another version, `invalid_settings`.
 */
export async function changeRoom(ctx: Context, team: Team, reference: string, patch: SettingsPatch, ifVersion?: number): Promise<Room> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const room = await requireRoom(ctx, team, reference);
    if (ifVersion !== undefined && ifVersion !== room.version) throw new AppError('stale');
    refuseFaults(judgeSettings(patch, room.given, team.settings, ctx.clock.nowMs()));
    const { friendly_url: wanted, ...settings } = patch;
    const given = applyPatch(room.given, settings);
    const outcome = await updateRoom(ctx.db, room, { friendlyUrl: wanted ?? room.friendlyUrl, given });
    if (outcome === 'taken') throw invalid('friendly_url', 'is taken');
    if (outcome === 'stored') return requireRoom(ctx, team, room.id);
  }
  throw new AppError('stale');
}

/**
 * Removes a room; whoever is in it is put out first.
 * @throws AppError `invalid_settings` when its resources are to go too while a session runs.
 */
export async function removeRoom(ctx: Context, team: Team, reference: string, withResources: boolean): Promise<void> {
  const room = await requireRoom(ctx, team, reference);
  const isLive = ctx.live.summaries().some((summary) => summary.roomId === room.id);
  if (isLive && withResources) throw new AppError('invalid_settings', { details: { errors: { room: ['has a running session'] } } });
  await deleteRoom(ctx.db, room.id);
  // After the row is gone or hidden, so that nobody enters again between the two.
  if (isLive) await ctx.live.endSession(room.id);
}

/** Stores the team's defaults. @throws AppError `invalid_settings` */
export async function changeTeam(ctx: Pick<Context, 'db' | 'clock'>, team: Team, patch: SettingsPatch): Promise<void> {
  const { domain, ...settings } = patch;
  refuseFaults(judgeSettings(patch, {}, applyPatch(team.settings, settings), ctx.clock.nowMs()));
  const slug = domain?.toLowerCase();
  const stored = await updateTeam(ctx.db, team.id, { settings: applyPatch(team.settings, settings), ...(slug !== undefined && { slug }) });
  if (!stored) throw invalid('domain', 'is taken');
}

/** A room token and the link with it. `signingKey`: the key the caller used; without one the team's newest signs. */
export async function issueToken(ctx: Context, sealing: Secret, team: Team, room: Room, request: TokenRequest, signingKey: string | null) {
  const claims = claimsOf(team, room, request, ctx.clock.nowMs());
  const key = signingKey ?? (await signingKeys(ctx.db, sealing, team.id))[0] ?? (await createKey(ctx.db, sealing, team.id));
  const token = await signRoomToken(claims, key, ctx.clock.nowMs());
  return { token, link: `${roomUrl(ctx, team, room)}?token=${token}` };
}

/** Where people open the room. */
export function roomUrl(ctx: Pick<Context, 'origin'>, team: Team, room: Pick<Room, 'friendlyUrl'>): string {
  return `https://${hostOf(team, ctx.origin)}/${room.friendlyUrl}`;
}

function claimsOf(team: Team, room: Room, request: TokenRequest, nowMs: number): RoomTokenClaims {
  const faults: Record<string, string[]> = {};
  const { nbf: notBefore, exp: expires, role, ...rest } = request;
  const nbf = notBefore === null || notBefore === undefined || notBefore === '' ? undefined : notBeforeS(notBefore);
  const exp = expires === null || expires === undefined || expires === '' ? undefined : expiresS(expires, nowMs);
  if (nbf === null) faults['nbf'] = ['must be a Unix timestamp or a date'];
  if (exp === null) faults['exp'] = ['must be a Unix timestamp, a number of minutes or a date'];
  const named = role ? findRole(role)?.name : undefined;
  if (role && (named === undefined || !room.settings.roles.includes(named))) faults['role'] = ["must be one of the room's roles"];
  refuseFaults(faults);
  return {
    ...rest,
    td: team.id,
    rd: room.id,
    ...(named && { role: named }),
    ...(nbf && { nbf }),
    ...(exp !== undefined && exp !== null && { exp }),
  };
}

function refuseFaults(errors: Record<string, string[]>): void {
  if (Object.keys(errors).length > 0) throw new AppError('invalid_settings', { details: { errors } });
}

function invalid(field: string, text: string): AppError {
  return new AppError('invalid_settings', { details: { errors: { [field]: [text] } } });
}
