import { randomUUID } from 'node:crypto';
import { AlertRules, AlertsPage } from '@conclave/protocol/rest/log';
import { Secret } from '@conclave/runtime/secret';
import { systemTimers } from '@conclave/runtime/timers';
import { expectAccounted, watchChanges, type ChangeWatch } from '@conclave/testkit/changes';
import { createTestDatabase } from '@conclave/testkit/database';
import { startSmtpServer } from '@conclave/testkit/smtp-server';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { ensureSetupToken } from '../setup/actions.ts';
import { startMail } from '../mail/start.ts';
import { startTestSite, TEST_ORIGIN, type TestSite } from '../web/test-site.ts';
import { startAlerts } from './start.ts';

const OWNER = { teamName: 'Harbour', name: 'Ada', email: 'ada@example.org', password: 'correct horse' };
const stack = new AsyncDisposableStack();
let site: TestSite;
let cookie: string;
let watch: ChangeWatch;

beforeAll(async () => {
  const database = stack.use(await createTestDatabase());
  site = stack.use(await startTestSite(database.url));
  const link = await ensureSetupToken(site.ctx);
  await site.call('/api/setup', { method: 'POST', body: { token: link?.split('=')[1], ...OWNER } });
  cookie = cookieOf(await signIn(OWNER.password));
  watch = await watchChanges(site.db);
});
beforeEach(async () => {
  for (const table of ['alert_windows', 'alert_rules', 'alerts'] as const) await site.db.deleteFrom(table).execute();
  await site.db.updateTable('team_members').set({ role: 'owner' }).execute();
  await watch.take();
});
afterAll(() => stack.disposeAsync());

const cookieOf = (reply: { headers: Record<string, unknown> }) => String(reply.headers['set-cookie']).split(';', 1)[0] ?? '';
const signIn = (password: string, address = '192.0.2.1') =>
  site.call('/api/auth/sign-in/email', { method: 'POST', body: { email: OWNER.email, password }, address });
const get = (path: string) => site.call(`/api/log${path}`, { headers: { cookie } });
const send = (method: 'POST' | 'PATCH', path: string, body?: unknown) =>
  site.call(`/api/log${path}`, { method, headers: { cookie, origin: TEST_ORIGIN }, ...(body !== undefined && { body }) });
const readAlerts = async (query = '') => AlertsPage.parse((await get(`/alerts${query}`)).json());
const follow = () => startAlerts({ ...site.ctx, timers: systemTimers });

/** An alert as if a rule had raised it. */
async function plant(team: string | null): Promise<string> {
  const id = randomUUID();
  const raised_at = new Date(site.time.nowMs);
  const alert = { id, rule: 'new-network', severity: 'notice' as const, team_id: team as never, raised_at, subject_seq: null };
  await site.db.insertInto('alerts').values(alert).execute();
  await site.db.insertInto('alert_tallies').values({ alert_id: id, count: 1, seqs: [], last_at: raised_at }).execute();
  return id;
}
async function plantTeam(): Promise<string> {
  const id = randomUUID();
  await site.db
    .insertInto('teams')
    .values({ id: id as never, name: 'Lake', slug: 'lake', on_plain_host: false })
    .execute();
  return id;
}

describe('wrong passwords at the sign-in', () => {
  test('[E3] ten of them raise an alert and send a mail that leads to the event', async () => {
    await using smtp = await startSmtpServer();
    const config = { ...site.ctx.config, smtpUrl: new Secret(`smtp://127.0.0.1:${smtp.port}`) };
    // The site's own clock stands still, for mails it would never be later.
    const clock = { nowMs: () => Date.now() + 1_000 };
    await using mail = startMail({ ...site.ctx, config, clock, timers: systemTimers });
    mail.begin();
    await using _alerts = startAlerts({ ...site.ctx, mail, timers: systemTimers });
    expect((await send('PATCH', '/rules/repeated-wrong-passwords', { emails: ['guard@example.org'] })).statusCode).toBe(200);
    for (let attempt = 0; attempt < 9; attempt += 1) expect((await signIn('wrong', `198.51.100.${attempt}`)).statusCode).toBe(401);
    await vi.waitFor(
      async () =>
        expect(await site.db.selectFrom('alert_windows').select('hits').executeTakeFirst()).toMatchObject({ hits: { length: 9 } }),
      10_000,
    );
    expect((await readAlerts()).alerts).toEqual([]);
    await signIn('wrong', '198.51.100.77');
    const [received] = await smtp.received(1);
    const { alerts, open } = await readAlerts();
    expect([alerts, open]).toMatchObject([
      [{ rule: 'repeated-wrong-passwords', severity: 'warning', count: 10, subject: '198.51.100.0/24', acknowledged: null }],
      1,
    ]);
    expect(received?.to).toEqual(['guard@example.org']);
    expect(received?.text).toContain(`${TEST_ORIGIN}/dashboard/log/${alerts[0]?.seqs.at(-1)}\n`);
    expect(received?.text).toContain('198.51.100.0/24');
    expect(received?.text).not.toContain(OWNER.email);
  });
});

