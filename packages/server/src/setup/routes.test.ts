import { createTestDatabase } from '@conclave/testkit/database';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createTeam } from '../access/actions.ts';
import { operatorCause } from '../event-log/cause.ts';
import { startTestSite, type TestSite } from '../web/test-site.ts';
import { ensureSetupToken } from './actions.ts';

const OWNER = { teamName: 'Harbour', name: 'Ada', email: 'Ada@Example.org', password: 'correct horse' };
let site: TestSite;
let disposals = new AsyncDisposableStack();

beforeEach(async () => {
  await disposals.disposeAsync();
  disposals = new AsyncDisposableStack();
  const database = disposals.use(await createTestDatabase());
  site = disposals.use(await startTestSite(database.url));
});
afterAll(() => disposals.disposeAsync());

async function ownerToken(): Promise<string> {
  const link = await ensureSetupToken(site.ctx);
  return link?.split('#token=')[1] ?? '';
}
const setUp = (token: string, change: object = {}) => site.call('/api/setup', { method: 'POST', body: { token, ...OWNER, ...change } });
const cookieOf = (reply: { headers: Record<string, unknown> }) => String(reply.headers['set-cookie']).split(';', 1)[0] ?? '';

describe('the owner link', () => {
  test('makes the owner and the team, signs in, and works once', async () => {
    const token = await ownerToken();
    expect((await site.call('/api/setup/check', { method: 'POST', body: { token } })).statusCode).toBe(200);
    const reply = await setUp(token);
    expect(reply.statusCode).toBe(200);
    const cookie = String(reply.headers['set-cookie']);
    expect(cookie).toMatch(/^__Host-conclave_session=/);
    for (const attribute of ['Secure', 'HttpOnly', 'SameSite=Strict', 'Path=/']) expect(cookie).toContain(attribute);
    expect(cookie).not.toContain('Domain');
    const me = await site.call('/api/me', { headers: { cookie: cookieOf(reply) } });
    expect(me.json()).toMatchObject({
      name: 'Ada',
      email: 'ada@example.org',
      role: 'owner',
      team: { name: 'Harbour', host: 'meet.test:8443', id: reply.json().teamId },
    });
    for (const path of ['/api/setup/check', '/api/setup']) {
      expect((await site.call(path, { method: 'POST', body: { token, ...OWNER } })).json().code).toBe('sign_in_required');
    }
    expect(await ensureSetupToken(site.ctx)).toBeNull();
  });

  test('of two people who use it at once, one becomes the owner', async () => {
    const token = await ownerToken();
    const replies = await Promise.all([setUp(token), setUp(token, { email: 'eve@example.org', teamName: 'Other' })]);
    expect(replies.map((reply) => reply.statusCode).toSorted((a, b) => a - b)).toEqual([200, 401]);
    expect(await site.db.selectFrom('team_members').selectAll().execute()).toHaveLength(1);
    expect(await site.db.selectFrom('auth_users').selectAll().execute()).toHaveLength(1);
  });

  test('a newer link replaces the older one', async () => {
    const [older, newer] = [await ownerToken(), await ownerToken()];
    expect((await setUp(older)).statusCode).toBe(401);
    expect((await setUp(newer)).statusCode).toBe(200);
  });

  test("a team made from the shell before becomes the owner's and takes the name given", async () => {
    const team = await createTeam(site.ctx, operatorCause(), 'From the shell');
    const reply = await setUp(await ownerToken());
    expect(reply.json().teamId).toBe(team.id);
    expect((await site.db.selectFrom('teams').select('name').execute()).map((row) => row.name)).toEqual(['Harbour']);
  });

  test('a name that another team has is refused and the link stays good', async () => {
    await createTeam(site.ctx, operatorCause(), 'First');
    await createTeam(site.ctx, operatorCause(), 'Harbour');
    const token = await ownerToken();
    expect((await setUp(token)).json().code).toBe('conflict');
    expect((await setUp(token, { teamName: 'Quay' })).statusCode).toBe(200);
  });

  test('faults name their fields and never the values', async () => {
    const reply = await setUp(await ownerToken(), { password: 'too short', email: 'nobody' });
    expect(reply.statusCode).toBe(400);
    expect(reply.json().details.paths).toEqual(['email', 'password']);
    expect(reply.body).not.toContain('too short');
  });

  test('guessing links is slowed down', async () => {
    const guess = () => site.call('/api/setup/check', { method: 'POST', body: { token: 'x'.repeat(43) } });
    for (let attempt = 0; attempt < 20; attempt += 1) expect((await guess()).statusCode).toBe(401);
    const reply = await guess();
    expect(reply.json()).toMatchObject({ code: 'rate_limited', error: 'rate-limit' });
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
  });
});
