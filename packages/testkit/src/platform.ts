import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMediaNode, type MediaNode } from '@conclave/media/start-media-node';
import { authorityFile } from '@conclave/runtime/certificates';
import { systemClock, type Clock } from '@conclave/runtime/clock';
import { loadConfig, type Config } from '@conclave/runtime/config';
import { createLog, type Log } from '@conclave/runtime/log';
import { createKey, createTeam } from '@conclave/server/access/actions';
import { hostOf } from '@conclave/server/access/hosts';
import { loadMasterKeys } from '@conclave/runtime/sealing';
import { connectDatabase, type Db } from '@conclave/server/db/connection';
import { operatorCause } from '@conclave/server/event-log/cause';
import { createEventLog } from '@conclave/server/event-log/event-log';
import { createPersonKeys } from '@conclave/server/event-log/person-keys';
import { ensureSetupToken } from '@conclave/server/setup/actions';
import { startServer, type RunningServer } from '@conclave/server/start-server';
import type { Timers } from '@conclave/runtime/timers';
import { readFile } from 'node:fs/promises';
import { createTestDatabase } from './database.ts';
import { httpsClient, type HttpsClient } from '@conclave/cli/peer/https-client';
import { findMediaPorts, findTcpPort } from './ports.ts';

export interface PlatformOptions {
  /** Beside the defaults: one media worker, free ports on loopback. */
  env?: Record<string, string>;
  /** Time as the server sees it; the media node always has the host's. */
  time?: Clock & Timers;
  /** PEM of the CA that its certificate comes from, if that is not the local one. */
  ca?: string;
  /** Where the server finds its database instead: a gate before the real one, for example. */
  reroute?: (databaseUrl: string) => Promise<string>;
}

/** Server and media node in this process, with a real database and real media workers. */
export interface Platform extends AsyncDisposable {
  /** `https://localhost:PORT` */
  readonly origin: string;
  readonly config: Config;
  readonly media: MediaNode;
  /** A second connection to the server's database, for looking inside. */
  readonly db: Db;
  readonly ca: string;
  readonly http: HttpsClient;
  readonly team: { readonly id: string; readonly key: string };
  /** Makes another team, which has a host of its own; what is returned asks, joins and makes rooms there. */
  addTeam(name: string): Promise<Pick<Platform, 'origin' | 'ca' | 'http' | 'team'>>;
  /** Makes a room over REST and returns its friendly url. */
  createRoom(settings?: object): Promise<string>;
  /** A JWT for a room as an integrator asks for it, with these claims. */
  roomToken(room: string, claims: object): Promise<string>;
  /** Makes the owner of the team and signs them in: the name and the value of the session's cookie. Once for each platform. */
  signInOwner(): Promise<readonly [name: string, value: string]>;
  /** Ends the server alone and starts another one on the same ports, as after a crash or an update. */
  restartServer(options?: { whileAway?: () => Promise<void> }): Promise<void>;
  /** The same for the media node, which forgets everything. */
  restartMedia(options?: { whileAway?: () => Promise<void> }): Promise<void>;
}

