import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { AppError } from '@conclave/protocol/errors';
import { LIMITS } from '@conclave/protocol/limits';
import { createBackground } from '@conclave/runtime/background';
import { systemClock, type Clock } from '@conclave/runtime/clock';
import type { Config } from '@conclave/runtime/config';
import { buildHttpsServer, type HttpsServer } from '@conclave/runtime/https-server';
import { loadInternalIdentity } from '@conclave/runtime/internal-identity';
import { requireLoopback } from '@conclave/runtime/loopback';
import type { Log } from '@conclave/runtime/log';
import { systemTimers, type Timers } from '@conclave/runtime/timers';
import { createEventHub } from './events/hub.ts';
import { serveEvents } from './events/socket.ts';
import { mountInternalRoutes } from './http/internal-routes.ts';
import { mountPublicRoutes } from './http/public-routes.ts';
import { createJournal } from './journal/journal.ts';
import { createNodeMetrics } from './metrics.ts';
import type { NodeContext } from './node-context.ts';
import { createCapabilities } from './sessions/capabilities.ts';
import { createDemand } from './sessions/demand.ts';
import { whose } from './sessions/produce.ts';
import { createQualityWatch } from './sessions/quality.ts';
import { measure } from './sessions/measure.ts';
import { deleteSession, loseWorker, snapshot } from './sessions/sessions.ts';
import { startWorkers, type WorkerPool } from './workers/pool.ts';

/** How long a node that ends waits for the server to store the journal. */
const DRAIN_TIMEOUT_MS = 1_000;

export type MediaNodeConfig = Pick<
  Config,
  | 'dataDir'
  | 'internalDir'
  | 'mediaPort'
  | 'mediaTcp'
  | 'mediaWorkers'
  | 'announcedIps'
  | 'workerBin'
  | 'logLevel'
  | 'mediaInternalPort'
  | 'consumersPerWorker'
>;

export interface MediaNode extends AsyncDisposable {
  /** Where the server finds it: `https://127.0.0.1:PORT`. */
  readonly url: string;
  /** The processes that carry media now. */
  workerPids(): number[];
  /** How many servers follow the events now. */
  listeners(): number;
  /** For tests that look inside. */
  readonly ctx: NodeContext;
}

interface MediaNodeOptions {
  config: MediaNodeConfig;
  log: Log;
  clock?: Clock;
  timers?: Timers;
}

/**
 * Starts workers and the HTTPS listener on loopback. Resolves when a participant could be put.
 * @throws Error that names port and setting when a port is taken.
 */
export async function startMediaNode({ config, log, clock = systemClock, timers = systemTimers }: MediaNodeOptions): Promise<MediaNode> {
  const hub = createEventHub();
  let lost: ((worker: Parameters<typeof loseWorker>[1]) => void) | undefined;
  const pool = await startWorkers({ config, log, onLost: (worker) => lost?.(worker) });
  try {
    const ctx = createContext({ config, log, clock, timers, pool, emit: hub.emit });
    lost = (worker) => loseWorker(ctx, worker);
    const app = buildHttpsServer({
      log,
      tls: await loadInternalIdentity(config.dataDir, 'media', config.internalDir),
      askClientCertificate: true,
      bodyLimitBytes: LIMITS.mediaBodyBytes,
      // Browsers come through the server on this host, and it listens to nobody else.
      trustedProxies: ['loopback'],
    });
    mountRoutes(app, ctx);
    const bootId = randomUUID();
    const events = serveEvents({
      server: app.server,
      hub,
      journal: ctx.journal,
      log,
      snapshot: () => snapshot(ctx, bootId),
      producerIds: () => [...ctx.producers.keys()],
    });
    await app.listen({ host: '127.0.0.1', port: config.mediaInternalPort });
    requireLoopback(app.server);
    const { port } = app.server.address() as AddressInfo; // it listens on TCP
    return {
      url: `https://127.0.0.1:${port}`,
      ctx,
      listeners: () => hub.listeners,
      workerPids: () => pool.alive().map(({ pid }) => pid),
      async [Symbol.asyncDispose]() {
        // What is sent ends now, and the log is to say so.
        for (const sessionId of ctx.sessions.keys()) deleteSession(ctx, sessionId);
        ctx.journal.flush();
        await events.drained(DRAIN_TIMEOUT_MS);
        events.close();
        await app.close();
        await pool[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await pool[Symbol.asyncDispose]();
    throw error;
  }
}

interface ContextOptions {
  config: MediaNodeConfig;
  log: Log;
  clock: Clock;
  timers: Timers;
  pool: WorkerPool;
  emit: NodeContext['emit'];
}

function createContext({ config, log, clock, timers, pool, emit }: ContextOptions): NodeContext {
  const producers: NodeContext['producers'] = new Map();
  const demand = createDemand({
    timers,
    announce(producerId, maxSpatialLayer) {
      const entry = producers.get(producerId);
      if (entry) emit({ type: 'producer.demanded', ...whose(entry), producerId: entry.id, maxSpatialLayer });
    },
  });
  const quality = createQualityWatch<Parameters<typeof measure>[1]>({
    timers,
    measure: (participant) => measure(demand, participant),
    announce: ({ id, session }, now) => emit({ type: 'quality.changed', sessionId: session.id, participantId: id, quality: now }),
  });
  return {
    log,
    background: createBackground(log),
    clock,
    timers,
    pool,
    consumersPerWorker: config.consumersPerWorker,
    mediaTcp: config.mediaTcp,
    sessions: new Map(),
    producers,
    checks: new Set(),
    capabilities: createCapabilities(),
    demand,
    quality,
    journal: createJournal({ clock, timers }),
    emit,
  };
}

function mountRoutes(app: HttpsServer, ctx: NodeContext): void {
  mountPublicRoutes(app, ctx);
  mountInternalRoutes(app, ctx, createNodeMetrics(ctx));
  app.get('/healthz', async () => {
    if (ctx.pool.alive().length === 0) throw new AppError('unavailable');
    return { status: 'ok' };
  });
}
