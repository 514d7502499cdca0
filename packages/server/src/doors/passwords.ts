import { AppError } from '@conclave/protocol/errors';
import type { RoomId, TeamId } from '@conclave/protocol/ids';
import { RateLimiterPostgres, RateLimiterRes, type IRateLimiterPostgresOptions } from 'rate-limiter-flexible';
import { clientNetwork, limiterClient } from '../access/limits.ts';
import { hashPassword, verifyPassword } from '../access/passwords.ts';
import type { Db } from '../db/connection.ts';
import type { Tx } from '../db/transaction.ts';
import type { Cause } from '../event-log/cause.ts';
import type { EventLog } from '../event-log/event-log.ts';
import { bumpEntryEpoch } from './entry-epoch.ts';

/** Time over which wrong passwords are counted. */
const WINDOW_S = 900;
/** Of one network at one room. */
const PER_NETWORK = 10;
/** Of a room over all networks; beyond it each network that is not known has one guess. */
const PER_ROOM = 100;

/** Guards the passwords of rooms against guessing. */
export interface RoomPasswords {
  /**
   * Ends well if the password is that of the room. What is wrong is counted in PostgreSQL, before it is looked at, so that neither a
   * restart nor a hundred guesses at once win anything; what is right is taken back. A room under attack from many networks stays
   * open: a network that was not heard of yet has one guess, and a device that was right before is not counted with the others.
   * The attempts of one network must come one after the other (`GuessQueue`), or else a company behind one address that comes at
   * nine is taken for as many guesses at once.
   * @throws AppError `password_wrong`, `rate_limited`
   */
  verify(attempt: {
    room: { id: RoomId; passwordHash: string | null; passwordVersion: number };
    password: string;
    address: string;
    deviceId: string;
  }): Promise<void>;
}

export function createRoomPasswords(db: Db): RoomPasswords {
  const stored = (keyPrefix: string, points: number, { duration = WINDOW_S, ...more }: Partial<IRateLimiterPostgresOptions> = {}) =>
    new RateLimiterPostgres({
      storeClient: limiterClient(db),
      storeType: 'pool',
      tableName: 'rate_limits',
      tableCreated: true,
      clearExpiredByTimeout: true,
      keyPrefix,
      points,
      duration,
      ...more,
    });
  // A network that was refused once is refused without asking the database.
  const refusing = (keyPrefix: string, points: number) => stored(keyPrefix, points, { inMemoryBlockOnConsumed: points + 1 });
  const byNetwork = refusing('room-password-network', PER_NETWORK);
  const byRoom = stored('room-password-room', PER_ROOM);
  const underAttack = refusing('room-password-first', 1);
  const known = stored('room-password-device', 1, { duration: 30 * 24 * 3600 });

  async function attempt(room: RoomWithHash, password: string, { network, device }: { network: string; device: string }): Promise<void> {
    await take(byNetwork, network);
    const isKnown = (await known.get(device)) !== null;
    const roomCount = isKnown ? null : await byRoom.consume(room.id).catch(refusedOrThrown);
    const isFirst = roomCount !== null && roomCount.remainingPoints <= 0;
    if (isFirst) await take(underAttack, network);
    if (!(await verifyPassword(password, room.passwordHash))) throw new AppError('password_wrong');
    await Promise.all([
      byNetwork.reward(network),
      isKnown ? null : byRoom.reward(room.id),
      isFirst ? underAttack.delete(network) : null,
      known.set(device, 1, 30 * 24 * 3600),
    ]);
  }

  return {
    verify: async ({ room, password, address, deviceId }) => {
      const { id, passwordHash, passwordVersion } = room;
      if (passwordHash === null) return;
      const network = `${id} ${clientNetwork(address)}`;
      const device = `${id} ${passwordVersion} ${deviceId}`;
      await attempt({ id, passwordHash }, password, { network, device });
    },
  };
}

/** Sets, replaces or removes the password of a room. Who showed the one before is asked again, who is in stays. */
export async function storeRoomPassword(
  tx: Tx,
  eventLog: EventLog,
  change: { room: RoomId; team: TeamId | null; hash: string | null; by: Cause },
): Promise<void> {
  await tx
    .updateTable('rooms')
    .set((eb) => ({ password_hash: change.hash, password_version: eb('password_version', '+', 1) }))
    .where('id', '=', change.room)
    .execute();
  await bumpEntryEpoch(tx, change.room);
  const data = { isSet: change.hash !== null };
  await eventLog.append(tx, { name: 'room_password.changed', by: change.by, team: change.team, room: change.room, data });
}

/** The hash to store; made before a transaction begins, because it takes long. */
export function hashRoomPassword(password: string | null): Promise<string | null> {
  return password === null ? Promise.resolve(null) : hashPassword(password);
}

async function take(limiter: RateLimiterPostgres, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (thrown) {
    throw thrown instanceof RateLimiterRes ? new AppError('rate_limited', { details: { retryAfterMs: thrown.msBeforeNext } }) : thrown;
  }
}

/** A limiter rejects with the count when there is none left. */
function refusedOrThrown(thrown: unknown): RateLimiterRes {
  if (thrown instanceof RateLimiterRes) return thrown;
  throw thrown;
}

interface RoomWithHash {
  readonly id: RoomId;
  readonly passwordHash: string;
}