/** Starts the platform with one team. Needs `MEDIASOUP_WORKER_BIN`, and Vitest for the database. */
export async function startPlatform({ env = {}, time, reroute, ca: givenCa }: PlatformOptions = {}): Promise<Platform> {
  await using began = new AsyncDisposableStack();
  const dataDir = began.adopt(await mkdtemp(join(tmpdir(), 'conclave-platform-')), (folder) =>
    rm(folder, { recursive: true, force: true }),
  );
  const database = began.use(await createTestDatabase());
  const config = await testConfig(dataDir, (await reroute?.(database.url)) ?? database.url, env);
  const log: Log = createLog(config, 'platform');
  let media = await startMediaNode({ config, log });
  began.defer(() => media[Symbol.asyncDispose]());
  const start = () => startServer({ config, log, ...(time && { clock: time, timers: time }) });
  let server: RunningServer = await start();
  began.defer(() => server[Symbol.asyncDispose]());
  const db = began.adopt(connectDatabase({ url: database.url, log, maxConnections: 2 }), (open) => open.destroy());
  const { persons, sealing } = await loadMasterKeys(dataDir);
  const eventLog = createEventLog({ clock: time ?? systemClock, personKeys: createPersonKeys(persons), onAppended: () => undefined });
  const { id } = await createTeam({ db, eventLog }, operatorCause(), 'Harbour');
  const { key } = await createKey({ db, eventLog }, operatorCause(), { sealing, teamId: id });
  const ca = givenCa ?? (await readFile(authorityFile(dataDir), 'utf8'));
  const http = began.use(httpsClient(server.url, ca));
  const post = async (path: string, sent: object) => {
    const { status, body } = await http.ask('POST', `/api/v1${path}`, { body: sent, headers: { authorization: `Bearer ${key}` } });
    if (status !== 200) throw new Error(`POST ${path} was refused: ${status} ${JSON.stringify(body)}`);
    return body;
  };
  const ends = began.move();
  return {
    origin: server.url,
    config,
    db,
    ca,
    http,
    team: { id, key },
    get media() {
      return media;
    },
    addTeam: async (name) => {
      const added = await createTeam({ db, eventLog }, operatorCause(), name);
      const { key: itsKey } = await createKey({ db, eventLog }, operatorCause(), { sealing, teamId: added.id });
      const host = hostOf({ slug: added.slug, onPlainHost: false }, server.url);
      const itsHttp: HttpsClient = {
        ...http,
        ask: (method, path, how) => http.ask(method, path, { ...how, headers: { host, ...how?.headers } }),
      };
      return { origin: server.url, ca, http: itsHttp, team: { id: added.id, key: itsKey } };
    },
    createRoom: async (settings = {}) => String((await post('/rooms', settings))['friendly_url']),
    roomToken: async (room, claims) => String((await post(`/rooms/${room}/token`, claims))['token']),
    signInOwner: async () => {
      const token = (await ensureSetupToken({ db, eventLog, origin: server.url }))?.split('=')[1];
      const owner = { token, teamName: 'Harbour', name: 'Olga', email: 'olga@example.org', password: 'correct horse' };
      const { headers } = await http.ask('POST', '/api/setup', { body: owner });
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(String(headers['set-cookie'])) ?? [];
      return [name, value];
    },
    restartServer: async ({ whileAway } = {}) => {
      await server[Symbol.asyncDispose]();
      try {
        await whileAway?.();
      } finally {
        server = await start();
      }
    },
    restartMedia: async ({ whileAway } = {}) => {
      await media[Symbol.asyncDispose]();
      try {
        await whileAway?.();
      } finally {
        media = await startMediaNode({ config, log });
      }
    },
    [Symbol.asyncDispose]: () => ends.disposeAsync(),
  };
}

async function testConfig(dataDir: string, databaseUrl: string, env: Record<string, string>): Promise<Config> {
  const mediaInternalPort = await findTcpPort();
  const binary = process.env['MEDIASOUP_WORKER_BIN'];
  return loadConfig(
    {
      CONCLAVE_ENV: 'test',
      CONCLAVE_DATA_DIR: dataDir,
      CONCLAVE_HTTPS_PORT: String(await findTcpPort()),
      CONCLAVE_HTTP_PORT: String(await findTcpPort()),
      CONCLAVE_ANNOUNCED_IP: '127.0.0.1',
      CONCLAVE_LISTEN_ADDRESS: '127.0.0.1',
      CONCLAVE_MEDIA_PORT: String(await findMediaPorts(2)),
      CONCLAVE_MEDIA_WORKERS: '1',
      CONCLAVE_MEDIA_INTERNAL_PORT: String(mediaInternalPort),
      CONCLAVE_MEDIA_NODE_URL: `https://127.0.0.1:${mediaInternalPort}`,
      CONCLAVE_LOG_LEVEL: 'silent',
      DATABASE_URL: databaseUrl,
      ...(binary !== undefined && { MEDIASOUP_WORKER_BIN: binary }),
      ...env,
    },
    dataDir,
  );
}
