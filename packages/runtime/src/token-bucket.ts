import type { Clock } from './clock.ts';

/** `over` of 0: within the rate; otherwise how many tokens were missing, and when one more would be within it again. */
export interface Taken {
  readonly over: number;
  readonly retryAfterMs: number;
}

interface TokenBucketOptions {
  readonly burst: number;
  readonly perSecond: number;
  readonly clock: Clock;
  /** Whether what is refused takes a token as well, so that `over` grows for who goes on. */
  readonly chargesRefused: boolean;
}

/** Takes one token at a time; `burst` at once, `perSecond` in the long run. Begins full. */
export function createTokenBucket({ burst, perSecond, clock, chargesRefused }: TokenBucketOptions): () => Taken {
  let tokens = burst;
  let atMs = clock.nowMs();
  return () => {
    const nowMs = clock.nowMs();
    tokens = Math.min(burst, tokens + (Math.max(0, nowMs - atMs) * perSecond) / 1000);
    atMs = nowMs;
    const over = Math.max(0, 1 - tokens);
    if (over === 0 || chargesRefused) tokens -= 1;
    return { over, retryAfterMs: over === 0 ? 0 : Math.ceil((1 - tokens) * (1000 / perSecond)) };
  };
}
