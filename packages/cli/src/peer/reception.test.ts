import { describe, expect, test } from 'vitest';
import { createReception, type Reception } from './reception.ts';
import { writeRtp } from './rtp-packet.ts';

function packet(sequence: number, timestamp = 0): Buffer {
  return writeRtp({ payloadType: 111, sequence, timestamp, ssrc: 1, marker: false, extensions: [], payload: Buffer.alloc(1) });
}

function takeAll(reception: Reception, sequences: readonly number[], nowMs = 0): Reception {
  for (const sequence of sequences) reception.take(packet(sequence), nowMs);
  return reception;
}

describe('what is lost of a stream', () => {
  test.each([
    ['nothing has come', [], { expected: 0, received: 0, lost: 0, duplicates: 0 }],
    ['one packet has come', [7], { expected: 1, received: 1, lost: 0, duplicates: 0 }],
    ['all come in order', [7, 8, 9, 10], { expected: 4, received: 4, lost: 0, duplicates: 0 }],
    ['numbers wrap', [65_534, 65_535, 0, 1], { expected: 4, received: 4, lost: 0, duplicates: 0 }],
    ['the first ones after a wrap are missing', [65_534, 2], { expected: 5, received: 2, lost: 3, duplicates: 0 }],
    ['some are missing', [1, 2, 5, 6, 9], { expected: 9, received: 5, lost: 4, duplicates: 0 }],
    ['some are overtaken', [1, 4, 2, 3, 5], { expected: 5, received: 5, lost: 0, duplicates: 0 }],
    ['some are overtaken around a wrap', [65_535, 1, 0, 2], { expected: 4, received: 4, lost: 0, duplicates: 0 }],
    ['the very first is overtaken', [3, 1, 4], { expected: 4, received: 3, lost: 1, duplicates: 0 }],
    ['the very first is overtaken around a wrap', [1, 65_535, 0], { expected: 3, received: 3, lost: 0, duplicates: 0 }],
    ['what comes twice hides no loss', [1, 2, 2, 2, 5], { expected: 5, received: 3, lost: 2, duplicates: 2 }],
    ['a minute is missing', [1, 3_001], { expected: 3_001, received: 2, lost: 2_999, duplicates: 0 }],
  ])('%s', (_title, sequences, numbers) => {
    expect(takeAll(createReception(), sequences)).toMatchObject(numbers);
  });

  test('is told to the sender since the report before and in all (RFC 3550 A.3)', () => {
    const reception = takeAll(createReception(48_000), [65_533, 65_534, 65_535, 0, 2]);
    expect(reception.summarise()).toEqual({ fractionLost: Math.floor(256 / 6), lost: 1, highestSequence: 65_538, jitter: 0 });
    takeAll(reception, [3, 4]);
    expect(reception.summarise()).toEqual({ fractionLost: 0, lost: 1, highestSequence: 65_540, jitter: 0 });
    takeAll(reception, [6, 8]);
    expect(reception.summarise()).toMatchObject({ fractionLost: 128, lost: 3 });
    expect(reception.summarise()).toMatchObject({ fractionLost: 0, lost: 3 });
    expect(createReception().summarise()).toMatchObject({ fractionLost: 0, lost: 0 });
  });
});

describe('what is asked for again', () => {
  test('is what is missing for 20 ms, each number three times at most, and nothing after a second', () => {
    const reception = takeAll(createReception(), [65_534, 1], 0);
    expect([reception.isWaiting(0), createReception().isWaiting(0)]).toEqual([true, false]);
    expect(reception.takeOverdue(19)).toEqual([]);
    expect(reception.takeOverdue(20)).toEqual([65_535, 0]);
    expect(reception.takeOverdue(60)).toEqual([]);
    reception.take(packet(0), 100);
    expect(reception).toMatchObject({ lost: 1, recovered: 1 });
    expect(reception.takeOverdue(170)).toEqual([65_535]);
    expect(reception.isWaiting(319)).toBe(true);
    expect(reception.takeOverdue(320)).toEqual([65_535]);
    expect(reception.isWaiting(320)).toBe(false);
    expect(reception.takeOverdue(470)).toEqual([]);
    takeAll(reception, [3], 500);
    expect([reception.isWaiting(1_500), reception.isWaiting(1_501)]).toEqual([true, false]);
    expect(reception.takeOverdue(1_501)).toEqual([]);
    expect(reception).toMatchObject({ lost: 2, recovered: 1 });
  });

  test('is bounded in an outage, and what was only overtaken does not count as recovered', () => {
    const reception = takeAll(createReception(), [1, 30_000], 0);
    expect(reception.takeOverdue(100)).toEqual(Array.from({ length: 300 }, (_, index) => 29_700 + index));
    expect(takeAll(createReception(), [1, 3, 2])).toMatchObject({ recovered: 0, lost: 0 });
  });
});

describe('jitter (RFC 3550 A.8)', () => {
  const vector = (start: number): [timestamp: number, atMs: number][] => [
    [start, 0],
    [start + 960, 20],
    [start + 1920, 45], // 240 ticks late: 240/16 = 15
    [start + 2880, 60], // 240 early: 15 + (240 - 15)/16 = 29.0625
    [start + 3840, 80], // in time: 29.0625 * 15/16
  ];

  test.each([0, 2 ** 32 - 1_000])('of a vector whose timestamps begin at %i', (start) => {
    const reception = createReception(48_000);
    for (const [index, [timestamp, atMs]] of vector(start).entries()) reception.take(packet(index, timestamp), atMs);
    expect(reception.jitterMs).toBeCloseTo((29.0625 * 15) / 16 / 48, 9);
    expect(reception.summarise().jitter).toBe(27);
  });

  test('does not count what came late, and is not known without the clock of the codec', () => {
    const reception = createReception(48_000);
    for (const [sequence, timestamp, atMs] of [
      [0, 0, 0],
      [2, 1920, 40],
      [1, 960, 300],
      [3, 2880, 60],
    ] as const)
      reception.take(packet(sequence, timestamp), atMs);
    expect(reception.jitterMs).toBe(0);
    expect(takeAll(createReception(), [1, 2]).jitterMs).toBeNaN();
  });
});
