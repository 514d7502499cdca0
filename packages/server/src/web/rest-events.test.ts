import { Event } from '@conclave/protocol/events/event';
import { expectAccounted, watchChanges, type ChangeWatch, type WatchedTransaction } from '@conclave/testkit/changes';
import { createTestDatabase } from '@conclave/testkit/database';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sequenceBatch } from '../event-log/sequencer.ts';
import { ensureSetupToken } from '../setup/actions.ts';
import { ATTEMPTS, WRONG_ADDRESSES, type Attempt } from './rest-attempts.ts';
import { makeWorld, OWNER, type World } from './rest-world.ts';
import { startTestSite, TEST_ORIGIN, type Call } from './test-site.ts';

const stack = new AsyncDisposableStack();
let world: World;
let changes: ChangeWatch;

beforeAll(async () => {
  const database = stack.use(await createTestDatabase());
  const site = stack.use(await startTestSite(database.url));
  world = await makeWorld(site);
  changes = await watchChanges(site.db);
});
afterAll(() => stack.disposeAsync());

let asked = 0;
/** A request from a network of its own, so that none is merely counted, and what it changed and wrote. */
async function ask(url: string, call: Call) {
  asked += 1;
  const address = `2001:db8:${Math.floor(asked / 65_536).toString(16)}:${(asked % 65_536).toString(16)}::1`;
  await changes.take();
  const reply = await world.site.call(url, { ...call, address });
  const transactions = await changes.take();
  expectAccounted(transactions);
  for (const secret of secretsIn(reply.body)) world.secrets.add(secret);
  return { reply, ...written(transactions) };
}

function written(transactions: readonly WatchedTransaction[]) {
  const events = transactions.flatMap((transaction) => transaction.events);
  const refusals = events.filter((event) => event.name === 'request.refused');
  const done = events.filter((event) => event.name !== 'request.refused').map((event) => event.name);
  return { done, refusals, refused: refusals.reduce((sum, event) => sum + Number(event.data['count']), 0) };
}

function secretsIn(body: string): string[] {
  return [...body.matchAll(/"(?:ticket|token)":"([^"]+)"/g)].map(([, secret = '']) => secret);
}

/** What came of an attempt beside what should have come of it. */
async function tryOut({ title, url, call, writes, isRefused }: Attempt) {
  const { reply, done, refusals, refused } = await ask(url, call);
  const results = refusals.map((refusal) => refusal.result);
  return {
    seen: { title, isRefused: reply.statusCode >= 400, done, refused, results },
    wanted: { title, isRefused, done: writes, refused: isRefused ? 1 : 0, results: isRefused ? [reply.json().code] : [] },
  };
}

/** The same with another body, of which nobody can say whether it is refused; what it does and what it writes match all the same. */
async function tryOutWith({ title, url, call }: Attempt, body: unknown) {
  const { text: _replaced, ...rest } = call;
  const { reply, done, refused } = await ask(url, { ...rest, body });
  const isRefused = reply.statusCode >= 400;
  return {
    seen: { title, isFault: reply.statusCode >= 500, done: isRefused ? done : [], refused },
    wanted: { title, isFault: false, done: [], refused: isRefused ? 1 : 0 },
  };
}

test('[E1] the table of attempts holds every route of the interface', () => {
  const routes = world.site.routes.filter((route) => /^(?!HEAD )\w+ \/api(?:\/|$)/.test(route));
  expect(routes.length).toBeGreaterThan(20);
  expect([...new Set(routes.map((route) => route.replace(/(?<=v1)\/?$/, '/')))].toSorted()).toEqual(Object.keys(ATTEMPTS).toSorted());
});

test.each(Object.keys(ATTEMPTS))('[E1] %s writes what it changes and each refusal, and nothing else', async (route) => {
  const { allowed, refused } = ATTEMPTS[route] ?? { allowed: [], refused: [] };
  for (const make of [...allowed, ...refused]) {
    const { seen, wanted } = await tryOut(await make(world));
    expect(seen).toEqual(wanted);
  }
});

