import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildHttpsServer } from '@conclave/runtime/https-server';
import { loadInternalIdentity } from '@conclave/runtime/internal-identity';
import { createLog } from '@conclave/runtime/log';
import { expect, test } from 'vitest';
import type { CheckpointStatus } from './checkpoints.ts';
import { publicLogPage } from './public-page.ts';

const NOTE = 'meet.test/conclave-log\n12345\nroot=\n\n— meet.test/conclave-log signature=\n';
const VERIFIER_KEY = 'meet.test/conclave-log+01234567+key+/=';

async function serve(status: CheckpointStatus) {
  await using began = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'conclave-page-'));
  began.defer(() => rm(dataDir, { recursive: true }));
  const app = buildHttpsServer({ log: createLog({ logLevel: 'silent' }, 'test'), tls: await loadInternalIdentity(dataDir, 'server') });
  began.defer(() => app.close());
  const checkpoints = { origin: 'meet.test/conclave-log', verifierKey: VERIFIER_KEY, status: () => status };
  await publicLogPage(app, { checkpoints, origin: 'https://renamed.test:8443' });
  const ends = began.move();
  return { get: (url: string) => app.inject({ url }), [Symbol.asyncDispose]: () => ends.disposeAsync() };
}

const checkpoint = { size: 12_345, signedAtMs: Date.UTC(2026, 10, 24, 9, 5, 7), note: NOTE };

test('[E2] anybody gets the key and the newest checkpoint, as text and byte for byte', async () => {
  await using site = await serve({ publishing: 'current', checkpoint });
  const key = await site.get('/_log/key');
  expect([key.statusCode, key.headers['content-type'], key.body]).toEqual([200, 'text/plain; charset=utf-8', `${VERIFIER_KEY}\n`]);
  const note = await site.get('/_log/checkpoint');
  expect([note.statusCode, note.headers['content-type'], note.headers['cache-control'], note.body]).toEqual([
    200,
    'text/plain; charset=utf-8',
    'no-store',
    NOTE,
  ]);
});

test('the page shows them without script or inline style, under a policy that allows neither', async () => {
  await using site = await serve({ publishing: 'current', checkpoint });
  const { body, headers } = await site.get('/_log');
  expect(headers['content-security-policy']).toBe(
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  for (const text of [
    VERIFIER_KEY,
    NOTE,
    '12,345 entries',
    '2026-11-24 09:05:07 UTC',
    'Checkpoints are up to date.',
    'https://renamed.test:8443/_log/checkpoint',
  ])
    expect(body).toContain(text);
  expect(body).not.toMatch(/<script|<style|style=|\son\w+=/);
  const style = await site.get('/_log/style.css');
  expect([style.statusCode, style.headers['content-type']]).toEqual([200, 'text/css; charset=utf-8']);
});

test.each([
  ['late', 'waited for a published checkpoint for more than ten minutes'],
  ['inconsistent', 'The log is not what was signed before.'],
] as const)('the page says when publishing is %s', async (publishing, text) => {
  await using site = await serve({ publishing, checkpoint });
  expect((await site.get('/_log')).body).toContain(text);
});

test('before anything was signed there is no checkpoint to get', async () => {
  await using site = await serve({ publishing: 'current', checkpoint: null });
  expect((await site.get('/_log/checkpoint')).json()).toMatchObject({ status: 404, code: 'not_found' });
  expect((await site.get('/_log')).body).toContain('Nothing has been signed yet.');
});
