import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckTransport } from '@conclave/protocol/media-api/internal';
import { createBackground } from '@conclave/runtime/background';
import { loadInternalIdentity } from '@conclave/runtime/internal-identity';
import { loadConfig } from '@conclave/runtime/config';
import { buildHttpsServer, type HttpsServer } from '@conclave/runtime/https-server';
import { createLog } from '@conclave/runtime/log';
import { systemTimers } from '@conclave/runtime/timers';
import { createAccess } from '../access/access.ts';
import { checkRoutes } from '../connection-check/routes.ts';
import type { ServerContext } from '../context.ts';
import { connectDatabase } from '../db/connection.ts';
import { migrate } from '../db/migrate.ts';
import { startCheckpoints } from '../event-log/checkpoints.ts';
import { createRefusals } from '../event-log/refusals.ts';
import { startEventLog } from '../event-log/start.ts';
import { noteInviteMail } from '../invites/mail.ts';
import { createLobby } from '../lobby/lobby.ts';
import { startMail } from '../mail/start.ts';
import { joinRoutes } from '../rooms/join-routes.ts';
import type { LiveSummary } from '../rooms/live-rooms.ts';
import { securityHeaders } from './headers.ts';
import { mountWeb } from './mount.ts';
import { refusalWriter, rememberKnown } from './refusals.ts';
import { NO_TURN } from '../turn/turn.ts';

export const TEST_ORIGIN = 'https://meet.test:8443';
export const TEST_HOST = 'meet.test:8443';
/** Of no certificate. */
export const FINGERPRINT = Array.from({ length: 32 }, () => 'AB').join(':');

export interface Call {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT' | 'OPTIONS' | 'HEAD';
  headers?: Record<string, string>;
  body?: unknown;
  /** A body as it is, instead of `body` as JSON. */
  text?: string;
  address?: string;
}

const CHECK_TRANSPORT: CheckTransport = {
  iceParameters: { usernameFragment: 'x', password: 'x' },
  iceCandidates: [],
  dtlsParameters: { role: 'auto', fingerprints: [{ algorithm: 'sha-256', value: FINGERPRINT }] },
};

type JoinContext = Parameters<typeof joinRoutes>[1];

/** What joining and `mountWeb` answer, without sockets or media, on a real database. For tests. */
export async function startTestSite(databaseUrl: string, env: Record<string, string> = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'conclave-site-'));
  const webDir = join(dataDir, 'web');
  await mkdir(join(webDir, 'assets'), { recursive: true });
  await writeFile(join(webDir, 'index.html'), '<!doctype html><title>Conclave</title>');
  await writeFile(join(webDir, 'assets', 'main-abc123.js'), 'export {};\n'.repeat(200));
  await writeFile(join(webDir, 'assets', 'main-abc123.js.br'), 'compressed');
  await writeFile(join(dataDir, 'secret.txt'), 'must not be served');
  const lines: string[] = [];
  const log = createLog({ logLevel: 'debug' }, 'test', { pretty: false, destination: { write: (line) => void lines.push(line) } });
  const config = loadConfig(
    {
      CONCLAVE_ENV: 'test',
      CONCLAVE_DATA_DIR: dataDir,
      CONCLAVE_HOST: 'meet.test',
      CONCLAVE_WEB_DIR: webDir,
      CONCLAVE_ANNOUNCED_IP: '127.0.0.1',
      ...env,
    },
    dataDir,
  );
  const db = connectDatabase({ url: databaseUrl, log });
  await migrate(db, log);
  const time = { nowMs: Date.now() };
  const running: LiveSummary[] = [];
  const ended: string[] = [];
  const live = {
    summaries: () => running,
    endSession: async (roomId: string) => void ended.push(roomId),
    seatsTaken: () => 0,
    inOrder: <T>(_roomId: string, task: (session: null) => Promise<T>) => task(null),
  };
  const access = await createAccess({ db, log, origin: TEST_ORIGIN, dataDir });
  const clock = { nowMs: () => time.nowMs };
  const events = startEventLog({ db, log, clock, timers: systemTimers, wrapping: access.keys.persons });
  const checkpoints = await startCheckpoints({ db, log, clock, timers: systemTimers, sequencer: events.sequencer, config });
  const mail = startMail({ db, log, clock, timers: systemTimers, config, onLeft: noteInviteMail({ eventLog: events.eventLog, clock }) });
  const refusals = createRefusals({ db, eventLog: events.eventLog, clock, timers: systemTimers, log });
  // Only what these routes use; the rest of the context belongs to meetings.
  const ctx = {
    config,
    log,
    clock,
    timers: systemTimers,
    background: createBackground(log),
    db,
    access,
    origin: TEST_ORIGIN,
    live,
    eventLog: events.eventLog,
    refusals,
    checkpoints,
    mail,
    personKeys: events.personKeys,
    sequencer: events.sequencer,
  } as unknown as ServerContext;
  const app = buildHttpsServer({
    log,
    tls: await loadInternalIdentity(dataDir, 'server'),
    headers: securityHeaders('meet.test'),
    onRefused: refusalWriter(refusals),
  });
  rememberKnown(app);
  const routes: string[] = [];
  app.addHook('onRoute', ({ method, url }) => void routes.push(...[method].flat().map((verb) => `${verb} ${url}`)));
  // As in start-server.ts; the registry of live rooms is the one above.
  await app.register(async (scope: HttpsServer) => joinRoutes(scope, { ...ctx, routerRtpCapabilities: () => undefined } as JoinContext));
  // What the media node opens is of no account here; testkit's connection-check.test.ts asks a real one.
  const openCheck = async () => ({ lifetimeMs: 1_000, udp: CHECK_TRANSPORT, tcp: CHECK_TRANSPORT });
  await app.register(async (scope: HttpsServer) => checkRoutes(scope, { ...ctx, media: { openCheck }, turn: NO_TURN }));
  const outbox = { notify: () => undefined, close: () => undefined };
  const lobby = createLobby({ ...ctx, live: { tell: () => undefined }, outbox });
  await mountWeb(app, { ...ctx, lobby });
  await app.ready();
  const call = (url: string, { method = 'GET', headers = {}, body, text, address = '192.0.2.1' }: Call = {}) =>
    app.inject({
      url,
      method,
      remoteAddress: address,
      headers: { host: TEST_HOST, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { payload: JSON.stringify(body) }),
      ...(text !== undefined && { payload: text }),
    });
  return {
    call,
    /** For what `call` cannot show, such as a reply that goes on: listen on a port of loopback. */
    app,
    ctx,
    db,
    lines,
    /** `METHOD url` of every route that is mounted. */
    routes,
    time,
    running,
    ended,
    async [Symbol.asyncDispose]() {
      await app.close();
      await mail[Symbol.asyncDispose]();
      await checkpoints[Symbol.asyncDispose]();
      await refusals[Symbol.asyncDispose]();
      await events[Symbol.asyncDispose]();
      await db.destroy();
      await rm(dataDir, { recursive: true });
    },
  };
}
export type TestSite = Awaited<ReturnType<typeof startTestSite>>;
