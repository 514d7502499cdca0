/** `over` of 0: within the rate; otherwise by how much the bucket is overdrawn, and when one more would be within it again. */
export interface Taken {
  readonly over: number;
  readonly retryAfterMs: number;
}

/** Takes one token at a time; `burst` at once, `perSecond` in the long run. The bucket can be overdrawn. */
export function createTokenBucket(options: { burst: number; perSecond: number; nowMs: number }): (nowMs: number) => Taken {
  const { burst, perSecond } = options;
  let tokens = burst;
  let atMs = options.nowMs;
  return (nowMs) => {
    tokens = Math.min(burst, tokens + (Math.max(0, nowMs - atMs) * perSecond) / 1000) - 1;
    atMs = nowMs;
    return tokens >= 0 ? { over: 0, retryAfterMs: 0 } : { over: -tokens, retryAfterMs: Math.ceil((1 - tokens) * (1000 / perSecond)) };
  };
}
