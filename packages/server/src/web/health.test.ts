import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildHttpsServer } from '@conclave/runtime/https-server';
import { loadInternalIdentity } from '@conclave/runtime/internal-identity';
import { createLog } from '@conclave/runtime/log';
import { createTestDatabase } from '@conclave/testkit/database';
import { expect, test } from 'vitest';
import { connectDatabase } from '../db/connection.ts';
import { watchRelay, type RelayState } from '../turn/relay-watch.ts';
import type { CheckpointStatus } from '../event-log/checkpoints.ts';
import { healthRoute } from './health.ts';

test.each([
  ['all is well', 'current', true, 'up', 200, { status: 'ok' }],
  ['the media node is away', 'current', false, 'up', 503, { status: 'unavailable', away: ['media node'] }],
  ['the log is not what was signed, and meetings go on', 'inconsistent', true, 'up', 200, { status: 'ok', eventLog: 'inconsistent' }],
  ['there is no relay, and meetings go on', 'current', true, 'none', 200, { status: 'ok', relay: 'none' }],
  ['the relay is away, and meetings go on', 'current', true, 'away', 200, { status: 'ok', relay: 'away' }],
  ['all of it', 'late', false, 'none', 503, { status: 'unavailable', away: ['media node'], eventLog: 'late', relay: 'none' }],
] as const)('health says that %s', async (_what, publishing, isMediaConnected, relay, code, body) => {
  await using stack = new AsyncDisposableStack();
  const log = createLog({ logLevel: 'silent' }, 'test');
  const database = stack.use(await createTestDatabase());
  const db = stack.adopt(connectDatabase({ url: database.url, log }), (open) => open.destroy());
  const dataDir = await mkdtemp(join(tmpdir(), 'conclave-health-'));
  stack.defer(() => rm(dataDir, { recursive: true }));
  const app = buildHttpsServer({ log, tls: await loadInternalIdentity(dataDir, 'server') });
  stack.defer(() => app.close());
  const status: CheckpointStatus = { publishing, checkpoint: null };
  const relayState = watchRelay(await relayPort(relay, stack));
  await healthRoute(app, { db, checkpoints: { status: () => status }, isMediaConnected: () => isMediaConnected, relayState });
  const reply = await app.inject({ url: '/healthz' });
  expect([reply.statusCode, reply.json()]).toEqual([code, body]);
});

/** A port on loopback that takes connections, one that does not any more, or none. */
async function relayPort(relay: RelayState, stack: AsyncDisposableStack): Promise<number | undefined> {
  if (relay === 'none') return undefined;
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  if (relay === 'up') stack.defer(() => void server.close());
  else await new Promise((resolve) => server.close(resolve));
  return port;
}
