import type { RequestParsed } from '@conclave/protocol/signalling/messages';
import { inTransaction } from '../db/transaction.ts';
import { hashRoomPassword, storeRoomPassword } from '../doors/passwords.ts';
import type { PresentSeat } from '../rooms/live-rooms.ts';
import type { ModerationDeps } from './verbs.ts';

/** Sets, replaces or removes the password of the room; who is in stays. */
export async function setPassword(
  deps: ModerationDeps,
  { password }: RequestParsed<'room.set-password'>,
  answer: { reply(data: object): void },
  { session, by }: PresentSeat,
): Promise<void> {
  const hash = await hashRoomPassword(password);
  const { room, team } = session.place;
  await inTransaction(deps.db, (tx) => storeRoomPassword(tx, deps.eventLog, { room, team, hash, by }));
  session.apply({ kind: 'set-policy', hasPassword: hash !== null });
  answer.reply({});
}
