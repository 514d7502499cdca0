import { createTestDatabase } from '@conclave/testkit/database';
import { systemClock } from '@conclave/runtime/clock';
import { systemTimers } from '@conclave/runtime/timers';
import { expect, test } from 'vitest';
import { startTestLog } from '../event-log/test-log.ts';
import { followWithSink } from './follow.ts';
import type { Sink } from './sink.ts';
import { findCursor } from './store.ts';

async function setUp() {
  const t = await startTestLog(await createTestDatabase());
  const sent: number[] = [];
  const calls: string[] = [];
  const sink: Sink = {
    confirmAfterMs: 50,
    send: async (records) => void sent.push(...records.map(({ seq }) => seq)),
    confirm: async () => void calls.push('confirm'),
    abandon: async () => void calls.push('abandon'),
  };
  const sequencer = { onSequenced: () => () => undefined };
  const follow = (to: Sink) => followWithSink({ ...t, clock: systemClock, timers: systemTimers, sequencer }, 'sink test', to);
  return { ...t, sink, sent, calls, follow, cursor: () => findCursor(t.db, 'sink test') };
}

test('what was sent is confirmed when its time has come, and only then counts', async () => {
  await using t = await setUp();
  await t.add(3);
  await using _follower = t.follow(t.sink);
  await expect.poll(t.cursor, { timeout: 5_000 }).toBe(3);
  expect([t.sent, t.calls]).toEqual([[0, 1, 2], ['confirm']]);
});

test('what could not be confirmed is given up and sent again from the last confirmation on', async () => {
  await using t = await setUp();
  await t.add(2);
  let fails = true;
  const failing: Sink = {
    ...t.sink,
    confirm: async () => {
      if (!fails) return t.sink.confirm();
      fails = false;
      throw new Error('the connection was reset');
    },
  };
  await using _follower = t.follow(failing);
  await expect.poll(t.cursor, { timeout: 5_000 }).toBe(2);
  expect([t.sent, t.calls]).toEqual([
    [0, 1, 0, 1],
    ['abandon', 'confirm'],
  ]);
});

test('what retention has cut is passed over', async () => {
  await using t = await setUp();
  await t.add(3);
  await t.tamper('update event_log_entries set entry = null where seq = 1');
  await using _follower = t.follow(t.sink);
  await expect.poll(t.cursor, { timeout: 5_000 }).toBe(3);
  expect(t.sent).toEqual([0, 2]);
});

test('an entry that somebody has changed holds up no other', async () => {
  await using t = await setUp();
  await t.add(3);
  await t.tamper(`update event_log_entries set entry = '{"broken' where seq = 1`);
  await using _follower = t.follow(t.sink);
  await expect.poll(t.cursor, { timeout: 5_000 }).toBe(3);
  expect(t.sent).toEqual([0, 1, 2]);
});
