import { describe, expect, test } from 'vitest';
import { expiresS, notBeforeS } from './token-times.ts';

const NOW_S = 1_763_900_000;

describe('times of a token request', () => {
  test.each([
    [0, NOW_S],
    [30, NOW_S + 1800],
    ['30', NOW_S + 1800],
    [1.5, NOW_S + 90],
    [10_000_000, NOW_S + 600_000_000],
    [10_000_001, 10_000_001],
    ['1900000000', 1_900_000_000],
    ['2030-01-01', 1_893_456_000],
    ['2030-01-01 00:00:00', 1_893_456_000],
    ['2030-01-01T00:00:00Z', 1_893_456_000],
    ['2030-01-01T01:00:00+01:00', 1_893_456_000],
  ])('exp %s', (given, expected) => {
    expect(expiresS(given, NOW_S * 1000)).toBe(expected);
  });

  test.each([
    [0, 0],
    [NOW_S, NOW_S],
    ['5', 5],
    ['2030-01-01 00:00:00', 1_893_456_000],
  ])('nbf %s', (given, expected) => {
    expect(notBeforeS(given)).toBe(expected);
  });

  test.each(['soon', '', '2030-13-01', '-5', -5, Number.NaN, Infinity, 1e15, '9'.repeat(13), '1 January 2030'])(
    'neither time can be %s',
    (given) => {
      expect([expiresS(given, NOW_S * 1000), notBeforeS(given)]).toEqual([null, null]);
    },
  );
});
