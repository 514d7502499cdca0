import type { RoomId } from '@conclave/protocol/ids';
import { createLog } from '@conclave/runtime/log';
import { createTestDatabase } from '@conclave/testkit/database';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectDatabase, type Db } from '../db/connection.ts';
import { migrate } from '../db/migrate.ts';
import { inTransaction } from '../db/transaction.ts';
import { bumpEntryEpoch } from '../doors/entry-epoch.ts';
import { addTestRoom } from './testing.ts';
import { digestOf, issueTicket, readTicket, spendTicketAtEpoch } from './tickets.ts';

const stack = new AsyncDisposableStack();
const log = createLog({ logLevel: 'silent' }, 'test');
const CLAIMS = { name: 'Ann', credential: { kind: 'link' }, userId: null, deviceId: null, passwordVersion: null, knockId: null } as const;
let db: Db;
let roomId: RoomId;
let ticket: string;

beforeAll(async () => {
  const { url } = stack.use(await createTestDatabase());
  db = stack.adopt(connectDatabase({ url, log }), (open) => open.destroy());
  await migrate(db, log);
});
afterAll(() => stack.disposeAsync());
beforeEach(async () => {
  ({ roomId } = await addTestRoom(db));
  ({ ticket } = await inTransaction(db, (tx) => issueTicket(tx, { roomId, claims: CLAIMS, nowMs: 0 })));
});

const NOW_MS = 1;
const spend = () => inTransaction(db, (tx) => spendTicketAtEpoch(tx, { roomId, digest: digestOf(ticket) }));
const isGood = async () => (await readTicket(db, ticket, NOW_MS)) !== null;

/** How many connections of this database wait for a lock. */
async function waitingForLocks(): Promise<number> {
  const { rows } = await sql<{ waiting: number }>`
    select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
  return rows[0]?.waiting ?? 0;
}

/** A change of who may come in that is not stored yet. */
async function beginChange() {
  const changed = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const stored = inTransaction(db, async (tx) => {
    await bumpEntryEpoch(tx, roomId);
    changed.resolve();
    await end.promise;
  });
  await changed.promise;
  return { store: () => (end.resolve(), stored), undo: () => (end.reject(new Error('undone')), stored.catch(() => undefined)) };
}

describe('a ticket that is spent at an epoch', () => {
  test('is used up, once', async () => {
    expect(await spend()).toEqual({ epoch: 0, isSpent: true });
    expect(await spend()).toEqual({ epoch: 0, isSpent: false });
    expect(await isGood()).toBe(false);
  });

  test('waits for a change of who may come in, and sees it', async () => {
    const change = await beginChange();
    const spending = spend();
    await expect.poll(waitingForLocks).toBe(1);
    await change.store();
    expect(await spending).toEqual({ epoch: 1, isSpent: true });
  });

  test('finds the epoch as it was when the change was undone', async () => {
    const change = await beginChange();
    const spending = spend();
    await expect.poll(waitingForLocks).toBe(1);
    await change.undo();
    expect(await spending).toEqual({ epoch: 0, isSpent: true });
  });

  test('lets no change be stored before it is', async () => {
    const [spent, entered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const entering = inTransaction(db, async (tx) => {
      const found = await spendTicketAtEpoch(tx, { roomId, digest: digestOf(ticket) });
      spent.resolve();
      await entered.promise;
      return found;
    });
    await spent.promise;
    // Which answer comes first says nothing of which was stored first; what the later one finds does.
    const changing = inTransaction(db, async (tx) => {
      await bumpEntryEpoch(tx, roomId);
      return readTicket(tx, ticket, NOW_MS);
    });
    await expect.poll(waitingForLocks).toBe(1);
    entered.resolve();
    expect(await changing).toBeNull();
    expect(await entering).toEqual({ epoch: 0, isSpent: true });
  });

  test('is good again when what it was spent for is undone', async () => {
    const undone = inTransaction(db, async (tx) => {
      await spendTicketAtEpoch(tx, { roomId, digest: digestOf(ticket) });
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await isGood()).toBe(true);
  });

  test('of a room that was deleted finds no epoch', async () => {
    await db.updateTable('rooms').set({ deleted_at: new Date() }).where('id', '=', roomId).execute();
    expect((await spend()).epoch).toBeNull();
  });
});
