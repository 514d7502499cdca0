import { randomBytes, randomUUID } from 'node:crypto';
import { createLog } from '@conclave/runtime/log';
import { Secret } from '@conclave/runtime/secret';
import { systemTimers } from '@conclave/runtime/timers';
import { createTestDatabase } from '@conclave/testkit/database';
import { Event } from '@conclave/protocol/events/event';
import { expect, test } from 'vitest';
import { connectDatabase } from '../db/connection.ts';
import { migrate } from '../db/migrate.ts';
import { inTransaction } from '../db/transaction.ts';
import { canonicalJson, type Json } from './canonical-json.ts';
import { systemCause, visitorCause } from './cause.ts';
import { createEventLog } from './event-log.ts';
import { leafHash } from './merkle.ts';
import { createPersonKeys } from './person-keys.ts';
import { sequenceBatch, startSequencer } from './sequencer.ts';

const log = createLog({ logLevel: 'silent' }, 'test');

async function setUp() {
  await using began = new AsyncDisposableStack();
  const database = began.use(await createTestDatabase());
  const db = began.adopt(connectDatabase({ url: database.url, log }), (open) => open.destroy());
  await migrate(db, log);
  const personKeys = createPersonKeys(new Secret(randomBytes(32).toString('base64url')));
  const eventLog = createEventLog({ clock: { nowMs: () => Date.UTC(2026, 10, 24, 9) }, personKeys, onAppended: () => undefined });
  const ends = began.move();
  return { db, personKeys, eventLog, [Symbol.asyncDispose]: () => ends.disposeAsync() };
}

test('[E2] entries are canonical, in one order without gaps, and hashed as they are stored', async () => {
  await using t = await setUp();
  for (let i = 0; i < 3; i += 1) {
    await inTransaction(t.db, (tx) =>
      t.eventLog.append(tx, {
        name: 'participant.renamed',
        by: visitorCause('::ffff:192.0.2.77'),
        personal: { name: `Ann\u0000\u001b[31m\ud800 ${i}`, formerName: 'Ännchen' },
        data: {},
      }),
    );
  }
  expect(await sequenceBatch(t.db, 2)).toEqual({ count: 2, size: 2 });
  expect(await sequenceBatch(t.db, 2)).toEqual({ count: 1, size: 3 });
  const rows = await t.db.selectFrom('event_log_entries').selectAll().orderBy('seq').execute();
  for (const [index, row] of rows.entries()) {
    const event = Event.parse(JSON.parse(row.entry ?? ''));
    expect(event.seq).toBe(index);
    expect(row.entry).toBe(canonicalJson(event as Json));
    expect(row.leaf_hash).toEqual(leafHash(row.entry ?? ''));
    const [revealed] = await t.personKeys.reveal(t.db, [event]);
    expect(revealed).toEqual({
      name: `Ann\u0000\u001b[31m\ufffd ${index}`,
      formerName: 'Ännchen',
      address: '192.0.2.77',
      network: '192.0.2.0/24',
    });
  }
});

test('the same id is written once, before and after it was sequenced', async () => {
  await using t = await setUp();
  const id = randomUUID();
  const append = () =>
    inTransaction(t.db, (tx) => t.eventLog.append(tx, { name: 'server.started', by: systemCause('server'), data: { version: '1' }, id }));
  await append();
  await append();
  expect(await sequenceBatch(t.db, 10)).toEqual({ count: 1, size: 1 });
  await append();
  expect(await sequenceBatch(t.db, 10)).toEqual({ count: 1, size: 1 });
});

