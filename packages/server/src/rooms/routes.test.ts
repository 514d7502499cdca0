import { SETTING_NAMES } from '@conclave/protocol/rest/settings';
import { createTestDatabase } from '@conclave/testkit/database';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createKey, createTeam } from '../access/actions.ts';
import { signingKeys } from '../access/keys.ts';
import { operatorCause } from '../event-log/cause.ts';
import { rolesOf } from '../access/roles.ts';
import { verifyRoomToken } from '../access/room-token.ts';
import type { Team } from '../access/store.ts';
import { ensureSetupToken } from '../setup/actions.ts';
import { startTestSite, type TestSite } from '../web/test-site.ts';
import { findRoom } from './store.ts';

const stack = new AsyncDisposableStack();
let site: TestSite;
let team: Team;
let key: string;
let otherTeam: Team;
let otherKey: string;
let cookie: string;

beforeAll(async () => {
  const database = stack.use(await createTestDatabase());
  site = stack.use(await startTestSite(database.url));
  team = await createTeam(site.ctx, operatorCause(), 'Harbour');
  key = await makeKey(team);
  otherTeam = await createTeam(site.ctx, operatorCause(), 'Other Team');
  otherKey = await makeKey(otherTeam);
  const token = (await ensureSetupToken(site.ctx))?.split('=')[1];
  const owner = { token, teamName: 'Harbour', name: 'Ada', email: 'ada@example.org', password: 'correct horse' };
  const reply = await site.call('/api/setup', { method: 'POST', body: owner });
  cookie = String(reply.headers['set-cookie']).split(';', 1)[0] ?? '';
});
afterAll(() => stack.disposeAsync());

async function makeKey({ id }: Team): Promise<string> {
  return (await createKey(site.ctx, operatorCause(), { sealing: site.ctx.access.keys.sealing, teamId: id })).key;
}

beforeEach(() => {
  site.running.length = 0;
  site.ended.length = 0;
});

const as = (developerKey: string) => ({ authorization: `Bearer ${developerKey}` });
const rest = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown, headers: Record<string, string> = {}) =>
  site.call(`/api/v1${path}`, { method, headers: { ...as(key), ...headers }, ...(body !== undefined && { body }) });
const makeRoom = async (settings: object = {}) => (await rest('POST', '/rooms', settings)).json();

