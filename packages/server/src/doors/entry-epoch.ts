import type { RoomId } from '@conclave/protocol/ids';
import type { Tx } from '../db/transaction.ts';

/*
 * `rooms.entry_epoch` counts what changes who may come in: bans, lock, lobby, password, settings, invites. Whoever enters reads it
 * before anything else, decides, and finds it the same under a lock in the transaction that enters. So of an entry and such a change
 * one comes first: the change sees who has entered, or the entry is decided anew.
 */

/** In the transaction of everything that changes who may come in. It waits for entries that are being stored. */
export async function bumpEntryEpoch(tx: Tx, roomId: RoomId): Promise<void> {
  await tx
    .updateTable('rooms')
    .set((eb) => ({ entry_epoch: eb('entry_epoch', '+', 1) }))
    .where('id', '=', roomId)
    .execute();
}

/** The epoch, which stays as it is until the transaction ends; null: the room is gone. */
export async function holdEntryEpoch(tx: Tx, roomId: RoomId): Promise<number | null> {
  const row = await tx
    .selectFrom('rooms')
    .select('entry_epoch')
    .where('id', '=', roomId)
    .where('deleted_at', 'is', null)
    .forShare()
    .executeTakeFirst();
  return row?.entry_epoch ?? null;
}
