import { AppError } from '@conclave/protocol/errors';
import { LIMITS } from '@conclave/protocol/limits';
import type { Clock } from '@conclave/runtime/clock';

/** Limits how often one capability may ask: `mediaRequestsBurst` at once, `mediaRequestsPerSecond` sustained. */
export interface RequestBucket {
  /** @throws AppError `rate_limited` with `retryAfterMs`. */
  take(): void;
}

export function createRequestBucket(clock: Clock): RequestBucket {
  let left: number = LIMITS.mediaRequestsBurst;
  let filledAtMs = clock.nowMs();
  return {
    take() {
      const nowMs = clock.nowMs();
      left = Math.min(LIMITS.mediaRequestsBurst, left + ((nowMs - filledAtMs) / 1000) * LIMITS.mediaRequestsPerSecond);
      filledAtMs = nowMs;
      if (left < 1)
        throw new AppError('rate_limited', { details: { retryAfterMs: Math.ceil(((1 - left) / LIMITS.mediaRequestsPerSecond) * 1000) } });
      left -= 1;
    },
  };
}