test('[E1] whatever is asked in whatever order, changes and events match and refusals add up', async () => {
  const every = Object.values(ATTEMPTS).flatMap(({ allowed, refused }) => [...allowed, ...refused]);
  const body = fc.option(
    fc.dictionary(fc.constantFrom('description', 'privacy', 'friendly_url', 'room', 'name', 'email', 'x'), fc.jsonValue()),
  );
  const step = fc.record({ make: fc.constantFrom(...every), body });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
      for (const { make, body: other } of steps) {
        const attempt = await make(world);
        const { seen, wanted } = other === null ? await tryOut(attempt) : await tryOutWith(attempt, other);
        expect(seen).toEqual(wanted);
      }
    }),
    { numRuns: 15 },
  );
}, 60_000);

test.each(WRONG_ADDRESSES)('[E1] a wrong address of the interface is refused and told without itself: %s', async (url) => {
  const { reply, refusals } = await ask(url, { method: 'POST' });
  expect(reply.statusCode).toBeGreaterThanOrEqual(400);
  const data = { door: 'rest', verb: 'POST /api/*', count: 1 };
  expect(refusals).toMatchObject([{ name: 'request.refused', result: reply.json().code, data }]);
});

test('wrong addresses of pages and assets are no refusals', async () => {
  for (const url of ['/no/such/page', '/assets/none.js', '/media', '/%zz']) {
    const { reply, refused } = await ask(url, {});
    expect([reply.statusCode >= 400, refused]).toEqual([true, 0]);
  }
});

test('[E1] setting up writes the owner, the team and the sign-in', async () => {
  await using database = await createTestDatabase();
  await using site = await startTestSite(database.url);
  const watch = await watchChanges(site.db);
  const token = (await ensureSetupToken(site.ctx))?.split('#token=')[1] ?? '';
  world.secrets.add(token);
  expect((await site.call('/api/setup/check', { method: 'POST', body: { token } })).statusCode).toBe(200);
  expect((await site.call('/api/setup', { method: 'POST', body: { token, ...OWNER } })).statusCode).toBe(200);
  const transactions = await watch.take();
  expectAccounted(transactions);
  expect(written(transactions)).toMatchObject({
    done: ['owner_link.issued', 'team.created', 'installation.set_up', 'member.signed_in'],
    refused: 0,
  });
});

async function entries() {
  while ((await sequenceBatch(world.site.db, 1000)).count > 0);
  const rows = await world.site.db.selectFrom('event_log_entries').select('entry').orderBy('seq').execute();
  return rows.map(({ entry }) => Event.parse(JSON.parse(entry ?? '')));
}

test('a refusal says who was refused and why, as far as that was known', async () => {
  const { site } = world;
  const { id } = await site.db.selectFrom('developer_keys').select('id').where('revoked_at', 'is not', null).executeTakeFirstOrThrow();
  const { user_id: owner } = await site.db.selectFrom('team_members').select('user_id').executeTakeFirstOrThrow();
  const refusals = (await entries()).filter((event) => event.name === 'request.refused');
  const those = (reason: string, verb: string) => refusals.filter(({ data }) => data['reason'] === reason && data['verb'] === verb);
  expect(those('key_revoked', 'GET /api/v1/rooms')[0]).toMatchObject({
    actor: { kind: 'key', id, authenticatedBy: 'developer-key' },
    result: 'sign_in_required',
    team: expect.any(String),
  });
  const wrong = those('wrong_password', 'POST /api/auth/sign-in/email');
  expect(wrong.map((event) => event.target)).toEqual(expect.arrayContaining([{ kind: 'member', id: owner }, null]));
  expect(wrong[0]).toMatchObject({ actor: { kind: 'visitor', id: null }, result: 'sign_in_required' });
  expect(those('foreign_origin', 'POST /api/v1/rooms')).not.toEqual([]);
  expect(refusals.filter(({ data }) => data['verb'] === 'POST /api/join')).toEqual(
    expect.arrayContaining([expect.objectContaining({ room: expect.any(String), team: expect.any(String) })]),
  );
});

test('no event holds a password, key, token, ticket, cookie or link, not even sealed', async () => {
  const events = await entries();
  const revealed = await world.site.ctx.personKeys.reveal(world.site.db, events);
  expect(revealed.flatMap((person) => person.name ?? [])).toContain('Cleo');
  const all = JSON.stringify([events, revealed]);
  expect(world.secrets.size).toBeGreaterThan(20);
  for (const secret of world.secrets) {
    expect(secret.length).toBeGreaterThan(5);
    expect(all).not.toContain(secret);
  }
  expect(all).toContain('"restream_key":"[secret]"');
  expect(all).not.toContain(TEST_ORIGIN);
});
