import { randomUUID } from 'node:crypto';
import { AppError } from '@conclave/protocol/errors';
import { RoomId } from '@conclave/protocol/ids';
import type { RoomTokenClaims, TokenRequest } from '@conclave/protocol/rest/rooms';
import type { SettingsPatch } from '@conclave/protocol/rest/settings';
import { addKey } from '../access/actions.ts';
import { hostOf } from '../access/hosts.ts';
import { signingKeys } from '../access/keys.ts';
import { signRoomToken } from '../access/room-token.ts';
import { holdRoles, loadRoles, type Roles } from '../access/roles.ts';
import { lockTeam, updateTeam, type Team } from '../access/store.ts';
import type { ServerContext } from '../context.ts';
import type { Db } from '../db/connection.ts';
import { inTransaction } from '../db/transaction.ts';
import { bumpEntryEpoch } from '../doors/entry-epoch.ts';
import { externalPerson, type Cause } from '../event-log/cause.ts';
import { randomFriendlyUrl } from './friendly-url.ts';
import type { LobbyDoor } from './joining.ts';
import { refreshRoom, refreshTeam } from './live-policy.ts';
import { applyPatch, judgeSettings } from './settings.ts';
import { settingsChange } from './settings-change.ts';
import { bumpTeamEntryEpochs, deleteRoom, findRoom, insertRoom, updateRoom, type Room } from './store.ts';
import { expiresS, notBeforeS } from './token-times.ts';

type Context = Pick<ServerContext, 'db' | 'clock' | 'origin' | 'live' | 'eventLog'>;

/** Who acts, and for which team. */
export interface Acting {
  readonly team: Team;
  readonly by: Cause;
}

/** The team's room. @throws AppError `not_found` */
export async function requireRoom(db: Db, team: Team, reference: string): Promise<Room> {
  const room = await findRoom(db, team, reference);
  if (room === null) throw new AppError('not_found');
  return room;
}

/** @throws AppError `invalid_settings` with a text for each field, also for a friendly url that is taken. */
export async function createRoom(ctx: Context, { team, by }: Acting, patch: SettingsPatch): Promise<Room> {
  const id = RoomId.parse(randomUUID());
  const { friendly_url: wanted, ...settings } = patch;
  return inTransaction(ctx.db, async (tx) => {
    const roles = await holdRoles(tx, team.id);
    refuseFaults(judgeSettings(patch, { given: {}, team: team.settings, roles, nowMs: ctx.clock.nowMs() }));
    const given = applyPatch({}, settings, roles);
    // A generated url that is taken is a matter of luck: another one then.
    for (let attempt = 0; attempt < (wanted ? 1 : 5); attempt += 1) {
      const friendlyUrl = wanted ?? randomFriendlyUrl();
      if (!(await insertRoom(tx, { id, teamId: team.id, friendlyUrl, given }))) continue;
      const { after } = settingsChange({}, { ...given, friendly_url: friendlyUrl });
      await ctx.eventLog.append(tx, { name: 'room.created', by, team: team.id, room: id, data: { after } });
      return requireRoom(tx, team, id);
    }
    throw invalid('friendly_url', 'is taken');
  });
}

/**
 * Changes what is given and leaves the rest.
 * @throws AppError `stale` when `ifVersion` is given and the room is of another version, `invalid_settings`.
 */
export async function changeRoom(
  ctx: Context,
  { team, by }: Acting,
  reference: string,
  patch: SettingsPatch,
  ifVersion?: number,
): Promise<Room> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const changed = await inTransaction(ctx.db, async (tx) => {
      const room = await requireRoom(tx, team, reference);
      if (ifVersion !== undefined && ifVersion !== room.version) throw new AppError('stale');
      const roles = await holdRoles(tx, team.id);
      refuseFaults(judgeSettings(patch, { given: room.given, team: team.settings, roles, nowMs: ctx.clock.nowMs() }));
      const { friendly_url: wanted, ...settings } = patch;
      const given = applyPatch(room.given, settings, roles);
      const outcome = await updateRoom(tx, room, { friendlyUrl: wanted ?? room.friendlyUrl, given });
      if (outcome === 'taken') throw invalid('friendly_url', 'is taken');
      if (outcome === 'stale') return null;
      const after = await requireRoom(tx, team, room.id);
      const data = settingsChange(withUrl(room), withUrl(after));
      await ctx.eventLog.append(tx, { name: 'room.changed', by, team: team.id, room: room.id, data });
      return after;
    });
    if (!changed) continue;
    await refreshRoom(ctx, changed.id);
    return changed;
  }
  throw new AppError('stale');
}

/**
 * Removes a room; whoever is in it or waits before it is put out.
 * @throws AppError `invalid_settings` when its resources are to go too while a session runs.
 */
