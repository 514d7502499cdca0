import { fileURLToPath } from 'node:url';
import { childEnvironment, type Config } from '@conclave/runtime/config';
import type { Log } from '@conclave/runtime/log';
import type { ReadyMessage } from '@conclave/runtime/supervision';
import { superviseChild, type SupervisedChild } from './supervised-child.ts';
import { supervisePostgres, type SupervisedPostgres } from './supervised-postgres.ts';
import { superviseTurn, type SupervisedTurn } from './supervised-turn.ts';

/** All processes of one host. */
export interface Platform {
  /** Resolves when a meeting can be held. */
  readonly ready: Promise<ReadyMessage>;
  stop(): Promise<void>;
  /** Ends the parts at once; PostgreSQL still writes what it was told. */
  kill(): void;
}

/** What the supervisor is told while it starts: one line for each step. */
export type Say = (step: string, text: string) => void;

/** The start files of the parts; tests give others. */
export interface PartFiles {
  media: string;
  server: string;
}

export const PART_FILES: PartFiles = {
  media: fileURLToPath(new URL('../../media/src/main/media.ts', import.meta.url)),
  server: fileURLToPath(new URL('../../server/src/main/server.ts', import.meta.url)),
};

interface PlatformOptions {
  /** Ports are chosen: none is 0. */
  config: Config & { mediaNodeUrl: string };
  /** Ports of loopback for a TURN server, if there is to be one. */
  turn?: { turnserverBin: string; proxyPort: number; listeningPort: number };
  log: Log;
  say: Say;
  note: (name: string, pid: number) => Promise<void>;
  files?: PartFiles;
}

/** Starts PostgreSQL unless DATABASE_URL is set, then the media node and the server side by side, and keeps them running. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { config, log, say, note, files = PART_FILES } = options;
  const parts: { server?: SupervisedChild } = {};
  const postgres = config.databaseUrl ? undefined : await startDatabase(options, () => parts.server?.restart());
  const turn = options.turn && (await startTurn(options, options.turn));
  const common = {
    httpsPort: String(config.httpsPort),
    httpPort: String(config.httpPort),
    mediaInternalPort: String(config.mediaInternalPort),
  };
  const start = (name: keyof PartFiles, extra: () => Parameters<typeof childEnvironment>[0]) => {
    let again = false;
    return superviseChild({
      name,
      args: [files[name]],
      log,
      env: () => childEnvironment({ ...common, dataDir: config.dataDir, ...extra() }),
      onSpawn: (pid) => void note(name, pid).catch((error: unknown) => log.warn({ err: error }, 'a child could not be noted')),
      onReady: ({ ownerLink }) => {
        say(name, 'ready');
        if (again && ownerLink) say('owner link', `${ownerLink} (the one before is void)`);
        again = true;
      },
    });
  };
  // The media node has no business with the database: what it does not know it cannot give away.
  const media = start('media', () => ({ databaseUrl: null }));
  const server = start('server', () => ({
    mediaNodeUrl: config.mediaNodeUrl,
    ...(postgres && { databaseUrl: postgres.current().url }),
    ...(options.turn && { turnProxyPort: String(options.turn.proxyPort) }),
  }));
  parts.server = server;
  return combine({ server, media, ...(postgres && { postgres }), ...(turn && { turn }) });
}

async function startTurn({ config, log, say, note }: PlatformOptions, turn: NonNullable<PlatformOptions['turn']>): Promise<SupervisedTurn> {
  const onSpawn = (pid: number) =>
    void note('turnserver', pid).catch((error: unknown) => log.warn({ err: error }, 'a child could not be noted'));
  const supervised = await superviseTurn({ config, log, onSpawn, ...turn });
  say('relay', 'coturn, for networks that let nothing but HTTPS out');
  return supervised;
}

async function startDatabase({ config, log, say }: PlatformOptions, onMoved: () => void): Promise<SupervisedPostgres> {
  const postgres = await supervisePostgres(config.dataDir, log, onMoved);
  const { adopted, port } = postgres.current();
  say('PostgreSQL', adopted ? `was left running and is used again (port ${port})` : `ready (port ${port})`);
  return postgres;
}

interface Parts {
  server: SupervisedChild;
  media: SupervisedChild;
  postgres?: SupervisedPostgres;
  turn?: SupervisedTurn;
}

function combine({ server, media, postgres, turn }: Parts): Platform {
  const ready = Promise.all([server.ready, media.ready]).then(([message]) => message);
  ready.catch(() => undefined); // who waits for `ready` sees it
  return {
    ready,
    stop: async () => {
      await Promise.all([server.stop(), media.stop(), turn?.stop()]);
      await postgres?.stop();
    },
    kill: () => {
      server.kill();
      media.kill();
      turn?.kill();
    },
  };
}
