import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '@conclave/runtime/config';
import type { Log } from '@conclave/runtime/log';
import { createWorker, type types } from 'mediasoup';
import { findFreePort, listenInfos, localAddresses, planBindings, type Binding } from './listen.ts';

/** One life of a mediasoup worker with its one WebRtcServer. After a crash a new one takes its index and port. */
export interface MediaWorker {
  readonly index: number;
  readonly port: number;
  readonly pid: number;
  readonly worker: types.Worker;
  readonly server: types.WebRtcServer;
}

export interface WorkerPool extends AsyncDisposable {
  /** Those that run now. */
  alive(): MediaWorker[];
  /** How many should run. */
  readonly size: number;
  /** The running workers, as soon as there is one; empty when none came back within `timeoutMs`. */
  whenAlive(timeoutMs: number): Promise<MediaWorker[]>;
}

interface PoolOptions {
  config: Pick<Config, 'mediaPort' | 'mediaWorkers' | 'announcedIps' | 'workerBin' | 'logLevel'>;
  log: Log;
  /** Called at once when a worker died; what ran on it is already closed. */
  onLost(worker: MediaWorker): void;
}

/** The kernel frees a dead worker's port within moments; longer means that somebody else has it. */
const RESTART_DELAYS_MS = [0, 20, 50, 100, 200, 500, 1000, 2000];

const AFTER_SIGNAL_MS = 300;

/**
 * Starts the workers, worker n on `mediaPort + n` (or on free ports when that is 0), and replaces at once each that dies.
 * @throws Error that names port and setting when a port is taken.
 */
export async function startWorkers({ config, log, onLost }: PoolOptions): Promise<WorkerPool> {
  const bindings = planBindings(config.announcedIps, localAddresses());
  const workers = new Map<number, MediaWorker>();
  const waiting = new Set<() => void>();
  let closing = false;

  function adopt(media: MediaWorker): void {
    workers.set(media.index, media);
    for (const resolve of waiting) resolve();
    let crashed = false;
    media.worker.once('died', ({ message }) => (crashed = !message.includes('code:0,')));
    media.worker.observer.once('close', () => {
      workers.delete(media.index);
      if (crashed) lose(media);
      // A signal to the whole group (Ctrl-C) ends workers in good order: mostly this process is about to end, too, but not when the
      // supervisor decides otherwise.
      else setTimeout(() => lose(media), AFTER_SIGNAL_MS).unref();
    });
  }

  function lose(media: MediaWorker): void {
    if (closing) return;
    log.warn({ worker: media.index, pid: media.pid }, 'a media worker died; starting another');
    onLost(media);
    void replace(media);
  }

  async function replace({ index, port }: MediaWorker): Promise<void> {
    for (let attempt = 0; !closing; attempt++) {
      await sleep(RESTART_DELAYS_MS[Math.min(attempt, RESTART_DELAYS_MS.length - 1)], undefined, { ref: false });
      if (closing) return;
      try {
        const next = await startWorker(config, bindings, index, port);
        if (closing) return next.worker.close();
        log.info({ worker: index, pid: next.pid, port }, 'a media worker was replaced');
        return adopt(next);
      } catch (error) {
        log.warn({ err: error, worker: index, attempt }, 'a media worker could not be started; trying again');
      }
    }
  }

  async function dispose(): Promise<void> {
    closing = true;
    const running = [...workers.values()];
    await Promise.all(running.map(({ worker }) => closeWorker(worker)));
  }

  const starting = Array.from({ length: config.mediaWorkers }, (_, index) => startOnFirstPort(config, bindings, index));
  const started = await Promise.allSettled(starting);
  const failed = started.find((result) => result.status === 'rejected');
  for (const result of started) if (result.status === 'fulfilled') adopt(result.value);
  if (failed) {
    await dispose();
    throw failed.reason;
  }
  return {
    size: config.mediaWorkers,
    alive: () => [...workers.values()],
    async whenAlive(timeoutMs) {
      if (workers.size === 0) {
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.add(resolve);
        await Promise.race([promise, sleep(timeoutMs, undefined, { ref: false })]);
        waiting.delete(resolve);
      }
      return [...workers.values()];
    },
    [Symbol.asyncDispose]: dispose,
  };
}

async function startOnFirstPort(config: PoolOptions['config'], bindings: Binding[], index: number): Promise<MediaWorker> {
  if (config.mediaPort !== 0) return startWorker(config, bindings, index, config.mediaPort + index);
  for (let attempt = 0; ; attempt++) {
    try {
      return await startWorker(config, bindings, index, await findFreePort(bindings));
    } catch (error) {
      // Another process may have taken the port between finding and binding it.
      if (attempt === 5) throw error;
    }
  }
}

async function startWorker(config: PoolOptions['config'], bindings: Binding[], index: number, port: number): Promise<MediaWorker> {
  const worker = await createWorker({
    logLevel: config.logLevel === 'debug' ? 'warn' : 'error',
    ...(config.workerBin !== undefined && { workerBin: config.workerBin }),
  });
  try {
    const server = await worker.createWebRtcServer({ listenInfos: listenInfos(bindings, port) });
    return { index, port, pid: worker.pid, worker, server };
  } catch (cause) {
    await closeWorker(worker);
    const addresses = bindings.map(({ ip }) => ip).join(', ');
    throw new Error(`media port ${port} (UDP and TCP on ${addresses}) is taken or cannot be bound; free it or set CONCLAVE_MEDIA_PORT`, {
      cause,
    });
  }
}

/** Asks the worker to end and waits for its process; one that does not obey is killed. */
async function closeWorker(worker: types.Worker): Promise<void> {
  if (worker.subprocessClosed) return;
  const ended = once(worker, 'subprocessclose');
  worker.close();
  const late = sleep(1000, true, { ref: false });
  if ((await Promise.race([ended.then(() => false), late])) === true) process.kill(worker.pid, 'SIGKILL');
}
