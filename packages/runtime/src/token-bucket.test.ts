import { expect, test } from 'vitest';
import { createManualTime } from './testing/manual-time.ts';
import { createTokenBucket } from './token-bucket.ts';

const RATE = { burst: 3, perSecond: 10 };

test('a burst is within the rate, the next one is over until a token has come back', () => {
  const clock = createManualTime();
  const take = createTokenBucket({ ...RATE, clock, chargesRefused: false });
  expect([take().over, take().over, take().over]).toEqual([0, 0, 0]);
  expect(take()).toEqual({ over: 1, retryAfterMs: 100 });
  clock.advance(60);
  expect(take()).toEqual({ over: expect.closeTo(0.4), retryAfterMs: 40 });
  clock.advance(40);
  expect(take()).toEqual({ over: 0, retryAfterMs: 0 });
});

test('no more than the burst is saved up', () => {
  const clock = createManualTime();
  const take = createTokenBucket({ ...RATE, clock, chargesRefused: false });
  clock.advance(60_000);
  expect([take().over, take().over, take().over, take().over]).toEqual([0, 0, 0, 1]);
});

test('where the refused is charged, who goes on is further over and waits longer', () => {
  const clock = createManualTime();
  const take = createTokenBucket({ ...RATE, clock, chargesRefused: true });
  for (let taken = 0; taken < RATE.burst; taken++) take();
  expect(take()).toEqual({ over: 1, retryAfterMs: 200 });
  expect(take()).toEqual({ over: 2, retryAfterMs: 300 });
  clock.advance(300);
  expect(take()).toEqual({ over: 0, retryAfterMs: 0 });
});
