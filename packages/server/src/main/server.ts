import { ConfigError, loadConfig } from '@conclave/runtime/config';
import { createLog } from '@conclave/runtime/log';
import { createShutdown } from '@conclave/runtime/shutdown';
import { announceReady } from '@conclave/runtime/supervision';
import { startServer } from '../start-server.ts';

/** Starts the server as a process of its own and tells the supervisor when people can join. */
async function main(): Promise<void> {
  const config = loadConfig();
  const log = createLog(config, 'server');
  const shutdown = createShutdown({ log });
  const server = await startServer({ config, log });
  shutdown.add('server', async () => server[Symbol.asyncDispose]());
  log.info({ url: server.url }, 'the server is ready');
  // Started by itself, by a service manager: what it prints is its journal.
  if (!process.send && server.ownerLink !== undefined) process.stdout.write(`owner link: ${server.ownerLink}\n`);
  announceReady(server.ownerLink === undefined ? {} : { ownerLink: server.ownerLink });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : describe(error)}\n`);
  process.exit(1);
});

function describe(error: unknown): string {
  return error instanceof Error ? `server: ${error.message}` : 'server: could not start';
}
