// Stands in for the media node and the server: says that it is ready and notes its id, and ends when the supervisor says so.
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { loadConfig } from '@conclave/runtime/config';
import { createLog } from '@conclave/runtime/log';
import { createShutdown } from '@conclave/runtime/shutdown';
import { announceReady } from '@conclave/runtime/supervision';

const config = loadConfig();
const name = basename(process.argv[1] ?? '', '.ts');
const shutdown = createShutdown({ log: createLog(config, name) });
const alive = setInterval(() => undefined, 1000);
shutdown.add('part', () => {
  if (process.env['TEST_HANGS'] === name) return new Promise<void>(() => undefined);
  clearInterval(alive);
  return undefined;
});
writeFileSync(
  join(config.dataDir, `${name}.started`),
  JSON.stringify({
    pid: process.pid,
    mediaNodeUrl: config.mediaNodeUrl,
    mediaInternalPort: config.mediaInternalPort,
    hasDatabase: config.databaseUrl !== undefined,
  }),
);
announceReady(name === 'server' ? { ownerLink: 'https://localhost/setup#token=x' } : {});
