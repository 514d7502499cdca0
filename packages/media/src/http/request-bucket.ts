import { AppError } from '@conclave/protocol/errors';
import { LIMITS } from '@conclave/protocol/limits';
import type { Clock } from '@conclave/runtime/clock';
import { createTokenBucket } from '@conclave/runtime/token-bucket';

/** Limits how often one capability may ask: `mediaRequestsBurst` at once, `mediaRequestsPerSecond` sustained. */
export interface RequestBucket {
  /** @throws AppError `rate_limited` with `retryAfterMs`. */
  take(): void;
}

export function createRequestBucket(clock: Clock): RequestBucket {
  const takeToken = createTokenBucket({
    burst: LIMITS.mediaRequestsBurst,
    perSecond: LIMITS.mediaRequestsPerSecond,
    clock,
    chargesRefused: false,
  });
  return {
    take() {
      const { over, retryAfterMs } = takeToken();
      if (over > 0) throw new AppError('rate_limited', { details: { retryAfterMs } });
    },
  };
}
