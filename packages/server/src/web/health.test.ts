import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildHttpsServer } from '@conclave/runtime/https-server';
import { loadInternalIdentity } from '@conclave/runtime/internal-identity';
import { createLog } from '@conclave/runtime/log';
import { createTestDatabase } from '@conclave/testkit/database';
import { expect, test } from 'vitest';
import { connectDatabase } from '../db/connection.ts';
import type { CheckpointStatus } from '../event-log/checkpoints.ts';
import { healthRoute } from './health.ts';

test.each([
  ['all is well', 'current', true, 200, { status: 'ok' }],
  ['the media node is away', 'current', false, 503, { status: 'unavailable', away: ['media node'] }],
  ['the log is not what was signed, and meetings go on', 'inconsistent', true, 200, { status: 'ok', eventLog: 'inconsistent' }],
  ['both', 'late', false, 503, { status: 'unavailable', away: ['media node'], eventLog: 'late' }],
] as const)('health says that %s', async (_what, publishing, isMediaConnected, code, body) => {
  await using stack = new AsyncDisposableStack();
  const log = createLog({ logLevel: 'silent' }, 'test');
  const database = stack.use(await createTestDatabase());
  const db = stack.adopt(connectDatabase({ url: database.url, log }), (open) => open.destroy());
  const dataDir = await mkdtemp(join(tmpdir(), 'conclave-health-'));
  stack.defer(() => rm(dataDir, { recursive: true }));
  const app = buildHttpsServer({ log, tls: await loadInternalIdentity(dataDir, 'server') });
  stack.defer(() => app.close());
  const status: CheckpointStatus = { publishing, checkpoint: null };
  await healthRoute(app, { db, checkpoints: { status: () => status }, isMediaConnected: () => isMediaConnected });
  const reply = await app.inject({ url: '/healthz' });
  expect([reply.statusCode, reply.json()]).toEqual([code, body]);
});
