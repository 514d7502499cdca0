import type { ProducerId } from '@conclave/protocol/ids';
import { describe, expect, test } from 'vitest';
import type { PeerResult, StreamResult } from './messages.ts';
import { readPlan } from './plan.ts';
import { isComplete, makeReport, spread, type Measured } from './report.ts';
import { reportText } from './report-text.ts';

const [A, B] = ['a', 'b'] as ProducerId[] as [ProducerId, ProducerId]; // ids of this test
const flow = { rtp: { packets: 10, bytes: 1_000 }, rtcp: { packets: 1, bytes: 30 } };
const stream: StreamResult = {
  producerId: A,
  kind: 'audio',
  packets: 99,
  bytes: 10_000,
  expected: 100,
  lost: 1,
  duplicates: 0,
  recovered: 2,
  jitterMs: 1.234,
  lastedMs: 2_000,
};
const subscriber: PeerResult = {
  kind: 'subscriber',
  pressedAtMs: 1_000,
  joinedAtMs: 1_500,
  joinMs: 420.04,
  phasesMs: { ticket: 10, room: 90, media: 300 },
  failure: null,
  troubles: [],
  produced: [],
  streams: [stream],
  nacks: { sent: 1, sentPackets: 3, received: 0, receivedPackets: 0, resent: 0 },
  lostUpstream: 0,
  skippedFrames: 0,
  traffic: { sent: flow, received: flow },
};
const publisher: PeerResult = {
  ...subscriber,
  kind: 'publisher',
  pressedAtMs: 0,
  joinMs: 300,
  produced: [{ id: A, kind: 'audio' }],
  streams: [],
};
const refused: PeerResult = {
  ...subscriber,
  joinedAtMs: null,
  joinMs: null,
  phasesMs: null,
  failure: { kind: 'refused', text: 'room_full' },
  streams: [],
};

function measured(peers: readonly PeerResult[]): Measured {
  return {
    plan: readPlan({ url: 'https://localhost/room?token=secret', publishers: '1', subscribers: '2', 'audio-only': true }),
    beganAtMs: 0,
    endedAtMs: 3_000,
    endedBy: 'time',
    workers: [{ pid: 7, peers, cpuRatio: 0.5, residentBytes: 2 ** 20, timersLateP99Ms: 1, timersLateMaxMs: 9, skippedFrames: 0 }],
    dead: [],
    bitrate: { sentBps: 1, receivedBps: 2 },
    server: { unknown: 'localhost is another host' },
  };
}

describe('percentiles', () => {
  test.each([
    [[], { count: 0, p50: null, p95: null, p99: null, max: null }],
    [[3], { count: 1, p50: 3, p95: 3, p99: 3, max: 3 }],
    [Array.from({ length: 100 }, (_, index) => 100 - index), { count: 100, p50: 50, p95: 95, p99: 99, max: 100 }],
    [[1, 2, 3, 4], { count: 4, p50: 2, p95: 4, p99: 4, max: 4 }],
  ])('are values that were measured (%#)', (values, expected) => {
    expect(spread(values)).toEqual(expected);
  });
});

describe('the report of a load test', () => {
  test('adds up what everybody received, and says what was not', () => {
    const report = makeReport(measured([publisher, subscriber, { ...subscriber, streams: [] }]));
    expect(report).toMatchObject({
      joins: { begun: 3, joined: 3, perSecond: 2, refused: {}, subscriberMs: { count: 2, p50: 420 }, publisherMs: { p50: 300 } },
      streams: { expected: 2, received: 1 },
      audio: {
        streams: 1,
        expectedPackets: 100,
        lostPackets: 1,
        lossRatio: 0.01,
        recoveredPackets: 2,
        jitterMs: { p50: 1.23 },
        bitrateBps: { p50: 40_000 },
      },
      video: { streams: 0, lossRatio: 0 },
      nacks: { sent: 3, sentPackets: 9 },
      traffic: { sent: { rtp: { packets: 30, bytes: 3_000 } } },
      warnings: [],
    });
    expect(isComplete(report)).toBe(false);
    expect(isComplete(makeReport(measured([publisher, subscriber, subscriber])))).toBe(true);
  });

  test('counts refusals by their code, and expects nothing of who was refused', () => {
    const report = makeReport(
      measured([publisher, subscriber, refused, { ...refused, failure: { kind: 'refused', text: 'rate_limited' } }]),
    );
    expect(report).toMatchObject({
      joins: { joined: 2, refused: { room_full: 1, rate_limited: 1 } },
      streams: { expected: 1, received: 1 },
    });
    expect(report.warnings.join()).toContain('600 times a minute');
    expect(isComplete(report)).toBe(false);
  });

  test('does not count streams of people who are no part of the test as received', () => {
    const streams = [stream, { ...stream, producerId: B }];
    expect(makeReport(measured([publisher, { ...subscriber, streams }])).streams).toEqual({ expected: 1, received: 1 });
  });

  test('of nobody is a report too, and no report tells the token', () => {
    expect(reportText(makeReport(measured([])))).toContain('0 of 3');
    const report = makeReport(measured([publisher, subscriber, refused]));
    expect(reportText(report)).toContain('refused            1 × room_full');
    expect(JSON.stringify(report) + reportText(report)).not.toContain('secret');
  });

  test('warns when the generator was what was measured', () => {
    const one = measured([publisher, subscriber, subscriber]);
    const workers = one.workers.map((worker) => ({ ...worker, timersLateP99Ms: 45 }));
    expect(makeReport({ ...one, workers }).warnings.join()).toContain('timers up to 45 ms late');
  });
});