export async function removeRoom(
  ctx: Context & { lobby: Pick<LobbyDoor, 'empty' | 'forget'> },
  { team, by }: Acting,
  reference: string,
  withResources: boolean,
): Promise<void> {
  const room = await requireRoom(ctx.db, team, reference);
  const isLive = ctx.live.summaries().some((summary) => summary.roomId === room.id);
  if (isLive && withResources) throw new AppError('invalid_settings', { details: { errors: { room: ['has a running session'] } } });
  const waited = await inTransaction(ctx.db, async (tx) => {
    // Whoever is being let into the lobby at this moment is there before it is emptied, or finds no room.
    await bumpEntryEpoch(tx, room.id);
    const knockIds = await ctx.lobby.empty(tx, room, by);
    const outcome = await deleteRoom(tx, room.id);
    // Somebody else was faster.
    if (outcome === null) throw new AppError('not_found');
    await ctx.eventLog.append(tx, { name: 'room.deleted', by, team: team.id, room: room.id, data: outcome });
    return knockIds;
  });
  ctx.lobby.forget(waited, 'session_ended');
  // After the row is gone or hidden, so that nobody enters again between the two.
  if (isLive) await ctx.live.endSession(room.id, by);
}

/** Stores the team's defaults; meetings in rooms that follow them follow at once. @throws AppError `invalid_settings` */
export async function changeTeam(
  ctx: Pick<Context, 'db' | 'clock' | 'eventLog' | 'live'>,
  { team, by }: Acting,
  patch: SettingsPatch,
): Promise<void> {
  const { domain, ...settings } = patch;
  const slug = domain?.toLowerCase();
  await inTransaction(ctx.db, async (tx) => {
    const current = (await lockTeam(tx, team.id)) ?? team;
    const roles = await loadRoles(tx, team.id);
    const wanted = applyPatch(current.settings, settings, roles);
    refuseFaults(judgeSettings(patch, { given: {}, team: wanted, roles, nowMs: ctx.clock.nowMs() }));
    if (!(await updateTeam(tx, team.id, { settings: wanted, ...(slug !== undefined && { slug }) }))) throw invalid('domain', 'is taken');
    const data = settingsChange({ ...current.settings, domain: current.slug }, { ...wanted, domain: slug ?? current.slug });
    // Their rooms follow the defaults, and with them who may come in.
    await bumpTeamEntryEpochs(tx, team.id);
    await ctx.eventLog.append(tx, { name: 'team.changed', by, team: team.id, data });
  });
  await refreshTeam(ctx, team.id);
}

/** A room token and the link with it. `signingKey`: the key the caller used; without one the team's newest signs. */
export async function issueToken(
  ctx: Context & Pick<ServerContext, 'access'>,
  { team, by }: Acting,
  room: Room,
  request: TokenRequest,
  signingKey: string | null,
) {
  const { sealing, lookup } = ctx.access.keys;
  const roles = await loadRoles(ctx.db, team.id);
  const claims = claimsOf(team, { room, roles }, request, ctx.clock.nowMs());
  const { ud: externalId, u: name = null } = claims;
  const key = await inTransaction(ctx.db, async (tx) => {
    const known = signingKey ?? (await signingKeys(tx, sealing, team.id))[0];
    const chosen = known ?? (await addKey(tx, ctx.eventLog, by, { sealing, teamId: team.id })).key;
    await ctx.eventLog.append(tx, {
      name: 'room_token.issued',
      by,
      team: team.id,
      room: room.id,
      // A name alone belongs to nobody whose key could be destroyed, so it is not kept.
      ...(externalId && { person: externalPerson(lookup, team.id, externalId), personal: { name, externalId } }),
      data: { role: claims.role ?? null, notBeforeS: claims.nbf ?? null, expiresAtS: claims.exp ?? null },
    });
    return chosen;
  });
  const token = await signRoomToken(claims, key, ctx.clock.nowMs());
  return { token, link: `${roomUrl(ctx, team, room)}?token=${token}` };
}

/** Where people open the room. */
export function roomUrl(ctx: Pick<Context, 'origin'>, team: Team, room: Pick<Room, 'friendlyUrl'>): string {
  return `https://${hostOf(team, ctx.origin)}/${room.friendlyUrl}`;
}

function claimsOf(team: Team, { room, roles }: { room: Room; roles: Roles }, request: TokenRequest, nowMs: number): RoomTokenClaims {
  const faults: Record<string, string[]> = {};
  const { nbf: notBefore, exp: expires, role, ...rest } = request;
  const nbf = notBefore === null || notBefore === undefined || notBefore === '' ? undefined : notBeforeS(notBefore);
  const exp = expires === null || expires === undefined || expires === '' ? undefined : expiresS(expires, nowMs);
  if (nbf === null) faults['nbf'] = ['must be a Unix timestamp or a date'];
  if (exp === null) faults['exp'] = ['must be a Unix timestamp, a number of minutes or a date'];
  const named = role ? roles.find(role)?.name : undefined;
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

function withUrl(room: Room): SettingsPatch {
  return { ...room.given, friendly_url: room.friendlyUrl };
}

function refuseFaults(errors: Record<string, string[]>): void {
  if (Object.keys(errors).length > 0) throw new AppError('invalid_settings', { details: { errors } });
}

function invalid(field: string, text: string): AppError {
  return new AppError('invalid_settings', { details: { errors: { [field]: [text] } } });
}
