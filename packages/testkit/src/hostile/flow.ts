import { setTimeout as sleep } from 'node:timers/promises';

/** What came of something, as the peers and taps count it. */
interface Flow {
  readonly bytes: number;
  readonly lastAtMs: number;
}

/** Streams of 20 ms packets that are still for so long have ended. */
const QUIET_MS = 800;
/** A stream that flows brings this much in a moment. */
const SOME_BYTES = 1_500;
const LOOK_EVERY_MS = 25;
const TIMEOUT_MS = 10_000;

/** Resolves when more comes than came before the call. @throws Error when nothing comes. */
export async function untilFlows(read: () => Flow): Promise<void> {
  const before = read().bytes;
  for (const deadlineMs = performance.now() + TIMEOUT_MS; read().bytes < before + SOME_BYTES; await sleep(LOOK_EVERY_MS))
    if (performance.now() > deadlineMs) throw new Error(`after ${before} bytes only ${read().bytes - before} came`);
}

/**
 * Waits until nothing comes any more and answers how long after `sinceMs` (`performance.now()`) the last of it came, at least 0.
 * @throws Error when it goes on and on.
 */
export async function untilSilent(read: () => Pick<Flow, 'lastAtMs'>, sinceMs: number): Promise<number> {
  for (const deadlineMs = sinceMs + TIMEOUT_MS; ; await sleep(LOOK_EVERY_MS)) {
    const { lastAtMs } = read();
    if (performance.now() - Math.max(lastAtMs, sinceMs) > QUIET_MS) return Math.max(0, lastAtMs - sinceMs);
    if (performance.now() > deadlineMs) throw new Error('it does not end');
  }
}