test('[E2] destroying the key of a person makes them unreadable and changes no hash', async () => {
  await using t = await setUp();
  const by = { ...visitorCause('2001:db8:1:2::3'), person: 'member x' };
  const append = () =>
    inTransaction(t.db, (tx) => t.eventLog.append(tx, { name: 'participant.renamed', by, personal: { name: 'Ann' }, data: {} }));
  await append();
  await sequenceBatch(t.db, 10);
  expect(await inTransaction(t.db, (tx) => t.personKeys.destroy(tx, 'member x'))).toBe(true);
  await append();
  await sequenceBatch(t.db, 10);
  const rows = await t.db.selectFrom('event_log_entries').selectAll().orderBy('seq').execute();
  const revealed = await t.personKeys.reveal(
    t.db,
    rows.map((row) => Event.parse(JSON.parse(row.entry ?? ''))),
  );
  expect(revealed.map((person) => person.name)).toEqual([null, 'Ann']);
  expect(revealed[0]).toMatchObject({ network: null, address: '2001:db8:1:2::3' });
  for (const row of rows) expect(row.leaf_hash).toEqual(leafHash(row.entry ?? ''));
});

test('a person whose key another process destroyed gets another key within half a minute', async () => {
  await using t = await setUp();
  const wrapping = new Secret(randomBytes(32).toString('base64url'));
  let nowMs = 0;
  const [server, shell] = [createPersonKeys(wrapping, { nowMs: () => nowMs }), createPersonKeys(wrapping)];
  const seal = () => inTransaction(t.db, (tx) => server.seal(tx, 'member x', { eventId: 'e', field: 'name', value: 'Ann' }));
  const keys = [await seal(), await seal()];
  await inTransaction(t.db, (tx) => shell.destroy(tx, 'member x'));
  nowMs = 30_000;
  keys.push(await seal());
  const revealed = await server.reveal(
    t.db,
    keys.map((name) => ({ id: 'e', personal: { name } })),
  );
  expect(revealed.map(({ name }) => name)).toEqual([null, null, 'Ann']);
});

test('a rolled back action leaves neither event nor key', async () => {
  await using t = await setUp();
  const by = { ...systemCause('x'), person: 'member y' };
  const append = { name: 'participant.renamed', by, personal: { name: 'Ann' }, data: {} } as const;
  const failing = inTransaction(t.db, async (tx) => {
    await t.eventLog.append(tx, append);
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await t.db.selectFrom('event_log_person_keys').selectAll().execute()).toEqual([]);
  await inTransaction(t.db, (tx) => t.eventLog.append(tx, append));
  expect(await sequenceBatch(t.db, 10)).toEqual({ count: 1, size: 1 });
});

test('entries cannot be changed or removed by the server', async () => {
  await using t = await setUp();
  await inTransaction(t.db, (tx) => t.eventLog.append(tx, { name: 'server.started', by: systemCause('server'), data: { version: '1' } }));
  await sequenceBatch(t.db, 10);
  await expect(t.db.updateTable('event_log_entries').set({ result: 'not_allowed' }).execute()).rejects.toThrow('append-only');
  await expect(t.db.deleteFrom('event_log_entries').execute()).rejects.toThrow('append-only');
});

test('the sequencer follows appends and tells the size', async () => {
  await using t = await setUp();
  await using sequencer = startSequencer({ db: t.db, log, timers: systemTimers });
  const told = new Promise<number>((resolve) => sequencer.onSequenced(resolve));
  await inTransaction(t.db, (tx) => t.eventLog.append(tx, { name: 'server.started', by: systemCause('server'), data: { version: '1' } }));
  sequencer.wake();
  expect(await told).toBe(1);
});

test('what another process sequenced is told too', async () => {
  await using t = await setUp();
  await using sequencer = startSequencer({ db: t.db, log, timers: systemTimers });
  const told = new Promise<number>((resolve) => sequencer.onSequenced(resolve));
  await inTransaction(t.db, (tx) => t.eventLog.append(tx, { name: 'server.started', by: systemCause('server'), data: { version: '1' } }));
  expect(await sequenceBatch(t.db, 10)).toEqual({ count: 1, size: 1 });
  sequencer.wake();
  expect(await told).toBe(1);
});
