import type { Log } from './log.ts';

/** Ends one thing. Called once. */
export type Closer = () => Promise<void> | void;

export interface Shutdown {
  /** Adds a closer. Closers run one after the other, the last added first, as things are ended in reverse of how they were begun. */
  add(name: string, close: Closer): void;
  /** Runs all closers once; a second call waits for the first. A closer that throws is logged and the next one runs. */
  stop(reason: string): Promise<void>;
}

/** What a shutdown needs of its process; tests pass their own. */
export interface ShutdownProcess {
  readonly connected: boolean | undefined;
  /** Present, also after a disconnect, if there is or was a supervisor. */
  readonly send?: unknown;
  on(event: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'disconnect', handler: () => void): unknown;
  exit(code: number): void;
}

interface ShutdownOptions {
  log: Log;
  /** After this the process ends whatever is still open. */
  hardExitAfterMs?: number;
  process?: ShutdownProcess;
}

/**
 * Ends the process in order on SIGTERM, SIGINT, SIGHUP or when the supervisor is gone (IPC `disconnect`).
 * Under a supervisor SIGINT and SIGHUP are ignored: a terminal sends them to all processes at once, and the supervisor
 * decides who ends when. The process ends with 0, or with 1 when closing took longer than `hardExitAfterMs` (3500).
 */
export function createShutdown(options: ShutdownOptions): Shutdown {
  const { log, hardExitAfterMs = 3500, process: host = process } = options;
  const closers: { name: string; close: Closer }[] = [];
  let stopping: Promise<void> | undefined;

  async function runClosers(reason: string): Promise<void> {
    log.info({ reason }, 'stopping');
    for (const { name, close } of closers.toReversed()) {
      try {
        await close();
      } catch (error) {
        log.error({ err: error, closer: name }, 'could not close');
      }
    }
  }

  function stop(reason: string): Promise<void> {
    stopping ??= runClosers(reason);
    return stopping;
  }

  function end(reason: string): void {
    if (stopping) return;
    const timer = setTimeout(() => {
      log.error({ hardExitAfterMs }, 'stopping took too long');
      host.exit(1);
    }, hardExitAfterMs);
    timer.unref();
    void stop(reason).then(() => host.exit(0));
  }

  const supervised = host.send !== undefined;
  host.on('SIGTERM', () => end('SIGTERM'));
  for (const signal of ['SIGINT', 'SIGHUP'] as const) {
    host.on(signal, () => {
      if (!supervised) end(signal);
    });
  }
  if (supervised) host.on('disconnect', () => end('the supervisor is gone'));
  // It may have gone while this process was still loading its modules.
  if (supervised && host.connected !== true) queueMicrotask(() => end('the supervisor is gone'));
  return { add: (name, close) => void closers.push({ name, close }), stop };
}
