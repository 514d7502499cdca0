import { z } from 'zod';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { call, failureOf } from './api.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

const answerWith = (response: Response | Error) =>
  vi.stubGlobal('fetch', async () => {
    if (response instanceof Error) throw response;
    return response;
  });

describe('calls to the server', () => {
  test('a reply that fits its schema is the data', async () => {
    answerWith(Response.json({ name: 'x' }));
    expect(await call('/api/x', { reply: z.object({ name: z.string() }) })).toEqual({ ok: true, data: { name: 'x' } });
  });

  test('a reply of another shape is a fault of ours, not a crash', async () => {
    answerWith(Response.json({ name: 1 }));
    expect(await call('/api/x', { reply: z.object({ name: z.string() }) })).toMatchObject({ ok: false, failure: { code: 'internal' } });
  });

  test('no answer is `network`', async () => {
    answerWith(new TypeError('Failed to fetch'));
    expect(await call('/api/x')).toMatchObject({ ok: false, failure: { code: 'network' } });
  });

  test('204 without a body is a success', async () => {
    answerWith(new Response(null, { status: 204 }));
    expect(await call('/api/x', { method: 'DELETE' })).toEqual({ ok: true, data: undefined });
  });

  test('a problem tells its code, its fields and their texts', () => {
    const problem = { code: 'invalid_settings', errors: { friendly_url: ['taken'], junk: 1 }, details: { paths: ['friendly_url', 3] } };
    expect(failureOf(422, problem)).toEqual({ code: 'invalid_settings', errors: { friendly_url: ['taken'] }, paths: ['friendly_url'] });
  });

  test.each([
    [401, 'sign_in_required'],
    [404, 'not_found'],
    [429, 'rate_limited'],
    [502, 'unavailable'],
    [418, 'internal'],
  ])('an answer %i that is no problem document is told by its status', (status, code) =>
    expect(failureOf(status, '<html>').code).toBe(code),
  );

  test('a code that is not in the table is not trusted', () => expect(failureOf(403, { code: 'constructor' }).code).toBe('not_allowed'));
});
