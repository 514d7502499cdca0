import { LIMITS } from '@conclave/protocol/limits';
import { expect, test } from 'vitest';
import { createFakeTimers } from '../testing/fake-timers.ts';
import { createRequestBucket } from './request-bucket.ts';

test('a burst is taken, then requests come back at the sustained rate', () => {
  const timers = createFakeTimers();
  const bucket = createRequestBucket(timers);
  for (let i = 0; i < LIMITS.mediaRequestsBurst; i++) bucket.take();
  expect(() => bucket.take()).toThrow(
    expect.objectContaining({ code: 'rate_limited', details: { retryAfterMs: 1000 / LIMITS.mediaRequestsPerSecond } }),
  );
  timers.advance(1000);
  for (let i = 0; i < LIMITS.mediaRequestsPerSecond; i++) bucket.take();
  expect(() => bucket.take()).toThrow(expect.objectContaining({ code: 'rate_limited' }));
});
