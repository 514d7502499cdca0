import { createTestDatabase } from '@conclave/testkit/database';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureSetupToken } from '../setup/actions.ts';
import { startTestSite, TEST_ORIGIN, type TestSite } from '../web/test-site.ts';

const stack = new AsyncDisposableStack();
const OWNER = { teamName: 'Harbour', name: 'Ada', email: 'ada@example.org', password: 'correct horse' };
let site: TestSite;

beforeAll(async () => {
  const database = stack.use(await createTestDatabase());
  site = stack.use(await startTestSite(database.url));
  const token = (await ensureSetupToken(site.ctx))?.split('=')[1];
  await site.call('/api/setup', { method: 'POST', body: { token, ...OWNER } });
});
afterAll(() => stack.disposeAsync());

const signIn = (given: object = {}, options: { address?: string; headers?: Record<string, string> } = {}) =>
  site.call('/api/auth/sign-in/email', { method: 'POST', body: { email: OWNER.email, password: OWNER.password, ...given }, ...options });
const cookieOf = (reply: { headers: Record<string, unknown> }) => String(reply.headers['set-cookie']).split(';', 1)[0] ?? '';
const me = (cookie: string) => site.call('/api/me', { headers: { cookie } });

describe('signing in', () => {
  test('sets a cookie that only our host sees over HTTPS, and tells the page nothing secret', async () => {
    const reply = await signIn({ email: 'ADA@example.org' });
    expect(reply.json()).toEqual({ user: { name: 'Ada', email: 'ada@example.org' } });
    expect(String(reply.headers['set-cookie'])).toMatch(
      /^__Host-conclave_session=[^;]+; Max-Age=1209600; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect((await me(cookieOf(reply))).statusCode).toBe(200);
    expect(reply.headers['cache-control']).toBe('no-store');
  });

  test('without "remember me" the cookie ends with the browser\'s session', async () => {
    const cookies = [(await signIn({ rememberMe: false })).headers['set-cookie']].flat();
    const session = cookies.find((cookie) => cookie?.startsWith('__Host-conclave_session='));
    expect(session).toBeDefined();
    expect(session).not.toMatch(/Max-Age|Expires/);
  });

  test('a wrong password and an unknown address get the same answer', async () => {
    const replies = [
      await signIn({ password: 'wrong' }),
      await signIn({ email: 'eve@example.org' }),
      await signIn({ email: 'no address' }),
    ];
    for (const reply of replies)
      expect([reply.statusCode, reply.json().code, reply.headers['set-cookie']]).toEqual([401, 'sign_in_required', undefined]);
  });

  test('a page of another site cannot sign anybody in or out', async () => {
    expect((await signIn({}, { headers: { origin: 'https://evil.test' } })).statusCode).toBe(403);
    const cookie = cookieOf(await signIn({}, { headers: { origin: TEST_ORIGIN } }));
    const out = (origin?: string) =>
      site.call('/api/auth/sign-out', { method: 'POST', headers: { cookie, ...(origin !== undefined && { origin }) } });
    expect([(await out('https://evil.test')).statusCode, (await out()).statusCode]).toEqual([403, 403]);
    expect((await me(cookie)).statusCode).toBe(200);
  });

  test('signing out ends the session at the server, not only in the browser', async () => {
    const cookie = cookieOf(await signIn());
    const other = cookieOf(await signIn());
    const out = await site.call('/api/auth/sign-out', { method: 'POST', headers: { cookie, origin: TEST_ORIGIN } });
    expect(out.statusCode).toBe(200);
    expect(String(out.headers['set-cookie'])).toContain('Max-Age=0');
    expect((await me(cookie)).statusCode).toBe(401);
    expect((await me(other)).statusCode).toBe(200);
  });

  test('get-session says who is signed in, or null', async () => {
    const session = (headers: Record<string, string>) => site.call('/api/auth/get-session', { headers });
    expect((await session({ cookie: cookieOf(await signIn()) })).json()).toEqual({ user: { name: 'Ada', email: 'ada@example.org' } });
    expect((await session({})).json()).toEqual({ user: null });
    expect((await session({ cookie: '__Host-conclave_session=forged.forged' })).json()).toEqual({ user: null });
  });

  test.each([
    'sign-up/email',
    'change-password',
    'update-user',
    'delete-user',
    'forget-password',
    'request-password-reset',
    'list-sessions',
    'ok',
    'error',
    'sign-in/social',
    'callback/x',
    '../auth/sign-up/email',
  ])('nothing else of the library is reachable: %s', async (path) => {
    const body = { email: 'eve@example.org', password: 'long enough', name: 'Eve' };
    expect((await site.call(`/api/auth/${path}`, { method: 'POST', body })).statusCode).toBe(404);
    expect((await site.call(`/api/auth/${path}`)).json().code).toBe('not_found');
  });

  test('passwords are stored as argon2id and session cookies are signed', async () => {
    const { password } = await site.db.selectFrom('auth_accounts').select('password').executeTakeFirstOrThrow();
    expect(password).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    const [name, value = ''] = cookieOf(await signIn()).split('=');
    const [token = ''] = decodeURIComponent(value).split('.');
    expect((await me(`${name}=${encodeURIComponent(`${token}.${Buffer.alloc(32).toString('base64')}`)}`)).statusCode).toBe(401);
    expect((await me(`${name}=${token}`)).statusCode).toBe(401);
  });

  test('neither password nor cookie is in the log', async () => {
    await signIn({ password: 'wrong but long secret' });
    const cookie = cookieOf(await signIn());
    await me(cookie);
    const log = site.lines.join('');
    expect(log).toContain('"path":"/api/me"');
    for (const secret of ['wrong but long secret', OWNER.password, cookie.split('=')[1]]) expect(log).not.toContain(secret);
  });
});

describe('limits on signing in', () => {
  test('ten wrong passwords for an account from one address, then it waits; the owner elsewhere does not', async () => {
    const from = (address: string, password = 'wrong') => signIn({ password }, { address });
    for (let attempt = 0; attempt < 10; attempt += 1) expect((await from('198.51.100.1')).statusCode).toBe(401);
    const late = await from('198.51.100.1', OWNER.password);
    expect(late.json().code).toBe('rate_limited');
    expect(Number(late.headers['retry-after'])).toBeGreaterThan(60);
    expect((await from('198.51.100.2', OWNER.password)).statusCode).toBe(200);
  });

  test('thirty attempts from one network whatever the account; an IPv6 network is a /64', async () => {
    const from = (index: number) => signIn({ email: `guess-${index}@example.org` }, { address: `2001:db8:1:2::${index.toString(16)}` });
    const statuses = new Set<number>();
    for (let index = 1; index <= 30; index += 1) statuses.add((await from(index)).statusCode);
    expect([...statuses]).toEqual([401]);
    expect((await from(31)).statusCode).toBe(429);
    expect((await signIn({}, { address: '2001:db8:1:3::1' })).statusCode).toBe(200);
  });

  test('signing in well does not use up attempts', async () => {
    for (let attempt = 0; attempt < 12; attempt += 1) expect((await signIn({}, { address: '198.51.100.9' })).statusCode).toBe(200);
  });
});
