/** Ctrl-C reaches a process twice if both the terminal and npm send it; closer together than this it is one. */
const SAME_CTRL_C_MS = 500;

/** Why the platform is to end. `first` resolves once; `second` when a person insists, and nothing more is to be waited for. */
export interface Ending {
  first: Promise<string>;
  second: Promise<string>;
}

/** Listens for Ctrl-C, SIGTERM, a closed terminal, and the end of the launcher that started this process with an IPC channel. */
export function waitForEnd(host: NodeJS.EventEmitter = process, nowMs: () => number = () => performance.now()): Ending {
  const first = Promise.withResolvers<string>();
  const second = Promise.withResolvers<string>();
  let firstMs: number | undefined;
  for (const [event, reason] of Object.entries({
    SIGINT: 'Ctrl-C',
    SIGTERM: 'SIGTERM',
    SIGHUP: 'the terminal closed',
    disconnect: 'the launcher is gone',
  })) {
    host.on(event, () => {
      if (firstMs === undefined) {
        firstMs = nowMs();
        first.resolve(reason);
      } else if (event === 'SIGINT' && nowMs() - firstMs > SAME_CTRL_C_MS) {
        second.resolve(reason);
      }
    });
  }
  return { first: first.promise, second: second.promise };
}
