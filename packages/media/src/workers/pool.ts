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
  /** The running workers, as soon as there is one; empty when none came back within `timeoutMs`. */
  whenAlive(timeoutMs: number): Promise<MediaWorker[]>;
}

interface PoolOptions {
  config: Pick<Config, 'mediaPort' | 'mediaTcp' | 'mediaWorkers' | 'announcedIps' | 'workerBin' | 'logLevel'>;
  log: Log;
  /** Called at once when a worker died; what ran on it is already closed. */
  onLost(worker: MediaWorker): void;
}

/** The kernel frees a dead worker's port within moments; longer means that somebody else has it. */
const RETRY_DELAYS_MS = [20, 50, 100, 200, 500, 1000, 2000];

/** How long a worker that ended in good order is waited for: by then this process is ending, too, or it was a mistake. */
const AFTER_SIGNAL_MS = 300;

const FIRST_ATTEMPTS = 4;
const FIRST_RETRY_MS = 250;

/**
 * Starts the workers, worker n on `mediaPort + n` (or on free ports when that is 0), and replaces at once each that dies.
 * @throws Error that names port and setting when a port is taken.
 */
export async function startWorkers(options: PoolOptions): Promise<WorkerPool> {
  const { config } = options;
  const bindings = planBindings(config.announcedIps, localAddresses());
  const pool = new ReplacingPool(options, bindings);
  const starting = Array.from({ length: config.mediaWorkers }, (_, index) => startFirst(config, bindings, index));
  const started = await Promise.allSettled(starting);
  for (const result of started) if (result.status === 'fulfilled') pool.adopt(result.value);
  const failed = started.find((result) => result.status === 'rejected');
  if (failed) {
    await pool[Symbol.asyncDispose]();
    throw failed.reason;
  }
  return pool;
}

class ReplacingPool implements WorkerPool {
  readonly #options: PoolOptions;
  readonly #bindings: Binding[];
  readonly #workers = new Map<number, MediaWorker>();
  readonly #waiting = new Set<() => void>();
  readonly #closing = new AbortController();

  constructor(options: PoolOptions, bindings: Binding[]) {
    this.#options = options;
    this.#bindings = bindings;
  }

  alive(): MediaWorker[] {
    return [...this.#workers.values()];
  }

  async whenAlive(timeoutMs: number): Promise<MediaWorker[]> {
    if (this.#workers.size === 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      await Promise.race([promise, sleep(timeoutMs, undefined, { ref: false })]);
      this.#waiting.delete(resolve);
    }
    return this.alive();
  }

  adopt(media: MediaWorker): void {
    this.#workers.set(media.index, media);
    for (const resolve of this.#waiting) resolve();
    let crashed = false;
    media.worker.once('died', ({ message }) => (crashed = !message.includes('code:0,')));
    media.worker.observer.once('close', () => {
      this.#workers.delete(media.index);
      if (crashed) this.#lose(media);
      // A signal to the whole group (Ctrl-C) ends workers in good order: mostly this process is about to end, too, but not when the
      // supervisor decides otherwise.
      else setTimeout(() => this.#lose(media), AFTER_SIGNAL_MS).unref();
    });
  }

  #lose(media: MediaWorker): void {
    if (this.#closing.signal.aborted) return;
    this.#options.log.warn({ worker: media.index, pid: media.pid }, 'a media worker died; starting another');
    this.#options.onLost(media);
    void this.#replace(media);
  }

  async #replace({ index, port }: MediaWorker): Promise<void> {
    const { config, log } = this.#options;
    for (let attempt = 0; !this.#closing.signal.aborted; attempt++) {
      try {
        const next = await startWorker(config, this.#bindings, index, port);
        if (this.#closing.signal.aborted) return await closeWorker(next.worker);
        log.info({ worker: index, pid: next.pid, port }, 'a media worker was replaced');
        return this.adopt(next);
      } catch (error) {
        log.warn({ err: error, worker: index, attempt }, 'a media worker could not be started; trying again');
        await sleep(RETRY_DELAYS_MS[Math.min(attempt, RETRY_DELAYS_MS.length - 1)], undefined, { ref: false });
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.alive().map(({ worker }) => closeWorker(worker)));
  }
}

/**
 * Tries a few times: a port found free may be taken by another process a moment later, and the workers of a media node that was killed
 * hold theirs for moments after it.
 */
async function startFirst(config: PoolOptions['config'], bindings: Binding[], index: number): Promise<MediaWorker> {
  for (let attempt = 1; ; attempt++) {
    const port = config.mediaPort === 0 ? await findFreePort(bindings) : config.mediaPort + index;
    try {
      return await startWorker(config, bindings, index, port);
    } catch (error) {
      if (attempt === FIRST_ATTEMPTS) throw error;
      await sleep(FIRST_RETRY_MS);
    }
  }
}

async function startWorker(config: PoolOptions['config'], bindings: Binding[], index: number, port: number): Promise<MediaWorker> {
  const worker = await createWorker({
    logLevel: config.logLevel === 'debug' ? 'warn' : 'error',
    ...(config.workerBin !== undefined && { workerBin: config.workerBin }),
  });
  try {
    const server = await worker.createWebRtcServer({ listenInfos: listenInfos(bindings, port, config.mediaTcp) });
    return { index, port, pid: worker.pid, worker, server };
  } catch (cause) {
    await closeWorker(worker);
    const addresses = bindings.map(({ ip }) => ip).join(', ');
    throw new Error(
      `media port ${port} (${config.mediaTcp ? 'UDP and TCP' : 'UDP'} on ${addresses}) is taken or cannot be bound; free it or set CONCLAVE_MEDIA_PORT`,
      {
        cause,
      },
    );
  }
}

/** Asks the worker to end and waits for its process; one that does not obey is killed. */
async function closeWorker(worker: types.Worker): Promise<void> {
  if (worker.subprocessClosed) return;
  const ended = once(worker, 'subprocessclose');
  worker.close();
  const inTime = await Promise.race([ended.then(() => true), sleep(1000, false, { ref: false })]);
  if (!inTime) process.kill(worker.pid, 'SIGKILL');
}
