const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 3_000;

/**
 * How long to wait before the given attempt (1, 2, 3 …) to reconnect: the first at once, then doubling up to 3 s. Half of each wait is
 * random, so that a room does not come back in one wave after a restart. The ceiling stays far below the 30 s that a place is kept.
 * @param random 0 to 1.
 */
export function backoffDelayMs(attempt: number, random: number): number {
  if (attempt <= 1) return 0;
  const fullMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 2));
  return Math.round(fullMs / 2 + (random * fullMs) / 2);
}
