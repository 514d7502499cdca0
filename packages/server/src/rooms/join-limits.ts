import { AppError } from '@conclave/protocol/errors';
import { LIMITS } from '@conclave/protocol/limits';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { clientNetwork } from '../access/limits.ts';

/** Counts one attempt of an address. @throws AppError `rate_limited` */
export type JoinLimit = (address: string) => Promise<void>;

/** A limit wide enough for a whole company behind one address, and too narrow to keep the database busy with. */
export function createJoinLimit(): JoinLimit {
  const limiter = new RateLimiterMemory({ points: LIMITS.joinRequestsPerMinute, duration: 60 });
  return async (address) => {
    try {
      await limiter.consume(clientNetwork(address));
    } catch (thrown) {
      if (!(thrown instanceof RateLimiterRes)) throw thrown;
      throw new AppError('rate_limited', { details: { retryAfterMs: thrown.msBeforeNext } });
    }
  };
}
