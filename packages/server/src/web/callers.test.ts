import { watchChanges, type ChangeWatch } from '@conclave/testkit/changes';
import { createTestDatabase } from '@conclave/testkit/database';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashPassword } from '../access/passwords.ts';
import { insertAccount, insertMember } from '../access/store.ts';
import { ATTEMPTS, type Attempt } from './rest-attempts.ts';
import { bearer, makeToken, makeWorld, signIn, type World } from './rest-world.ts';
import { startTestSite, TEST_ORIGIN } from './test-site.ts';

const stack = new AsyncDisposableStack();
let world: World;
let changes: ChangeWatch;
/** The headers by which each is known. */
const callers = new Map<Caller, Record<string, string>>();

const CALLERS = [
  'nobody',
  'the bearer of a room token',
  'a key of the team',
  'a key of another team',
  'a member',
  'the owner',
  'the owner of another team',
] as const;
type Caller = (typeof CALLERS)[number];

beforeAll(async () => {
  const database = stack.use(await createTestDatabase());
  const site = stack.use(await startTestSite(database.url));
  world = await makeWorld(site);
  const [own, other] = await Promise.all(['Harbour', 'Other'].map((name) => teamNamed(name)));
  callers.set('nobody', {});
  callers.set('the bearer of a room token', bearer(await makeToken(world, { role: 'moderator' })));
  callers.set('a key of the team', bearer(world.key));
  callers.set('a key of another team', bearer(world.otherKey));
  callers.set('a member', await memberOf(own ?? '', 'mia@example.org', 'member'));
  callers.set('the owner', { ...(await signIn(world)), origin: TEST_ORIGIN });
  callers.set('the owner of another team', await memberOf(other ?? '', 'eve@example.org', 'owner'));
  changes = await watchChanges(site.db);
});
afterAll(() => stack.disposeAsync());

async function teamNamed(name: string) {
  return (await world.site.db.selectFrom('teams').select('id').where('name', '=', name).executeTakeFirstOrThrow()).id;
}

async function memberOf(teamId: Awaited<ReturnType<typeof teamNamed>> | '', email: string, role: string) {
  const { site } = world;
  const password = 'a horse of another colour';
  const userId = await insertAccount(site.db, { name: email, email, passwordHash: await hashPassword(password) });
  if (teamId === '' || userId === null) throw new Error('no member');
  await insertMember(site.db, teamId, userId, role);
  const reply = await site.call('/api/auth/sign-in/email', { method: 'POST', body: { email, password } });
  return { cookie: String(reply.headers['set-cookie']).split(';', 1)[0] ?? '', origin: TEST_ORIGIN };
}

/** For whom a route is. */
const PUBLIC = [
  'POST /api/auth/sign-in/email',
  'GET /api/auth/get-session',
  'POST /api/setup/check',
  'POST /api/setup',
  'POST /api/entry',
  'POST /api/join',
  'GET /api/check',
  'POST /api/check',
  'GET /api/check/bytes',
  'POST /api/check/bytes',
];
/** What belongs to nobody's team: the same for all. */
const OF_ALL_TEAMS = ['GET /api/v1/roles/:role'];
const isAnothers = (caller: Caller) => caller === 'a key of another team' || caller === 'the owner of another team';

/** What a caller is answered, whatever it is for which they ask: `open`, or the code with which they are turned away. */
function answerTo(route: string, caller: Caller): 'open' | 'sign_in_required' | 'not_allowed' | 'not_found' {
  const path = route.split(' ')[1] ?? '';
  const hasKey = caller === 'a key of the team' || caller === 'a key of another team';
  const isMember = caller === 'a member' || caller === 'the owner' || caller === 'the owner of another team';
  if (PUBLIC.includes(route)) return 'open';
  if (path === '/api/me') return isMember ? 'open' : 'sign_in_required';
  if (path.startsWith('/api/v1/')) {
    if (!hasKey && !isMember) return 'sign_in_required';
    return isAnothers(caller) && /:(?:room|role)\b/.test(path) && !OF_ALL_TEAMS.includes(route) ? 'not_found' : 'open';
  }
  if (path.startsWith('/api/log/')) {
    if (!isMember) return 'sign_in_required';
    if (caller === 'a member') return 'not_allowed';
    return isAnothers(caller) && /:(?:seq|sessionId)\b|alerts\/:id/.test(path) ? 'not_found' : 'open';
  }
  throw new Error(`nobody said for whom ${route} is`);
}

const DOORS = new Set(['sign_in_required', 'not_allowed', 'not_found']);
/** These the route's own rules refuse whoever asks: a used link, a meeting that is not. */
const REFUSED_ANYHOW: Readonly<Record<string, string>> = {
  'POST /api/setup/check': 'sign_in_required',
  'POST /api/setup': 'sign_in_required',
  'GET /api/v1/rooms/:room/live': 'not_found',
  'GET /api/log/sessions/:sessionId': 'not_found',
};

async function attemptAt(route: string): Promise<Attempt> {
  const row = ATTEMPTS[route];
  const make = row?.allowed[0] ?? (route.includes('setup') ? row?.refused[0] : row?.refused.at(-1));
  if (!make) throw new Error(`no attempt at ${route}`);
  return make(world);
}

