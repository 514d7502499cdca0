import { randomUUID } from 'node:crypto';
import { AppError } from '@conclave/protocol/errors';
import { ProducerId } from '@conclave/protocol/ids';
import type { JournalLine } from '@conclave/protocol/media-api/internal';
import { createManualTime } from '@conclave/runtime/testing/manual-time';
import { expect, test } from 'vitest';
import { newParticipant, newSession } from '../testing/node-fixture.ts';
import { createJournal } from './journal.ts';

function setUp(limits: { mostEntries?: number; mostRefusals?: number } = {}) {
  const time = createManualTime();
  return { time, journal: createJournal({ clock: time, timers: time, ...limits }) };
}

const visitor = (address: string | null = '192.0.2.1') => ({
  sessionId: null,
  participantId: null,
  verb: 'POST /media/v1/producers',
  code: 'capability_invalid' as const,
  address,
});
const opened = () => ({
  kind: 'producer.opened' as const,
  sessionId: newSession(),
  participantId: newParticipant(),
  producerId: ProducerId.parse(randomUUID()),
  source: 'camera' as const,
  paused: false,
});
const countsOf = (lines: readonly JournalLine[]) => lines.map(({ entry }) => (entry.kind === 'refused' ? entry.count : entry.kind));
const total = (lines: readonly JournalLine[]) => lines.reduce((sum, { entry }) => sum + (entry.kind === 'refused' ? entry.count : 0), 0);

test('lines stay until they are acknowledged, and none is told twice by its place', () => {
  const { journal } = setUp();
  for (let i = 0; i < 5; i++) journal.record(opened());
  expect(journal.linesAfter(0, 3).map(({ n }) => n)).toEqual([1, 2, 3]);
  journal.acknowledge(2);
  expect(journal.linesAfter(0, 10).map(({ n }) => n)).toEqual([3, 4, 5]);
  expect(journal.linesAfter(4, 10).map(({ n }) => n)).toEqual([5]);
  journal.acknowledge(1);
  journal.acknowledge(1_000);
  journal.record(opened());
  expect([journal.acknowledged(), journal.size(), journal.linesAfter(5, 10)[0]?.n]).toEqual([5, 1, 6]);
});

test('ten equal refusals in ten seconds are told one by one, the others as one with their count', () => {
  const { journal, time } = setUp();
  for (let i = 0; i < 25; i++) journal.refuse(visitor());
  journal.refuse(visitor('192.0.2.2'));
  expect(countsOf(journal.linesAfter(0, 100))).toEqual(Array(11).fill(1));
  time.advance(10_000);
  expect(countsOf(journal.linesAfter(11, 100))).toEqual([15]);
  journal.refuse(visitor());
  expect(countsOf(journal.linesAfter(12, 100))).toEqual([1]);
  time.advance(60_000);
  expect(journal.size()).toBe(13);
});

test('[E1] a flood from everywhere keeps the journal bounded, and the counts add up once there is room', () => {
  const { journal, time } = setUp({ mostRefusals: 40 });
  const told: JournalLine[] = [];
  for (let i = 0; i < 20_000; i++) {
    journal.refuse(visitor(`10.0.${i >> 8}.${i & 0xff}`));
    if (i % 1_000 === 0) time.advance(3_000);
    expect(journal.size()).toBeLessThanOrEqual(40);
  }
  for (let quiet = 0; quiet < 2;) {
    const lines = journal.linesAfter(0, 40);
    quiet = lines.length === 0 ? quiet + 1 : 0;
    told.push(...lines);
    journal.acknowledge(lines.at(-1)?.n ?? 0);
    time.advance(10_000);
  }
  expect(total(told)).toBe(20_000);
});

test('refusals take no place from what participants do; when that is full too, nothing more may be begun', () => {
  const { journal } = setUp({ mostEntries: 30, mostRefusals: 20 });
  for (let i = 0; i < 100; i++) journal.refuse(visitor(`192.0.2.${i}`));
  for (let i = 0; i < 10; i++) {
    journal.assertRoom();
    journal.record(opened());
  }
  expect(() => journal.assertRoom()).toThrow(new AppError('unavailable'));
  journal.acknowledge(1);
  journal.assertRoom();
});

test('what is still counted is written when the node ends', () => {
  const { journal } = setUp({ mostRefusals: 15 });
  for (let i = 0; i < 500; i++) journal.refuse(visitor(i % 2 ? null : undefined));
  journal.flush();
  expect(total(journal.linesAfter(0, 1_000))).toBe(500);
});
