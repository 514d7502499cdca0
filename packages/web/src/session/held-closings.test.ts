import { ParticipantId, ProducerId } from '@conclave/protocol/ids';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createHeldClosings } from './held-closings.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const closing = {
  participantId: ParticipantId.parse('00000000-0000-4000-8000-000000000001'),
  producerId: ProducerId.parse('00000000-0000-4000-8000-000000000002'),
};

test('a picture that ended without warning leaves the screen after a second', () => {
  const applied: unknown[] = [];
  const held = createHeldClosings((each) => applied.push(each));
  held.hold(closing);
  vi.advanceTimersByTime(999);
  expect([applied, held.has(closing.producerId)]).toEqual([[], true]);
  vi.advanceTimersByTime(1);
  expect([applied, held.has(closing.producerId)]).toEqual([[closing], false]);
});

test('while the media path is rebuilt it stays for its successor, but not for ever', () => {
  const applied: unknown[] = [];
  const held = createHeldClosings((each) => applied.push(each));
  held.hold(closing);
  vi.advanceTimersByTime(500);
  held.extend();
  vi.advanceTimersByTime(3_999);
  expect(applied).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(applied).toEqual([closing]);
});

test('what was held is forgotten with the stay in the room', () => {
  const applied: unknown[] = [];
  const held = createHeldClosings((each) => applied.push(each));
  held.hold(closing);
  held.clear();
  vi.advanceTimersByTime(60_000);
  expect([applied, vi.getTimerCount()]).toEqual([[], 0]);
});
