import { createTestDatabase } from '@conclave/testkit/database';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestSite, TEST_ORIGIN, type Call, type TestSite } from './test-site.ts';

const stack = new AsyncDisposableStack();
let site: TestSite;
beforeAll(async () => {
  const database = stack.use(await createTestDatabase());
  site = stack.use(await startTestSite(database.url));
});
afterAll(() => stack.disposeAsync());

type Headers = Readonly<Record<string, string | number | string[] | undefined>>;

/** Name → what MDN's HTTP Observatory takes points for, and where it gives more than the full hundred, what earns that. */
const RULES: Readonly<Record<string, (headers: Headers) => boolean>> = {
  'CSP begins with nothing allowed': (headers) => String(headers['content-security-policy']).startsWith("default-src 'none'"),
  'CSP has no unsafe source, scheme or wildcard': (headers) =>
    !/unsafe|\*|https?:|(?:script|object)-src[^;]*data:/.test(String(headers['content-security-policy'])),
  'CSP lets nobody frame': (headers) => /frame-ancestors 'none'/.test(String(headers['content-security-policy'])),
  'no other origin may read': (headers) => headers['access-control-allow-origin'] === undefined,
  'CORP is same-origin': (headers) => headers['cross-origin-resource-policy'] === 'same-origin',
  'COOP is same-origin': (headers) => headers['cross-origin-opener-policy'] === 'same-origin',
  'nothing is told to where a link leads': (headers) => headers['referrer-policy'] === 'no-referrer',
  'types are not guessed': (headers) => headers['x-content-type-options'] === 'nosniff',
  'HSTS for two years': (headers) => headers['strict-transport-security'] === 'max-age=63072000; includeSubDomains',
  'devices are ours alone': (headers) => /camera=\(self\).*geolocation=\(\)/.test(String(headers['permissions-policy'])),
  'no program is named': (headers) => headers['server'] === undefined && headers['x-powered-by'] === undefined,
  'cookies cannot be read, sent in clear or set by another host': (headers) =>
    [headers['set-cookie'] ?? []].flat().every((cookie) => {
      const parts = `${cookie}`.split('; ');
      // One that is taken back holds nothing.
      if (/^[^=]+=$/.test(parts[0] ?? '') && parts.includes('Max-Age=0')) return true;
      return (
        (parts[0] ?? '').startsWith('__Host-') &&
        ['Path=/', 'Secure', 'HttpOnly'].every((part) => parts.includes(part)) &&
        parts.some((part) => /^SameSite=(Strict|Lax)$/i.test(part)) &&
        !parts.some((part) => /^Domain=/i.test(part))
      );
    }),
};

const brokenBy = (headers: Headers) => Object.entries(RULES).flatMap(([name, holds]) => (holds(headers) ? [] : [name]));

async function faultsOf(url: string, call: Call = {}): Promise<string[]> {
  const { statusCode, headers } = await site.call(url, call);
  return brokenBy(headers).map((rule) => `${call.method ?? 'GET'} ${url} (${statusCode}): ${rule}`);
}

describe('[T8] headers as MDN Observatory wants them for A+', () => {
  test('every route there is, asked by nobody', async () => {
    expect(site.routes.length).toBeGreaterThan(50);
    const faults: string[] = [];
    for (const route of new Set(site.routes)) {
      const [method = '', url = ''] = route.split(' ');
      const path = url.replace(/:[A-Za-z]+/g, '0b9e8d7c-6a5b-4c3d-8e2f-1a0b9c8d7e6f').replace('*', '');
      faults.push(...(await faultsOf(path, { method: method as NonNullable<Call['method']>, headers: { origin: TEST_ORIGIN } }))); // Fastify's own names
    }
    expect(faults).toEqual([]);
  });

  test.each([
    '/',
    '/sign-in',
    '/dashboard',
    '/kfnd-wrtz-hmqa',
    '/no/such/page',
    '/assets/main-abc123.js',
    '/assets/none.js',
    '/%zz',
    '//x',
    '/api/%00',
  ])('pages, assets and what no route answers: %s', async (url) => {
    expect(await faultsOf(url, { headers: { accept: 'text/html' } })).toEqual([]);
  });

  test('a page loads scripts and styles of its own origin only, none inline', async () => {
    const policy = String((await site.call('/', { headers: { accept: 'text/html' } })).headers['content-security-policy']);
    expect(policy).toMatch(/script-src 'self'(;|$)/);
    expect(policy).toMatch(/style-src 'self'(;|$)/);
    expect(policy).toMatch(/base-uri 'none'/);
    expect(policy).toMatch(/form-action 'self'/);
  });

  test('the rules find what they look for', () => {
    expect(brokenBy({}).length).toBeGreaterThanOrEqual(8);
    const cookie = Object.keys(RULES).at(-1);
    for (const bad of [
      'a=b; Path=/; Secure; HttpOnly; SameSite=Lax',
      '__Host-a=b; Path=/; Secure; SameSite=Lax',
      '__Host-a=b; Path=/; Secure; HttpOnly',
    ])
      expect(brokenBy({ 'set-cookie': bad })).toContain(cookie);
    expect(brokenBy({ 'set-cookie': ['__Host-a=b; Path=/; Secure; HttpOnly; SameSite=Lax'] })).not.toContain(cookie);
  });
});
