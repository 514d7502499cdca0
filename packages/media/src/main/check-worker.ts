import { loadConfig } from '@conclave/runtime/config';
import { createWorker, version } from 'mediasoup';

/**
 * Starts the media worker of the configuration, has it make a router, and ends it. Prints `{"version"}`, the mediasoup that it speaks with;
 * exit code 1, with the reason on standard error, when it does not run.
 */
async function main(): Promise<void> {
  const { workerBin } = loadConfig();
  const worker = await createWorker({ logLevel: 'error', ...(workerBin !== undefined && { workerBin }) });
  try {
    await worker.createRouter({ mediaCodecs: [] });
    process.stdout.write(`${JSON.stringify({ version })}\n`);
  } finally {
    worker.close();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
