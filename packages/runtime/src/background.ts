import type { Log } from './log.ts';

/** Takes a promise that nobody awaits; a rejection becomes one error line. */
export type Background = (task: Promise<unknown> | (() => Promise<unknown>)) => void;

/** Makes the only accepted way to leave a promise unawaited. A rejection is logged and never thrown. */
export function createBackground(log: Log): Background {
  return (task) => {
    const running = typeof task === 'function' ? Promise.resolve().then(task) : task;
    running.catch((error: unknown) => log.error({ err: error }, 'a background task failed'));
  };
}
