import { AppError } from '@conclave/protocol/errors';
import { createLog } from '@conclave/runtime/log';
import { Secret } from '@conclave/runtime/secret';
import { createManualTime } from '@conclave/runtime/testing/manual-time';
import { expectAccounted, watchChanges } from '@conclave/testkit/changes';
import { createTestDatabase } from '@conclave/testkit/database';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { connectDatabase } from '../db/connection.ts';
import { migrate } from '../db/migrate.ts';
import { visitorCause } from './cause.ts';
import { createEventLog, type EventLog } from './event-log.ts';
import { createPersonKeys } from './person-keys.ts';
import { createRefusals, type Refusal } from './refusals.ts';

const log = createLog({ logLevel: 'silent' }, 'test');

async function setUp(watched = true) {
  await using began = new AsyncDisposableStack();
  const database = began.use(await createTestDatabase());
  const db = began.adopt(connectDatabase({ url: database.url, log }), (open) => open.destroy());
  await migrate(db, log);
  const time = createManualTime();
  const personKeys = createPersonKeys(new Secret('A'.repeat(43)));
  const eventLog = createEventLog({ clock: time, personKeys, onAppended: () => undefined });
  const refusals = createRefusals({ db, eventLog, clock: time, timers: time, log });
  const changes = watched ? await watchChanges(db) : undefined;
  const counts = async () => {
    const transactions = (await changes?.take()) ?? [];
    expectAccounted(transactions);
    return transactions.flatMap(({ events }) => events.map(({ data }) => Number(data['count'])));
  };
  const ends = began.move();
  return { db, time, eventLog, refusals, counts, [Symbol.asyncDispose]: () => ends.disposeAsync() };
}

function refusal(address: string, more: Partial<Refusal> = {}): Refusal {
  return { by: visitorCause(address), door: 'rest', verb: 'GET /api/v1/rooms', result: 'sign_in_required', ...more };
}

test('[E1] ten refusals of a kind are written one by one, the others as one event with their count', async () => {
  await using t = await setUp();
  for (let i = 0; i < 25; i += 1) await t.refusals.note(refusal(`2001:db8:1:2::${i}`));
  expect(await t.counts()).toEqual(Array<number>(10).fill(1));
  t.time.advance(10_000);
  await t.refusals[Symbol.asyncDispose]();
  expect(await t.counts()).toEqual([15]);
});

test('another network, verb, result or actor is another kind', async () => {
  await using t = await setUp();
  const { by } = refusal('192.0.2.1');
  const kinds = [
    refusal('192.0.2.1'),
    refusal('192.0.2.2'),
    refusal('192.0.2.1', { verb: 'POST /api/v1/rooms' }),
    refusal('192.0.2.1', { result: 'not_allowed' }),
    refusal('192.0.2.1', { by: { ...by, actor: { kind: 'key', id: 'k', authenticatedBy: 'developer-key' } } }),
  ];
  for (let i = 0; i < 10; i += 1) for (const kind of kinds) await t.refusals.note(kind);
  expect(await t.counts()).toHaveLength(50);
  await t.refusals[Symbol.asyncDispose]();
  expect(await t.counts()).toEqual([]);
});

test('[E1] what was only counted is written when the process ends', async () => {
  await using t = await setUp();
  for (let i = 0; i < 13; i += 1) await t.refusals.note(refusal('192.0.2.1'));
  await t.counts();
  await t.refusals[Symbol.asyncDispose]();
  expect(await t.counts()).toEqual([3]);
});

test('after ten seconds the next ten are written one by one again', async () => {
  await using t = await setUp();
  for (let i = 0; i < 11; i += 1) await t.refusals.note(refusal('192.0.2.1'));
  t.time.advance(10_000);
  for (let i = 0; i < 3; i += 1) await t.refusals.note(refusal('192.0.2.1'));
  await t.refusals[Symbol.asyncDispose]();
  expect((await t.counts()).toSorted((a, b) => a - b)).toEqual(Array<number>(14).fill(1));
});

test('while the database is away a refusal is unavailable; what was counted is written once it is back', async () => {
  await using t = await setUp();
  const faults: unknown[] = [];
  let isAway = false;
  const gate: EventLog = {
    ...t.eventLog,
    appendAll: async (tx, events) => {
      if (isAway) throw new AppError('unavailable');
      await t.eventLog.appendAll(tx, events);
    },
  };
  const destination = { write: (line: string) => void faults.push(line) };
  const told = createLog({ logLevel: 'warn' }, 'test', { pretty: false, destination });
  await using refusals = createRefusals({ db: t.db, eventLog: gate, clock: t.time, timers: t.time, log: told });
  for (let i = 0; i < 12; i += 1) await refusals.note(refusal('192.0.2.1'));
  await t.counts();
  isAway = true;
  await expect(refusals.note(refusal('198.51.100.1'))).rejects.toMatchObject({ code: 'unavailable' });
  t.time.advance(10_000);
  await expect.poll(() => faults.length).toBe(1);
  expect(await t.counts()).toEqual([]);
  isAway = false;
  t.time.advance(1_000);
  await expect.poll(() => t.counts()).toEqual([2]);
});

test('2,000 refusals of as many kinds at once go through in a few transactions', async () => {
  await using t = await setUp(false);
  await t.refusals.note(refusal('192.0.2.1'));
  const beganMs = performance.now();
  await Promise.all(Array.from({ length: 2_000 }, (_, i) => t.refusals.note(refusal(`10.1.${i >> 8}.${i & 255}`))));
  const tookMs = performance.now() - beganMs;
  const { transactions } = await t.db
    .selectFrom('event_log_pending')
    .select(sql<number>`count(distinct xmin::text)::int`.as('transactions'))
    .executeTakeFirstOrThrow();
  expect(transactions).toBeLessThanOrEqual(6);
  // One second on two cores with ten processes at work; the rest is room for more of them.
  expect(tookMs).toBeLessThan(5_000);
});
