import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideCount, isLate, isNewNetwork, matches, type Hit, type Window } from './rules.ts';

const RULE = { count: 3, withinMs: 60_000 };
const EMPTY: Window = { hits: [], alert: null };

/** What each hit led to; `[seconds, count]` with a count of 1 unless given. */
function verdicts(hits: readonly (number | readonly [number, number])[], rule = RULE, from = EMPTY) {
  let window = from;
  return hits.map((given, seq) => {
    const [seconds, count] = typeof given === 'number' ? [given, 1] : given;
    const decided = decideCount(window, { atMs: seconds * 1_000, count, seq }, rule);
    window = decided.window;
    return decided.verdict.kind === 'raise' ? `raise ${decided.verdict.count}` : decided.verdict.kind;
  });
}

describe('a rule that counts', () => {
  test.each([
    ['raises at its number and not one below', [0, 1, 2], ['wait', 'wait', 'raise 3']],
    ['forgets what is as old as its time', [0, 30, 60], ['wait', 'wait', 'wait']],
    ['counts what is a little younger', [0, 30, 59.999], ['wait', 'wait', 'raise 3']],
    [
      'goes by how many refusals an event stands for',
      [
        [0, 2],
        [1, 2],
      ],
      ['wait', 'raise 4'],
    ],
    [
      'adds to its alert what comes soon after, however long that goes on',
      [0, 1, 2, 3, 62, 121],
      ['wait', 'wait', 'raise 3', 'add', 'add', 'add'],
    ],
    ['begins anew after quiet', [0, 1, 2, 62, 63, 64], ['wait', 'wait', 'raise 3', 'wait', 'wait', 'raise 3']],
    ['counts events whose times are out of order', [2, 0, 1], ['wait', 'wait', 'raise 3']],
  ] as const)('%s', (_, hits, expected) => {
    expect(verdicts(hits)).toEqual(expected);
  });

  test('begins anew when somebody has acknowledged its alert', () => {
    const acknowledged: Window = { hits: [], alert: { isOpen: false, lastAtMs: 0 } };
    expect(verdicts([1, 2, 3], RULE, acknowledged)).toEqual(['wait', 'wait', 'raise 3']);
  });

  test('raises at the first event when its number is one', () => {
    expect(verdicts([0], { count: 1, withinMs: 1_000 })).toEqual(['raise 1']);
  });

  test('names the newest twenty events of many', () => {
    const hits: Hit[] = Array.from({ length: 29 }, (_, seq) => ({ atMs: seq, count: 1, seq }));
    const { verdict } = decideCount({ hits, alert: null }, { atMs: 30, count: 1, seq: 29 }, { count: 30, withinMs: 1_000 });
    expect(verdict).toMatchObject({ kind: 'raise', count: 30, seqs: Array.from({ length: 20 }, (_, index) => index + 10) });
  });

  test('remembers fewer events than its number, and counts each event once', () => {
    const times = fc.array(fc.record({ waitMs: fc.nat(40_000), count: fc.integer({ min: 1, max: 4 }) }), { maxLength: 60 });
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 10 }), (given, count) => {
        let window: Window = EMPTY;
        let atMs = 0;
        for (const [seq, one] of given.entries()) {
          atMs += one.waitMs;
          const decided = decideCount(window, { atMs, count: one.count, seq }, { count, withinMs: 60_000 });
          window = decided.window;
          expect(window.hits.length).toBeLessThan(count);
          expect(window.hits.length === 0 || decided.verdict.kind === 'wait').toBe(true);
        }
      }),
    );
  });
});

describe('which events a rule looks for', () => {
  const event = { name: 'request.refused', result: 'not_allowed', data: { door: 'media', verb: 'POST /producers', count: 1 } } as const;
  test.each([
    [{ name: 'request.refused' }, true],
    [{ name: 'member.signed_in' }, false],
    [{ name: 'request.refused', door: 'media', results: ['not_allowed', 'capability_invalid'] }, true],
    [{ name: 'request.refused', door: 'rest' }, false],
    [{ name: 'request.refused', results: ['capability_invalid'] }, false],
    [{ name: 'request.refused', verb: 'POST /producers' }, true],
    [{ name: 'request.refused', verb: 'POST /consumers' }, false],
    [{ name: 'request.refused', reason: 'wrong_password' }, false],
  ] as const)('%j: %s', (match, expected) => {
    expect(
      matches({ ...match, ...('results' in match ? { results: [...match.results] } : {}) } as Parameters<typeof matches>[0], event),
    ).toBe(expected);
  });
});

test.each([
  ['the first sign-in of all', { hasSignedIn: false, seenAtMs: null }, false],
  ['a network never seen', { hasSignedIn: true, seenAtMs: null }, true],
  ['a network seen 90 days ago', { hasSignedIn: true, seenAtMs: 10 * 86_400_000 }, false],
  ['a network seen longer ago', { hasSignedIn: true, seenAtMs: 10 * 86_400_000 - 1 }, true],
])('a sign-in from %s: new is %s', (_, known, expected) => {
  expect(isNewNetwork(known, 100 * 86_400_000, 90)).toBe(expected);
});

test.each([
  ['everything has one', { waitingSinceMs: null, startedAtMs: 0, nowMs: 900_000 }, false],
  ['an entry has waited as long as it may', { waitingSinceMs: 0, startedAtMs: 0, nowMs: 600_000 }, false],
  ['an entry has waited longer', { waitingSinceMs: 0, startedAtMs: 0, nowMs: 600_001 }, true],
  ['nobody was there to sign', { waitingSinceMs: 0, startedAtMs: 500_000, nowMs: 600_001 }, false],
])('a checkpoint is late when an entry has waited too long: %s', (_, waiting, expected) => {
  expect(isLate(waiting, 600)).toBe(expected);
});
