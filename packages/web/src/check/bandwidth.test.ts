import { expect, test } from 'vitest';
import { judgeBps, measureBps, type PieceOutcome } from './bandwidth.ts';

/** A line of so many bits a second with a round trip of 50 ms. */
function line(bps: number, outcomes: PieceOutcome[] = []) {
  let nowMs = 0;
  const carried: number[] = [];
  const carry = async (bytes: number): Promise<PieceOutcome> => {
    carried.push(bytes);
    nowMs += 50 + (bytes * 8_000) / bps;
    return outcomes[carried.length - 1] ?? 'sent';
  };
  return { carried, measure: () => measureBps(carry, 50, () => nowMs) };
}

test.each([100_000, 800_000, 5_000_000, 50_000_000])('a line of %d bit/s is measured as such', async (bps) => {
  expect(await line(bps).measure()).toBeCloseTo(bps, -3);
});

test('a slow line is not burdened with large pieces, and no line with more than 1.4 MB', async () => {
  const [slow, fast] = [line(200_000), line(1_000_000_000)];
  await Promise.all([slow.measure(), fast.measure()]);
  expect(slow.carried).toEqual([65_536]);
  expect(fast.carried.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(1_400_000);
});

test('a piece that is late counts as what came through at most, a refused one as nothing', async () => {
  expect(judgeBps(await line(1_000, ['late']).measure())).toBe('poor');
  expect(await line(1_000_000, ['refused']).measure()).toBeNull();
  expect(await line(5_000_000, ['sent', 'refused']).measure()).toBeCloseTo(5_000_000, -3);
});

test.each([
  [null, 'notChecked'],
  [2_000_000, 'ok'],
  [500_000, 'fair'],
  [100_000, 'poor'],
] as const)('%s bit/s is %s', (bps, result) => expect(judgeBps(bps)).toBe(result));
