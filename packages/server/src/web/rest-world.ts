import { randomUUID } from 'node:crypto';
import { RoomId } from '@conclave/protocol/ids';
import { createKey, createTeam, revokeKey } from '../access/actions.ts';
import { inTransaction } from '../db/transaction.ts';
import { insertBan } from '../doors/bans.ts';
import { operatorCause } from '../event-log/cause.ts';
import { ensureSetupToken } from '../setup/actions.ts';
import type { TestSite } from './test-site.ts';

export const OWNER = { teamName: 'Harbour', name: 'Ada', email: 'ada@example.org', password: 'correct horse battery' };
export const WRONG_PASSWORD = 'not the right one at all';
export const STREAM_KEY = 'stream-key-that-nobody-may-see';

/** An installation with an owner, keys and a room, and every secret that was used in it. */
export interface World {
  readonly site: TestSite;
  readonly key: string;
  readonly revokedKey: string;
  readonly otherKey: string;
  readonly setupToken: string;
  readonly room: string;
  readonly secrets: Set<string>;
}

/** Sets up and signs in over HTTP. */
export async function makeWorld(site: TestSite): Promise<World> {
  const setupToken = (await ensureSetupToken(site.ctx))?.split('#token=')[1] ?? '';
  await site.call('/api/setup', { method: 'POST', body: { token: setupToken, ...OWNER } });
  const { sealing } = site.ctx.access.keys;
  const { id: teamId } = await site.db.selectFrom('teams').select('id').executeTakeFirstOrThrow();
  const other = await createTeam(site.ctx, operatorCause(), 'Other');
  const [own, revoked, others] = [
    await createKey(site.ctx, operatorCause(), { sealing, teamId }),
    await createKey(site.ctx, operatorCause(), { sealing, teamId }),
    await createKey(site.ctx, operatorCause(), { sealing, teamId: other.id }),
  ];
  await revokeKey(site.ctx, operatorCause(), revoked.keyId);
  const headers = { authorization: `Bearer ${own.key}` };
  await site.call('/api/v1/rooms', { method: 'POST', headers, body: { friendly_url: 'harbour', privacy: 'private' } });
  const secrets = new Set([OWNER.password, WRONG_PASSWORD, STREAM_KEY, setupToken, own.key, revoked.key, others.key]);
  return { site, key: own.key, revokedKey: revoked.key, otherKey: others.key, setupToken, room: 'harbour', secrets };
}

export const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

/** Signs the owner in. */
export async function signIn({ site, secrets }: World): Promise<{ cookie: string }> {
  const body = { email: OWNER.email, password: OWNER.password };
  const reply = await site.call('/api/auth/sign-in/email', { method: 'POST', body });
  const cookie = String(reply.headers['set-cookie']).split(';', 1)[0] ?? '';
  secrets.add(decodeURIComponent(cookie.split('=')[1] ?? '').split('.', 1)[0] ?? '');
  return { cookie };
}

/** A room of the team by its friendly url. */
export async function makeRoom(world: World): Promise<string> {
  const reply = await world.site.call('/api/v1/rooms', { method: 'POST', headers: bearer(world.key), body: {} });
  return reply.json().friendly_url;
}

/** A role of the team's own that nothing uses, by its name. */
export async function makeRole(world: World): Promise<string> {
  const body = { name: `r-${randomUUID().slice(0, 8)}`, display_name: 'Pilots', permissions: { raise_hand: true } };
  const reply = await world.site.call('/api/v1/roles', { method: 'POST', headers: bearer(world.key), body });
  return reply.json().name;
}

/** A room token for the room. */
export async function makeToken(world: World, claims: object = {}): Promise<string> {
  const url = `/api/v1/rooms/${world.room}/token`;
  const { token } = (await world.site.call(url, { method: 'POST', headers: bearer(world.key), body: claims })).json();
  world.secrets.add(token);
  return token;
}

/** Where an invite to the room is found. */
export async function makeInvite(world: World, { isRevoked = false } = {}): Promise<string> {
  const url = `/api/v1/rooms/${world.room}/invites`;
  const headers = bearer(world.key);
  const { invite, link } = (await world.site.call(url, { method: 'POST', headers, body: {} })).json();
  world.secrets.add(String(link).split('#invite=')[1] ?? '');
  const found = `${url}/${invite.id}`;
  if (isRevoked) await world.site.call(found, { method: 'DELETE', headers });
  return found;
}

/** Where a ban from the room, which holds until it is lifted, is found. */
export async function makeBan({ site, key, room }: World): Promise<string> {
  const { id } = (await site.call(`/api/v1/rooms/${room}`, { headers: bearer(key) })).json();
  const identity = { person: null, inviteId: null, deviceId: randomUUID(), network: null };
  const ban = { roomId: RoomId.parse(id), sessionId: null, name: 'Mallory', reason: 'Shouting', identity, nowMs: Date.now() };
  return `/api/v1/rooms/${room}/bans/${(await inTransaction(site.db, (tx) => insertBan(tx, ban))).id}`;
}

/** An alert of the installation that nobody has taken note of, by its id. */
export async function makeAlert({ site }: World): Promise<string> {
  const id = randomUUID();
  await site.db.insertInto('alerts').values({ id, rule: 'revoked-key', severity: 'warning', raised_at: new Date() }).execute();
  await site.db.insertInto('alert_tallies').values({ alert_id: id, count: 1, seqs: [], last_at: new Date() }).execute();
  return id;
}
