import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@conclave/runtime/log';
import { isReadyMessage, type ReadyMessage } from '@conclave/runtime/supervision';

/** A process that is started again whenever it ends, until it is stopped. */
export interface SupervisedChild {
  /** Resolves with the first ready message; rejects if the child ends `FIRST_ATTEMPTS` times before it. */
  readonly ready: Promise<ReadyMessage>;
  /** Ends the process; it is started again with a fresh environment. */
  restart(): void;
  /** Asks it to end and waits; after `KILL_AFTER_MS` it is killed. */
  stop(): Promise<void>;
  /** Kills it at once. */
  kill(): void;
}

interface SupervisedChildOptions {
  name: string;
  /** Arguments for this same Node. */
  args: readonly string[];
  /** Asked anew for each start. */
  env: () => Record<string, string>;
  log: Log;
  onSpawn?: (pid: number) => void;
  onReady?: (message: ReadyMessage) => void;
}

const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5000;
/** Who ran this long had not failed to start. */
const STEADY_AFTER_MS = 30_000;
const FIRST_ATTEMPTS = 3;
/** Later than the parts' own limit, early enough for PostgreSQL to end within five seconds of Ctrl-C too. */
const KILL_AFTER_MS = 3900;

/** Starts a process and keeps it running. Back-off begins at 100 ms and doubles up to 5 s. */
export function superviseChild(options: SupervisedChildOptions): SupervisedChild {
  const { name, log } = options;
  const stopping = new AbortController();
  const ready = Promise.withResolvers<ReadyMessage>();
  let current: ChildProcess | undefined;
  let wasReady = false;

  async function runOnce(): Promise<{ code: number | null; signal: string | null }> {
    const child = launch(options);
    current = child;
    child.on('message', (message) => {
      if (!isReadyMessage(message)) return;
      wasReady = true;
      ready.resolve(message);
      options.onReady?.(message);
    });
    if (child.pid !== undefined) options.onSpawn?.(child.pid);
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]; // ChildProcess' own signature
    return { code, signal };
  }

  async function keepRunning(): Promise<void> {
    let backoffMs = FIRST_BACKOFF_MS;
    for (let attempt = 1; !stopping.signal.aborted; attempt++) {
      const startedMs = performance.now();
      const how = await runOnce();
      if (stopping.signal.aborted) return;
      if (!wasReady && attempt >= FIRST_ATTEMPTS) throw new Error(`${name} ended ${attempt} times before it was ready`);
      if (performance.now() - startedMs > STEADY_AFTER_MS) backoffMs = FIRST_BACKOFF_MS;
      log.warn({ ...how, againInMs: backoffMs }, `${name} ended; it is started again`);
      await delay(backoffMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS);
    }
  }

  const running = keepRunning().catch(ready.reject);
  ready.promise.catch(() => undefined); // who waits for `ready` sees it; who no longer does need not
  return {
    ready: ready.promise,
    restart: () => void current?.kill('SIGTERM'),
    kill: () => void current?.kill('SIGKILL'),
    stop: async () => {
      stopping.abort();
      const killer = setTimeout(() => current?.kill('SIGKILL'), KILL_AFTER_MS);
      if (current?.connected) current.disconnect();
      current?.kill('SIGTERM'); // one that is still loading its modules does not listen for the disconnect yet
      await running;
      clearTimeout(killer);
    },
  };
}

function launch({ args, env }: SupervisedChildOptions): ChildProcess {
  return spawn(process.execPath, args, {
    env: env(),
    // A group of its own: a terminal's Ctrl-C reaches the supervisor alone, which then ends the others in order. The media workers,
    // which would end at a Ctrl-C by themselves, are in the media node's group.
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}