describe('rooms over REST', () => {
  test('an empty body with a JSON content type makes a room with defaults, answered with 200', async () => {
    const reply = await rest('POST', '/rooms', undefined, { 'content-type': 'application/json' });
    expect(reply.statusCode).toBe(200);
    const room = reply.json();
    expect(room).toMatchObject({ privacy: 'public', max_participants: 100, default_role: { name: 'speaker' }, description: null });
    expect(room.friendly_url).toMatch(/^[a-z]{4}-[a-z]{4}-[a-z]{4}$/);
    expect(room.room_url).toBe(`https://meet.test:8443/${room.friendly_url}`);
    expect(room.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(room.roles[0]).toEqual({
      id: expect.any(String),
      name: 'moderator',
      display_name: 'Moderators',
      allow_private_group_chat: true,
    });
    const shown = SETTING_NAMES.filter((name) => !['domain', 'favicon', 'restream_key', 'telephony_pin_dtmf'].includes(name));
    expect(shown.filter((name) => !(name in room))).toEqual([]);
  });

  test('unknown keys are ignored and secrets are never shown again', async () => {
    const room = await makeRoom({ name: 'given by clients in the field', restream_key: 'live_4711', telephony_pin_dtmf: '12W34' });
    expect(room).not.toHaveProperty('name');
    expect(JSON.stringify(room)).not.toMatch(/live_4711|12W34|restream_key|telephony_pin_dtmf/);
  });

  test('a room is found by its id and by its friendly url in any case', async () => {
    const room = await makeRoom({ friendly_url: 'Weekly-Call' });
    for (const reference of [room.id, room.id.toUpperCase(), 'Weekly-Call', 'weekly-call'])
      expect((await rest('GET', `/rooms/${reference}`)).json().id).toBe(room.id);
  });

  test('a patch changes what it names; null goes back to the default', async () => {
    const room = await makeRoom({ description: 'Before', chat_enabled: false });
    const patched = (await rest('PATCH', `/rooms/${room.id}`, { description: 'After', chat_enabled: null, tags: ['a'] })).json();
    expect(patched).toMatchObject({ description: 'After', chat_enabled: true, tags: ['a'], friendly_url: room.friendly_url });
  });

  test('settings that are not given follow the team, also later; privacy does not', async () => {
    const room = await makeRoom({ toolbar_position: 'left' });
    await rest('PATCH', '/', { primary_color: '#123456', toolbar_position: 'right', privacy: 'private' });
    expect((await rest('GET', `/rooms/${room.id}`)).json()).toMatchObject({
      primary_color: '#123456',
      toolbar_position: 'left',
      privacy: 'public',
    });
    await rest('PATCH', '/', { primary_color: null, toolbar_position: null });
  });

  test.each([
    ['a description of two characters', { description: 'ab' }, 'description'],
    ['a reserved friendly url', { friendly_url: 'Dashboard' }, 'friendly_url'],
    ['a friendly url that begins with _', { friendly_url: '_room' }, 'friendly_url'],
    ['a friendly url with a slash', { friendly_url: 'a/../b' }, 'friendly_url'],
    ['an unknown privacy', { privacy: 'secret' }, 'privacy'],
    ['one participant', { max_participants: 1 }, 'max_participants'],
    ['more senders than participants', { max_participants: 5, max_broadcasters: 6 }, 'max_broadcasters'],
    ['a default role that is not a role of the room', { roles: ['attendee'], default_role: 'moderator' }, 'default_role'],
    ['a role that does not exist', { roles: ['king'] }, 'roles'],
    ['no roles', { roles: [] }, 'roles'],
    ['a lobby in a room with one role', { roles: ['moderator'], is_locked: true }, 'is_locked'],
    ['an expiry in the past', { expires_at: '2020-01-01 00:00:00' }, 'expires_at'],
    ['an expiry that is no date', { expires_at: '2030-02-30 00:00:00' }, 'expires_at'],
    ['a text with a NUL', { description: 'a\0bc' }, 'description'],
    ['a body that is a list', [], 'body'],
  ])('%s is answered with 422 and a text for the field', async (_title, settings, field) => {
    const reply = await rest('POST', '/rooms', settings);
    expect(reply.statusCode).toBe(422);
    expect(reply.json()).toMatchObject({ message: expect.any(String), errors: { [field]: [expect.any(String)] } });
  });

  test('a friendly url is unique in the team, whatever its case, and free in another', async () => {
    const room = await makeRoom({ friendly_url: 'unique-one' });
    const again = await rest('POST', '/rooms', { friendly_url: 'Unique-One' });
    expect(again.json().errors).toEqual({ friendly_url: ['is taken'] });
    expect((await rest('PATCH', `/rooms/${(await makeRoom()).id}`, { friendly_url: 'unique-one' })).statusCode).toBe(422);
    const elsewhere = await rest('POST', '/rooms', { friendly_url: 'unique-one' }, as(otherKey));
    expect(elsewhere.json().room_url).toBe('https://other-team.meet.test:8443/unique-one');
    expect((await rest('DELETE', `/rooms/${room.id}`)).statusCode).toBe(204);
    expect((await rest('POST', '/rooms', { friendly_url: 'unique-one' })).statusCode).toBe(200);
  });

  test('If-Match with an older version is refused, so that two editors do not overwrite each other', async () => {
    const room = await makeRoom();
    const { etag } = (await rest('GET', `/rooms/${room.id}`)).headers;
    expect((await rest('PATCH', `/rooms/${room.id}`, { description: 'First' }, { 'if-match': String(etag) })).statusCode).toBe(200);
    const late = await rest('PATCH', `/rooms/${room.id}`, { description: 'Second' }, { 'if-match': String(etag) });
    expect(late.json()).toMatchObject({ status: 412, code: 'stale' });
    expect((await rest('GET', `/rooms/${room.id}`)).json().description).toBe('First');
  });

  test('patches at the same time all take effect', async () => {
    const room = await makeRoom();
    const replies = await Promise.all([
      rest('PATCH', `/rooms/${room.id}`, { description: 'Both' }),
      rest('PATCH', `/rooms/${room.id}`, { html_title: 'Title' }),
    ]);
    expect(replies.map((reply) => reply.statusCode)).toEqual([200, 200]);
    expect((await rest('GET', `/rooms/${room.id}`)).json()).toMatchObject({ description: 'Both', html_title: 'Title' });
  });

  test('deleting answers 204, puts out whoever is inside, and refuses to take resources along meanwhile', async () => {
    const room = await makeRoom();
    site.running.push({ sessionId: room.id, roomId: room.id, startedAtMs: 0, participants: 1 });
    expect((await rest('DELETE', `/rooms/${room.id}`, { delete_resources: true })).statusCode).toBe(422);
    const reply = await rest('DELETE', `/rooms/${room.id}`, undefined, { 'content-type': 'application/json' });
    expect([reply.statusCode, reply.body]).toEqual([204, '']);
    expect(site.ended).toEqual([room.id]);
    expect((await rest('GET', `/rooms/${room.id}`)).json()).toMatchObject({ status: 404, error: 'not-found', message: 'not found' });
  });

  test('a room with history keeps its row, hidden', async () => {
    const room = await makeRoom();
    await site.db.insertInto('sessions').values({ id: room.id, room_id: room.id, started_at: new Date(), ended_at: new Date() }).execute();
    await rest('DELETE', `/rooms/${room.id}`);
    expect((await rest('GET', `/rooms/${room.id}`)).statusCode).toBe(404);
    expect(await site.db.selectFrom('rooms').select('deleted_at').where('id', '=', room.id).execute()).toEqual([
      { deleted_at: expect.any(Date) },
    ]);
  });
});

describe('lists over REST', () => {
  test('newest first, by pages, after a cursor, by tag; the total is a text', async () => {
    const lists = await createTeam(site.ctx, operatorCause(), 'Lists');
    const headers = as(await makeKey(lists));
    for (const index of [1, 2, 3, 4, 5])
      await rest('POST', '/rooms', { friendly_url: `room-${index}`, tags: index % 2 ? ['odd', 'all'] : ['even', 'all'] }, headers);
    const list = async (query: string) => (await rest('GET', `/rooms${query}`, undefined, headers)).json();
    const urls = async (query: string) =>
      (await list(query)).data.map((room: { friendly_url: string }) => room.friendly_url.slice(-1)).join('');
    expect((await list('')).total_count).toBe('5');
    expect(await urls('')).toBe('54321');
    expect(await urls('?order=asc')).toBe('12345');
    expect(await urls('?limit=2&offset=1')).toBe('43');
    expect(await urls('?limit=2&after=room-4')).toBe('32');
    expect(await urls('?order=asc&after=room-4')).toBe('5');
    expect(await urls('?after=nowhere')).toBe('');
    expect(await urls('?tag=even')).toBe('42');
    expect(await urls('?tag=even,odd')).toBe('54321');
    expect(await urls('?tag[]=odd&tag[]=none')).toBe('531');
    expect(await urls('?limit=1000&offset=-1&order=up')).toBe('54321');
    expect((await list('?tag=odd&limit=1')).total_count).toBe('3');
  });

  test('running sessions of the own team are listed with how many are inside', async () => {
    const room = await makeRoom({ external_id: 'ext-1' });
    const foreign = (await rest('POST', '/rooms', {}, as(otherKey))).json();
    const startedAtMs = site.time.nowMs - 65_000;
    for (const { id } of [room, foreign]) site.running.push({ sessionId: id, roomId: id, startedAtMs, participants: 3 });
    const { data, total_count } = (await rest('GET', '/rooms/live')).json();
    expect(total_count).toBe(1);
    expect(data).toEqual([
      {
        id: room.id,
        external_id: 'ext-1',
        start_time: expect.stringMatching(/^\d{4}.*\.000000Z$/),
        session_duration: 65,
        live_participants: 3,
      },
    ]);
  });

  test('one room tells its running session, or 404 without one', async () => {
    const room = await makeRoom();
    expect((await rest('GET', `/rooms/${room.id}/live`)).json()).toMatchObject({ status: 404, error: 'not-found' });
    site.running.push({ sessionId: room.id, roomId: room.id, startedAtMs: site.time.nowMs, participants: 2 });
    expect((await rest('GET', `/rooms/${room.friendly_url}/live`)).json()).toMatchObject({
      id: room.id,
      session_duration: 0,
      live_participants: 2,
    });
  });

  test('roles and permissions', async () => {
    expect((await rest('GET', '/permissions')).json()).toHaveLength(58);
    const { data, total_count } = (await rest('GET', '/roles')).json();
    expect(total_count).toBe(data.length);
    const speaker = (await rest('GET', '/roles/speaker')).json();
    expect(speaker.permissions).toMatchObject({ broadcast: true, start_session: false, remove_participant: false });
    expect((await rest('GET', `/roles/${speaker.id}`)).json()).toEqual(speaker);
    expect((await rest('GET', '/roles/none')).statusCode).toBe(404);
  });

  test.each(['', '/'])("the team's defaults are at the root%s", async (slash) => {
    const reply = await site.call(`/api/v1${slash}`, { headers: as(key) });
    expect(reply.json()).toMatchObject({
      id: team.id,
      domain: 'harbour',
      owner_id: expect.any(String),
      max_participants: 100,
      topbar_enabled: true,
    });
  });

  test('another host label for the team moves its rooms there, unless it is taken', async () => {
    const room = (await rest('POST', '/rooms', {}, as(otherKey))).json();
    expect((await rest('PATCH', '/', { domain: 'harbour' }, as(otherKey))).json().errors).toEqual({ domain: ['is taken'] });
    expect((await rest('PATCH', '/', { domain: 'api' }, as(otherKey))).json().errors).toEqual({ domain: ['is reserved'] });
    expect((await rest('PATCH', '/', { domain: 'Quay' }, as(otherKey))).json().domain).toBe('quay');
    expect((await rest('GET', `/rooms/${room.id}`, undefined, as(otherKey))).json().room_url).toContain('https://quay.meet.test:8443/');
    await rest('PATCH', '/', { domain: 'other-team' }, as(otherKey));
  });
});

describe('room tokens over REST', () => {
  const issue = async (roomId: string, body?: object, headers: Record<string, string> = {}) =>
    rest('POST', `/rooms/${roomId}/token`, body, { 'content-type': 'application/json', ...headers });
  const claims = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

  test('the token opens its room, and the link carries it', async () => {
    const { id, room_url } = await makeRoom({ privacy: 'private' });
    const { token, link } = (await issue(id, { u: 'Grace', role: 'moderator', ud: 42, initials: 'G', avatar: null })).json();
    expect(link).toBe(`${room_url}?token=${token}`);
    expect(claims(token)).toEqual({
      td: team.id,
      rd: id,
      u: 'Grace',
      role: 'moderator',
      ud: '42',
      initials: 'G',
      iat: Math.floor(site.time.nowMs / 1000),
    });
    const room = await findRoom(site.db, team, id);
    const keys = await signingKeys(site.db, site.ctx.access.keys.sealing, team.id);
    expect(keys).toContain(key);
    const bearer = room && (await verifyRoomToken(token, { team, room, roles: rolesOf([]), keys, nowMs: site.time.nowMs }));
    expect(bearer).toMatchObject({ name: 'Grace', role: 'moderator', externalId: '42' });
  });

  test.each([
    ['minutes', 30, 30 * 60],
    ['minutes in a text', '30', 30 * 60],
  ])('exp may be %s', async (_title, exp, aheadS) => {
    const { id } = await makeRoom();
    expect(claims((await issue(id, { exp })).json().token).exp).toBe(Math.floor(site.time.nowMs / 1000) + aheadS);
  });

  test('exp and nbf may be timestamps or dates, which are UTC', async () => {
    const { id } = await makeRoom();
    expect(claims((await issue(id, { exp: 1_900_000_000, nbf: '2030-01-01 00:00:00' })).json().token)).toMatchObject({
      exp: 1_900_000_000,
      nbf: 1_893_456_000,
    });
    expect(claims((await issue(id, { exp: '2030-01-01T01:00:00+01:00', nbf: '1893456000' })).json().token)).toMatchObject({
      exp: 1_893_456_000,
      nbf: 1_893_456_000,
    });
  });

  test.each([
    [{ exp: 'tomorrow' }, 'exp'],
    [{ nbf: -1 }, 'nbf'],
    [{ role: 'teacher' }, 'role'],
    [{ role: 'king' }, 'role'],
    [{ u: 'x'.repeat(101) }, 'u'],
  ])('%j is answered with 422', async (body, field) => {
    const reply = await issue((await makeRoom()).id, body);
    expect([reply.statusCode, Object.keys(reply.json().errors)]).toEqual([422, [field]]);
  });

  test('a member without a developer key gets tokens too', async () => {
    const headers = { cookie, origin: 'https://meet.test:8443' };
    const reply = await site.call(`/api/v1/rooms/${(await makeRoom()).id}/token`, { method: 'POST', headers });
    expect(claims(reply.json().token)).toMatchObject({ td: team.id });
  });
});

const ROUTES = [
  ['GET', '/'],
  ['PATCH', '/'],
  ['GET', '/rooms'],
  ['POST', '/rooms'],
  ['GET', '/rooms/live'],
  ['GET', '/rooms/:room'],
  ['PATCH', '/rooms/:room'],
  ['POST', '/rooms/:room/token'],
  ['DELETE', '/rooms/:room'],
  ['GET', '/permissions'],
  ['GET', '/roles'],
  ['GET', '/roles/moderator'],
] as const;
let addresses = 0;

describe.each(ROUTES)('%s /api/v1%s', (method, path) => {
  let address = '192.0.2.1';
  // The matrix gives more wrong keys than one address may.
  beforeEach(() => {
    address = `203.0.113.${(addresses += 1)}`;
  });
  const call = async (headers: Record<string, string>) => {
    const room = path.includes(':room') ? (await makeRoom()).id : '';
    return site.call(`/api/v1${path.replace(':room', room)}`, { method, headers, address, ...(method === 'PATCH' && { body: {} }) });
  };
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const ok = path === '/rooms/:room' && method === 'DELETE' ? 204 : 200;

  test('takes the key in each of its three forms', async () => {
    const forms = [`Bearer ${key}`, `bearer ${key}`, `Basic ${base64(`${team.id}:${key}`)}`, `Bearer ${base64(`${team.id}:${key}`)}`];
    for (const authorization of forms) expect((await call({ authorization })).statusCode).toBe(ok);
  });

  test("refuses no key, a wrong key, and a key under another team's id", async () => {
    const bad = [
      '',
      'Bearer',
      'Bearer x',
      `Bearer ${key}x`,
      `Basic ${base64(`${otherTeam.id}:${key}`)}`,
      `Bearer ${base64(`${otherTeam.id}:${key}`)}`,
      `Basic ${base64(key)}`,
      `Digest ${key}`,
    ];
    for (const authorization of bad)
      expect((await call(authorization === '' ? {} : { authorization })).json()).toMatchObject({
        status: 401,
        code: 'sign_in_required',
      });
  });

  test("takes a member's cookie from our own pages only", async () => {
    const own = { cookie, origin: 'https://meet.test:8443' };
    expect((await call(own)).statusCode).toBe(ok);
    const foreign: Record<string, string>[] = [
      { cookie, origin: 'https://evil.test' },
      { cookie, origin: 'null' },
      { cookie, origin: 'http://meet.test:8443' },
      { cookie },
    ];
    for (const headers of foreign) expect((await call(headers)).statusCode).toBe(method === 'GET' ? ok : 403);
    expect((await call({ ...own, cookie: `${cookie}x` })).statusCode).toBe(401);
    expect((await call({ ...own, authorization: 'Bearer wrong' })).statusCode).toBe(401);
  });
});

test.each(ROUTES.filter(([, path]) => path.includes(':room')))("%s /api/v1%s does not see another team's room", async (method, path) => {
  const foreign = (await rest('POST', '/rooms', {}, as(otherKey))).json();
  for (const reference of [foreign.id, foreign.friendly_url]) {
    expect((await rest(method, path.replace(':room', reference), method === 'PATCH' ? {} : undefined)).json()).toMatchObject({
      status: 404,
      error: 'not-found',
    });
  }
});

describe('limits over REST', () => {
  test('a thousand requests a minute and key, then 429 in the public shape; other keys are not affected', async () => {
    const limited = await makeKey(team);
    const statuses: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      const replies = await Promise.all(Array.from({ length: 101 }, () => site.call('/api/v1/permissions', { headers: as(limited) })));
      statuses.push(...replies.map((reply) => reply.statusCode));
    }
    expect(statuses.filter((status) => status === 200)).toHaveLength(1000);
    const refused = await site.call('/api/v1/permissions', { headers: as(limited) });
    expect(refused.json()).toMatchObject({ message: expect.any(String), error: 'rate-limit' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await site.call('/api/v1/permissions', { headers: as(key) })).statusCode).toBe(200);
  });

  test('an address that tries keys is slowed down, others are not', async () => {
    const guess = (address: string) => site.call('/api/v1/rooms', { headers: as('wrong'), address });
    for (let attempt = 0; attempt < 60; attempt += 1) await guess('198.51.100.7');
    expect((await guess('198.51.100.7')).statusCode).toBe(429);
    expect((await guess('198.51.100.8')).statusCode).toBe(401);
  });

  test('broken JSON is a problem, not a crash', async () => {
    const reply = await site.call('/api/v1/rooms', {
      method: 'POST',
      headers: { ...as(key), 'content-type': 'application/json' },
      text: '{"description":',
    });
    expect(reply.json()).toMatchObject({ status: 400, code: 'bad_request' });
  });
});
