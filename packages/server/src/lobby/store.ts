import type { KnockId, RoomId, SessionId } from '@conclave/protocol/ids';
import type { RoleName } from '@conclave/protocol/roles';
import type { Db } from '../db/connection.ts';
import type { Tx } from '../db/transaction.ts';
import type { Identity } from '../doors/identity.ts';
import type { Person } from '../event-log/cause.ts';
import type { TicketClaims } from '../rooms/tickets.ts';

export interface StoredKnock {
  readonly id: KnockId;
  readonly roomId: RoomId;
  readonly tokenDigest: Buffer;
  readonly name: string;
  readonly claims: TicketClaims;
  readonly role: RoleName;
  /** null: nobody beyond this knock. */
  readonly person: Person | null;
  readonly sinceMs: number;
}

export type KnockState = 'waiting' | 'admitted' | 'entered' | 'turned_away' | 'left';

const NOBODY = 'nobody';

/** By what else than the account or token identity somebody is known again who was sent back, or let in after it. */
interface KnownBy {
  readonly identity: Pick<Identity, 'inviteId' | 'deviceId'>;
  /** null: they knocked. */
  readonly sentBackFrom: SessionId | null;
}

export async function insertKnock(tx: Tx, knock: StoredKnock, { identity, sentBackFrom }: KnownBy): Promise<void> {
  await tx
    .insertInto('knocks')
    .values({
      id: knock.id,
      room_id: knock.roomId,
      token_digest: knock.tokenDigest,
      name: knock.name,
      claims: JSON.stringify(knock.claims),
      role: knock.role,
      person: knock.person ?? NOBODY,
      state: 'waiting',
      sent_back_from: sentBackFrom,
      invite_id: identity.inviteId,
      device_id: identity.deviceId,
      created_at: new Date(knock.sinceMs),
    })
    .execute();
}

/** Moves those that are in one of the states `from`, and tells which: of two who decide the same knock one wins. */
export async function moveKnocks(
  tx: Tx,
  ids: readonly KnockId[],
  { from, to, atMs }: { from: readonly KnockState[]; to: KnockState; atMs: number },
): Promise<KnockId[]> {
  if (ids.length === 0) return [];
  const rows = await tx
    .updateTable('knocks')
    .set({ state: to, decided_at: new Date(atMs) })
    .where('id', 'in', [...ids])
    .where('state', 'in', [...from])
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}

export async function stateOfKnock(db: Db, tokenDigest: Buffer): Promise<KnockState | null> {
  const row = await db.selectFrom('knocks').select('state').where('token_digest', '=', tokenDigest).executeTakeFirst();
  return row?.state ?? null;
}

/** Who waits in a room, or was let in and is on the way. */
export async function openKnocksOf(tx: Tx, roomId: RoomId): Promise<KnockId[]> {
  const rows = await tx
    .selectFrom('knocks')
    .select('id')
    .where('room_id', '=', roomId)
    .where('state', 'in', ['waiting', 'admitted'])
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Those whom the process before this one left waiting or let in, in order. */
export async function loadOpenKnocks(db: Db): Promise<(StoredKnock & { state: 'waiting' | 'admitted' })[]> {
  const rows = await db
    .selectFrom('knocks')
    .selectAll()
    .where('state', 'in', ['waiting', 'admitted'])
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    roomId: row.room_id,
    tokenDigest: row.token_digest,
    name: row.name,
    claims: row.claims as TicketClaims, // written by insertKnock and by nobody else
    role: row.role,
    person: row.person === NOBODY ? null : row.person,
    sinceMs: row.created_at.getTime(),
    state: row.state === 'admitted' ? 'admitted' : 'waiting',
  }));
}
