import { expect, test } from 'vitest';
import { receivedLevel } from './audio-level.ts';
import { canonical } from './device-cache.ts';
import { loudness } from './level-meter.ts';
import { pathState } from './media-path.ts';
import { countPath, judgeQuality, type PathCounters } from './quality.ts';

const counters = (change: Partial<PathCounters> = {}): PathCounters => ({
  packetsReceived: 0,
  packetsLost: 0,
  roundTripMs: 20,
  sentLossRatio: 0,
  ...change,
});

test.each([
  ['nothing flows yet', counters(), 'good'],
  ['one in a hundred is lost', counters({ packetsReceived: 990, packetsLost: 10 }), 'good'],
  ['one in twenty is lost', counters({ packetsReceived: 950, packetsLost: 50 }), 'fair'],
  ['one in ten is lost', counters({ packetsReceived: 900, packetsLost: 100 }), 'poor'],
  ['what one sends is lost', counters({ packetsReceived: 1000, sentLossRatio: 0.1 }), 'poor'],
  ['the way is long', counters({ packetsReceived: 1000, roundTripMs: 400 }), 'fair'],
  ['the way is very long', counters({ packetsReceived: 1000, roundTripMs: 900 }), 'poor'],
] as const)('the connection when %s', (_title, now, quality) => {
  expect(judgeQuality(counters(), now)).toBe(quality);
});

test('only what happened since the last look counts', () => {
  const before = counters({ packetsReceived: 1000, packetsLost: 500 });
  expect(judgeQuality(before, counters({ packetsReceived: 2000, packetsLost: 500 }))).toBe('good');
});

test('both connections of a path are added up, the longer round trip counts', () => {
  const report = (entries: object[]) => new Map(entries.map((entry, index) => [String(index), entry])) as unknown as RTCStatsReport; // a Map is all that is used
  expect(
    countPath([
      report([
        { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.05 },
        { type: 'remote-inbound-rtp', fractionLost: 0.02 },
      ]),
      report([
        { type: 'inbound-rtp', packetsReceived: 10, packetsLost: 1 },
        { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.08 },
      ]),
    ]),
  ).toEqual({ packetsReceived: 10, packetsLost: 1, roundTripMs: 80, sentLossRatio: 0.02 });
});

test.each([
  [['new', 'new'], 'idle'],
  [['connected', 'new'], 'connected'],
  [['connecting', 'connected'], 'connecting'],
  [['disconnected', 'connected'], 'interrupted'],
  [['failed', 'new'], 'interrupted'],
])('transports that are %o make a path that is %s', (states, state) => {
  expect(pathState(states)).toBe(state);
});

test('a level that is no longer fresh is silence, whichever clock the browser uses', () => {
  const receiver = (timestamp: number) => ({
    getSynchronizationSources: () => [{ audioLevel: 0.5, timestamp, rtpTimestamp: 0, source: 1 }],
  });
  expect(receivedLevel(receiver(9_900), 10_000, 1e12)).toBeGreaterThan(0.8);
  expect(receivedLevel(receiver(1e12 + 9_900), 10_000, 1e12)).toBeGreaterThan(0.8);
  expect(receivedLevel(receiver(5_000), 10_000, 1e12)).toBe(0);
  expect(receivedLevel({ getSynchronizationSources: () => [] }, 10_000, 1e12)).toBe(0);
});

test('loudness grows from silence to full scale between 0 and 1', () => {
  const levels = [0, 0.001, 0.01, 0.1, 1].map((amplitude) => loudness(new Float32Array(64).fill(amplitude)));
  expect(levels[0]).toBe(0);
  expect(levels.at(-1)).toBe(1);
  expect(levels).toEqual(levels.toSorted((a, b) => a - b));
});

test('router capabilities are the same whatever the order of their fields', () => {
  expect(canonical({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(canonical({ b: [{ d: 3, c: 2 }], a: 1 }));
  expect(canonical({ codecs: [1, 2] })).not.toBe(canonical({ codecs: [2, 1] }));
});