let asked = 0;
async function ask(attempt: Attempt, caller: Caller) {
  asked += 1;
  const { cookie: _cookie, authorization: _authorization, origin: _origin, ...headers } = attempt.call.headers ?? {};
  await changes.take();
  // Each from a network of its own, so that no refusal is merely counted.
  const address = `2001:db8:${asked.toString(16)}::1`;
  const reply = await world.site.call(attempt.url, { ...attempt.call, address, headers: { ...headers, ...callers.get(caller) } });
  const written = await changes.take();
  const done = written.flatMap(({ events }) => events.filter(({ name }) => name !== 'request.refused').map(({ name }) => name));
  const refused = written.flatMap(({ events }) => events.filter(({ name }) => name === 'request.refused').map(({ result }) => result));
  const code = reply.statusCode < 400 ? 'open' : String(reply.json().code);
  return { code, done, refused, changes: written.flatMap((one) => one.changes.map(({ table }) => table)) };
}

/** The first never ends for who may read it; the second ends that by which its caller is known. */
const APART = ['GET /api/log/live', 'POST /api/auth/sign-out'];
const ROUTES = Object.keys(ATTEMPTS).filter((route) => !APART.includes(route));

const turnedAwayAt = (route: string) => CALLERS.filter((caller) => answerTo(route, caller) !== 'open');

test.each(ROUTES.filter((route) => turnedAwayAt(route).length > 0))(
  '[A1] %s turns away who it is not for, and nothing is changed but the log',
  async (route) => {
    const attempt = await attemptAt(route);
    for (const caller of turnedAwayAt(route)) {
      const code = answerTo(route, caller);
      expect({ caller, ...(await ask(attempt, caller)) }).toEqual({ caller, code, done: [], refused: [code], changes: [] });
    }
  },
);

test.each(ROUTES)('[A1] %s is open to who it is for', async (route) => {
  for (const caller of CALLERS.filter((one) => answerTo(route, one) === 'open')) {
    const { code } = await ask(await attemptAt(route), caller);
    const anyhow = REFUSED_ANYHOW[route];
    const isTurnedAway = anyhow === undefined ? DOORS.has(code) : code !== anyhow;
    expect([caller, isTurnedAway ? code : 'open']).toEqual([caller, 'open']);
  }
});

test.each(['nobody', 'a key of the team', 'a member'] as const)('[A1] the log is not to be followed by %s', async (caller) => {
  const attempt: Attempt = { title: '', url: '/api/log/live', call: { method: 'GET' }, writes: [], isRefused: true };
  const code = answerTo('GET /api/log/live', caller);
  expect(await ask(attempt, caller)).toEqual({ code, done: [], refused: [code], changes: [] });
});

test('[A1] an id of another team is answered exactly as one that never was', async () => {
  const { site, otherKey } = world;
  const headers = bearer(otherKey);
  const made = await site.call('/api/v1/roles', {
    method: 'POST',
    headers,
    body: { name: 'r-other', display_name: 'Others', permissions: {} },
  });
  const otherRoom = (await site.call('/api/v1/rooms', { method: 'POST', headers, body: {} })).json().id;
  const nobodys = '00000000-0000-4000-8000-000000000001';
  const own = (url: string, method: 'GET' | 'PATCH' | 'POST' | 'DELETE', body?: object) =>
    site.call(url, { method, headers: bearer(world.key), ...(body && { body }) });
  const pairs: [string, string, (id: string) => ReturnType<typeof own>][] = [
    ...(['GET', 'PATCH', 'DELETE'] as const).map((method): [string, string, (id: string) => ReturnType<typeof own>] => [
      `${method} of a room`,
      otherRoom,
      (id) => own(`/api/v1/rooms/${id}`, method),
    ]),
    ['its live session', otherRoom, (id) => own(`/api/v1/rooms/${id}/live`, 'GET')],
    ['a token for it', otherRoom, (id) => own(`/api/v1/rooms/${id}/token`, 'POST', {})],
    ...(['GET', 'PATCH', 'DELETE'] as const).map((method): [string, string, (id: string) => ReturnType<typeof own>] => [
      `${method} of a role`,
      made.json().id,
      (id) => own(`/api/v1/roles/${id}`, method),
    ]),
    ['a token of its role', made.json().id, (id) => own(`/api/v1/rooms/${world.room}/token`, 'POST', { role: id })],
    ['a room with its role', made.json().id, (id) => own('/api/v1/rooms', 'POST', { roles: ['moderator', id] })],
    ['its role as the default one', made.json().id, (id) => own(`/api/v1/rooms/${world.room}`, 'PATCH', { default_role: id })],
    ['entering its room at our host', otherRoom, (id) => own('/api/entry', 'POST', { room: id })],
    ['joining its room at our host', otherRoom, (id) => own('/api/join', 'POST', { room: id, name: 'Ben' })],
  ];
  const told = (reply: Awaited<ReturnType<typeof own>>, id: string) => [
    reply.statusCode,
    reply.body
      .replaceAll(id, 'ID')
      .replace(/"requestId":"[^"]*"/, '')
      .replace(/"instance":"[^"]*"/, ''),
  ];
  for (const [what, id, ask] of pairs) {
    await changes.take();
    const [foreign, random] = [await ask(id), await ask(nobodys)];
    expect([what, foreign.statusCode >= 400, ...told(foreign, id)]).toEqual([what, true, ...told(random, nobodys)]);
    expect([what, (await changes.take()).flatMap((one) => one.changes)]).toEqual([what, []]);
  }
  // The control: to the other team they are there.
  expect((await site.call(`/api/v1/rooms/${otherRoom}`, { headers })).statusCode).toBe(200);
  expect((await site.call(`/api/v1/roles/${made.json().id}`, { headers })).statusCode).toBe(200);
});
