import { ConfigError, loadConfig } from '@conclave/runtime/config';
import { createLog } from '@conclave/runtime/log';
import { createShutdown } from '@conclave/runtime/shutdown';
import { setLogEventListeners } from 'mediasoup';
import { startMediaNode } from '../start-media-node.ts';

/** Starts the media node as a process of its own and tells the supervisor where it listens. */
async function main(): Promise<void> {
  const config = loadConfig();
  const log = createLog(config, 'media');
  // mediasoup leaves some requests to the workers unawaited (pausing a pipe); one that fails because a worker died must not end the node.
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a promise was rejected and nobody waited for it'));
  setLogEventListeners({
    onwarn: (where, text) => log.debug({ where }, text),
    onerror: (where, text, error) => log.warn({ where, err: error }, text),
  });
  const shutdown = createShutdown({ log });
  const node = await startMediaNode({ config, log });
  shutdown.add('media node', async () => node[Symbol.asyncDispose]());
  log.info({ url: node.url, workers: node.workerPids().length }, 'the media node is ready');
  process.send?.({ kind: 'ready', url: node.url });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : describe(error)}\n`);
  process.exit(1);
});

function describe(error: unknown): string {
  return error instanceof Error ? `media: ${error.message}` : 'media: could not start';
}
