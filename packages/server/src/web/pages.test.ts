import { createTestDatabase } from '@conclave/testkit/database';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestSite, type TestSite } from './test-site.ts';

const stack = new AsyncDisposableStack();
let site: TestSite;
beforeAll(async () => {
  const database = stack.use(await createTestDatabase());
  site = stack.use(await startTestSite(database.url));
});
afterAll(() => stack.disposeAsync());

const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

describe('pages', () => {
  test.each([
    '/',
    '/sign-in',
    '/setup',
    '/dashboard',
    '/dashboard/',
    '/dashboard/rooms/x',
    '/check',
    '/privacy',
    '/kfnd-wrtz-hmqa',
    '/0b9e8d7c-6a5b-4c3d-8e2f-1a0b9c8d7e6f',
    '/room?token=abc&x=1',
  ])('%s is the web client, never from a cache', async (path) => {
    const reply = await site.call(path, { headers: HTML });
    expect([reply.statusCode, reply.headers['content-type'], reply.headers['cache-control']]).toEqual([
      200,
      'text/html; charset=utf-8',
      'no-store',
    ]);
    expect(reply.body).toContain('<title>Conclave</title>');
  });

  test.each(['/_room', '/a/b', '/ab', '/wp-login.php', '/.env', '/x'.repeat(40), '/%E2%98%83'])(
    '%s shows the same page with 404',
    async (path) => {
      const reply = await site.call(path, { headers: HTML });
      expect([reply.statusCode, reply.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
    },
  );

  test.each(['/api', '/api/v2/rooms', '/api/auth/nothing', '/media/v1x', '/signal', '/assets/none.js', '/assets/', '/healthz/x', '/embed'])(
    '%s is a problem, not a page',
    async (path) => {
      const reply = await site.call(path, { headers: HTML });
      expect(reply.json()).toMatchObject({ status: 404, code: 'not_found' });
    },
  );

  test('only GET and HEAD get a page', async () => {
    expect((await site.call('/', { method: 'POST', body: {} })).json().code).toBe('not_found');
    expect((await site.call('/', { method: 'HEAD' })).statusCode).toBe(200);
  });

  test.each([
    '/assets/../secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/assets/%2e%2e/%2e%2e/secret.txt',
    '/assets/..\\..\\secret.txt',
    '/..%2fsecret.txt',
    '/assets/%00',
    '//secret.txt',
    '/assets//etc/passwd',
  ])('nothing outside the build is served: %s', async (path) => {
    const reply = await site.call(path);
    expect(reply.body).not.toContain('must not be served');
    expect(reply.statusCode).toBeGreaterThanOrEqual(400);
  });

  test('assets never change and come compressed', async () => {
    const plain = await site.call('/assets/main-abc123.js');
    expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(plain.headers['content-type']).toMatch(/^(text|application)\/javascript/);
    const packed = await site.call('/assets/main-abc123.js', { headers: { 'accept-encoding': 'gzip, br' } });
    expect([packed.headers['content-encoding'], packed.body]).toEqual(['br', 'compressed']);
    expect(packed.headers['vary']).toMatch(/accept-encoding/i);
  });

  test('a room token in the address does not reach the log', async () => {
    await site.call('/room?token=eyJleample.secret.signature', { headers: HTML });
    expect(site.lines.join('')).toContain('"path":"/room"');
    expect(site.lines.join('')).not.toContain('eyJleample');
  });
});

describe('headers', () => {
  test.each(['/', '/nowhere/at/all', '/api/me', '/api/v1/rooms', '/assets/main-abc123.js', '/assets/none.js'])(
    '%s carries what keeps browsers strict',
    async (path) => {
      const { headers } = await site.call(path, { headers: HTML });
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'strict-transport-security': 'max-age=63072000; includeSubDomains',
      });
      expect(headers['permissions-policy']).toContain('camera=(self), microphone=(self), display-capture=(self)');
      expect(headers['content-security-policy']).toMatch(/^default-src 'none';.*frame-ancestors 'none'/);
      expect(headers).not.toHaveProperty('server');
      expect(headers).not.toHaveProperty('x-powered-by');
    },
  );

  test('a page may run its own script and style, no inline ones, and speak to its own host only', async () => {
    const policy = String((await site.call('/')).headers['content-security-policy']);
    const directives = new Map(policy.split('; ').map((directive) => [directive.split(' ', 1)[0], directive]));
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(directives.get('script-src')).toBe("script-src 'self'");
    expect(directives.get('style-src')).toBe("style-src 'self'");
    expect(directives.get('connect-src')).toBe("connect-src 'self' wss://meet.test:8443");
  });

  test('a forged Host cannot write into the policy', async () => {
    const { headers } = await site.call('/', { headers: { host: 'evil; script-src *' } });
    expect(headers['content-security-policy']).not.toContain('evil');
  });
});
