import { expect, test } from 'vitest';
import { belowFloor, compactRanges, effectiveDays, firstKeptMonth, firstReadableDay } from './rules.ts';

const FLOORS = { session: 7, security: 180, administration: 365, chat: 1 };
const NOW = Date.UTC(2026, 10, 24, 1);

test('what a team has not chosen is as usual, and nothing is below the floor of the operator', () => {
  expect(effectiveDays({}, FLOORS)).toEqual({ session: 90, security: 365, administration: 730, chat: 30 });
  expect(effectiveDays({ session: 30, security: null }, FLOORS)).toEqual({ session: 30, security: 365, administration: 730, chat: 30 });
  expect(effectiveDays({ session: 30 }, { ...FLOORS, session: 60, security: 400 })).toMatchObject({ session: 60, security: 400 });
});

test('a choice below the floor names each field', () => {
  expect(belowFloor({ session: 7, security: 180 }, FLOORS)).toBeNull();
  expect(belowFloor({ session: 6, administration: 364 }, FLOORS)).toEqual({
    'days.session': ['must be at least 7'],
    'days.administration': ['must be at least 365'],
  });
});

test('seqs are written as ranges', () => {
  expect(compactRanges([])).toBe('');
  expect(compactRanges([5])).toBe('5');
  expect(compactRanges([0, 1, 2, 15, 20, 21])).toBe('0-2,15,20-21');
});

test('an address is readable for at least its days, a month is kept while one of its events may be', () => {
  expect(firstReadableDay(NOW, 7)).toBe('2026-11-17');
  expect(firstKeptMonth(NOW, 24)).toBe('2026-10');
  expect(firstKeptMonth(NOW, 23)).toBe('2026-11');
});