describe('the alerts of a team', () => {
  test('are those of its own and, on the plain host, those of the installation; newest first, page by page', async () => {
    const me = (await site.call('/api/me', { headers: { cookie } })).json();
    const other = await plantTeam();
    const ids = [await plant(me.team.id), await plant(null), await plant(other), await plant(me.team.id)];
    const [first, second, , fourth] = ids;
    const page = await readAlerts('?limit=2');
    expect(page.alerts.map((alert) => alert.id)).toEqual([fourth, second]);
    const next = await readAlerts(`?limit=2&cursor=${page.next}`);
    expect([next.alerts.map((alert) => alert.id), next.next, next.open]).toEqual([[first], null, 3]);
    expect((await send('POST', `/alerts/${ids[2]}/acknowledge`)).statusCode).toBe(404);
    await site.db.updateTable('teams').set({ on_plain_host: false }).where('id', '=', me.team.id).execute();
    expect((await readAlerts()).alerts.map((alert) => alert.id)).toEqual([fourth, first]);
    expect((await send('POST', `/alerts/${second}/acknowledge`)).statusCode).toBe(404);
    await site.db.updateTable('teams').set({ on_plain_host: true }).where('id', '=', me.team.id).execute();
  });

  test('[E1] are acknowledged once, with an event in the same transaction', async () => {
    const id = await plant(null);
    await watch.take();
    const reply = await send('POST', `/alerts/${id}/acknowledge`);
    expect(reply.json()).toMatchObject({ id, acknowledged: { atMs: site.time.nowMs, by: 'Ada' } });
    site.time.nowMs += 1_000;
    expect((await send('POST', `/alerts/${id}/acknowledge`)).json()).toEqual(reply.json());
    const transactions = await watch.take();
    expectAccounted(transactions);
    expect(transactions.flatMap(({ events }) => events.map((event) => event.name))).toEqual(['alert.acknowledged']);
    expect([await readAlerts(), await readAlerts('?state=all')]).toMatchObject([
      { alerts: [], open: 0 },
      { alerts: [{ id }], open: 0 },
    ]);
  });

  test('[E1] are raised with an event in the same transaction', async () => {
    await using _alerts = follow();
    for (let attempt = 0; attempt < 10; attempt += 1) await signIn('wrong', `203.0.113.${attempt}`);
    await vi.waitFor(async () => expect((await readAlerts()).open).toBe(1), 10_000);
    const transactions = await watch.take();
    expectAccounted(transactions);
    expect(transactions.filter(({ events }) => events.some((event) => event.name === 'alert.raised'))).toHaveLength(1);
  });
});

describe('alert rules', () => {
  const readRules = async () => AlertRules.parse((await get('/rules')).json()).rules;

  test('[E1] are changed with an event of what was before and after, in which no address stands', async () => {
    const patch = { enabled: false, count: 3, emails: ['guard@example.org'] };
    expect((await send('PATCH', '/rules/refused-media-verbs', patch)).json()).toMatchObject({
      id: 'refused-media-verbs',
      ...patch,
      withinS: 300,
    });
    expect((await readRules()).find((rule) => rule.id === 'refused-media-verbs')).toMatchObject(patch);
    expect((await send('PATCH', '/rules/refused-media-verbs', patch)).statusCode).toBe(200);
    const transactions = await watch.take();
    expectAccounted(transactions);
    expect(transactions.flatMap(({ events }) => events)).toMatchObject([
      {
        name: 'alert_rule.changed',
        data: {
          before: { enabled: true, count: 5, emails: [] },
          after: { enabled: false, count: 3, emails: [expect.stringMatching(/^hmac:[\w-]{16}$/)] },
        },
      },
    ]);
  });

  test.each([
    ['repeated-wrong-passwords', { afterS: 600 }],
    ['new-network', { count: 3 }],
    ['checkpoint-late', { withinS: 60 }],
    ['checkpoint-late', { afterS: 59 }],
    ['revoked-key', { count: 0 }],
    ['revoked-key', { emails: ['eve@example.org\r\nBcc: ben@example.org'] }],
    ['revoked-key', { emails: Array.from({ length: 11 }, (_, index) => `a${index}@example.org`) }],
    ['revoked-key', { severity: 'notice' }],
  ])('%s refuses %j', async (id, patch) => {
    const before = await readRules();
    expect((await send('PATCH', `/rules/${id}`, patch)).json().code).toBe('bad_request');
    expect(await readRules()).toEqual(before);
  });

  test('that do not exist cannot be changed', async () => {
    expect((await send('PATCH', '/rules/none', { enabled: false })).json().code).toBe('not_found');
  });
});

describe("without an owner's cookie", () => {
  const CALLS = [
    ['GET', '/alerts'],
    ['POST', `/alerts/${randomUUID()}/acknowledge`],
    ['GET', '/rules'],
    ['PATCH', '/rules/revoked-key'],
  ] as const;

  test.each(CALLS)('%s %s is refused', async (method, path) => {
    const call = (headers: Record<string, string>) => site.call(`/api/log${path}`, { method, headers, body: {} });
    expect((await call({})).json().code).toBe('sign_in_required');
    await site.db.updateTable('team_members').set({ role: 'member' }).execute();
    expect((await call({ cookie, origin: TEST_ORIGIN })).json().code).toBe('not_allowed');
  });

  test.each(CALLS.filter(([method]) => method !== 'GET'))('%s %s is refused to pages of other sites', async (method, path) => {
    const headers = { cookie, origin: 'https://evil.test' };
    expect((await site.call(`/api/log${path}`, { method, headers, body: {} })).json().code).toBe('not_allowed');
  });
});
