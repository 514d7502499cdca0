import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffDelayMs } from './backoff.ts';

test('the first attempt to reconnect is made at once', () => {
  expect(backoffDelayMs(1, 0.99)).toBe(0);
});

test('waits grow, differ between participants, and never exceed 3 s', () => {
  expect([2, 3, 4, 5, 6, 20].map((attempt) => backoffDelayMs(attempt, 1))).toEqual([400, 800, 1600, 3000, 3000, 3000]);
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 10_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
      const waitMs = backoffDelayMs(attempt, random);
      expect(waitMs).toBeGreaterThanOrEqual(backoffDelayMs(attempt, 1) / 2);
      expect(waitMs).toBeLessThanOrEqual(3_000);
    }),
  );
});
