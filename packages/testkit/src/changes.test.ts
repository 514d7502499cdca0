import { createLog } from '@conclave/runtime/log';
import { Secret } from '@conclave/runtime/secret';
import { connectDatabase } from '@conclave/server/db/connection';
import { migrate } from '@conclave/server/db/migrate';
import { inTransaction, type Tx } from '@conclave/server/db/transaction';
import { operatorCause } from '@conclave/server/event-log/cause';
import { createEventLog } from '@conclave/server/event-log/event-log';
import { createPersonKeys } from '@conclave/server/event-log/person-keys';
import { expect, test } from 'vitest';
import { expectAccounted, watchChanges } from './changes.ts';
import { createTestDatabase } from './database.ts';

const log = createLog({ logLevel: 'silent' }, 'test');

async function setUp() {
  await using began = new AsyncDisposableStack();
  const database = began.use(await createTestDatabase());
  const db = began.adopt(connectDatabase({ url: database.url, log }), (open) => open.destroy());
  await migrate(db, log);
  const personKeys = createPersonKeys(new Secret('A'.repeat(43)));
  const eventLog = createEventLog({ clock: { nowMs: () => Date.now() }, personKeys, onAppended: () => undefined });
  const changes = await watchChanges(db);
  const insert = (tx: Tx) =>
    tx
      .insertInto('setup_tokens')
      .values({ digest: Buffer.of(1) })
      .execute();
  const append = (tx: Tx) => eventLog.append(tx, { name: 'owner_link.issued', by: operatorCause(), data: {} });
  const ends = began.move();
  return { db, changes, insert, append, [Symbol.asyncDispose]: () => ends.disposeAsync() };
}

test('a change and its event in one transaction account for each other', async () => {
  await using t = await setUp();
  await inTransaction(t.db, async (tx) => {
    await t.insert(tx);
    await t.append(tx);
  });
  const taken = await t.changes.take();
  const written = { name: 'owner_link.issued', result: 'done', data: {}, actor: { kind: 'operator', id: null }, target: null, room: null };
  expect(taken).toMatchObject([{ changes: [{ table: 'setup_tokens', operation: 'insert' }], events: [written] }]);
  expectAccounted(taken);
  expect(await t.changes.take()).toEqual([]);
});

test('a change without its event, an event without its change, and both in two transactions are found', async () => {
  await using t = await setUp();
  await inTransaction(t.db, t.insert);
  const silent = await t.changes.take();
  expect(() => expectAccounted(silent)).toThrow('insert of setup_tokens without an event');
  await inTransaction(t.db, t.append);
  const empty = await t.changes.take();
  expect(() => expectAccounted(empty)).toThrow('owner_link.issued without its change');
  expect(() => expectAccounted([...silent, ...empty])).toThrow('without');
});

test('what is rolled back and what updates nothing is no change', async () => {
  await using t = await setUp();
  await inTransaction(t.db, async (tx) => {
    await t.insert(tx);
    await t.append(tx);
  });
  await t.changes.take();
  await t.db
    .updateTable('setup_tokens')
    .set({ digest: Buffer.of(1) })
    .execute();
  const failing = t.db.transaction().execute(async (tx) => {
    await tx.deleteFrom('setup_tokens').execute();
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await t.changes.take()).toEqual([]);
});
