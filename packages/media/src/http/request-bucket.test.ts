import { LIMITS } from '@conclave/protocol/limits';
import { createManualTime } from '@conclave/runtime/testing/manual-time';
import { expect, test } from 'vitest';
import { createRequestBucket } from './request-bucket.ts';

test('a burst is taken, then requests come back at the sustained rate', () => {
  const time = createManualTime();
  const bucket = createRequestBucket(time);
  for (let i = 0; i < LIMITS.mediaRequestsBurst; i++) bucket.take();
  expect(() => bucket.take()).toThrow(
    expect.objectContaining({ code: 'rate_limited', details: { retryAfterMs: 1000 / LIMITS.mediaRequestsPerSecond } }),
  );
  time.advance(1000);
  for (let i = 0; i < LIMITS.mediaRequestsPerSecond; i++) bucket.take();
  expect(() => bucket.take()).toThrow(expect.objectContaining({ code: 'rate_limited' }));
});
