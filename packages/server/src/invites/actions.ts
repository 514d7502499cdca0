import { randomUUID } from 'node:crypto';
import { AppError } from '@conclave/protocol/errors';
import { InviteId } from '@conclave/protocol/ids';
import { LIMITS } from '@conclave/protocol/limits';
import type { InviteRequest } from '@conclave/protocol/rest/invites';
import type { InviteView } from '@conclave/protocol/signalling/views';
import type { Clock } from '@conclave/runtime/clock';
import type { Db } from '../db/connection.ts';
import { inTransaction } from '../db/transaction.ts';
import { bumpEntryEpoch } from '../doors/entry-epoch.ts';
import type { InviteCreator } from '../doors/invites.ts';
import type { Cause } from '../event-log/cause.ts';
import type { EventLog } from '../event-log/event-log.ts';
import type { Room } from '../rooms/store.ts';
import { digestOf, newSecret } from '../rooms/tickets.ts';
import { countInvites, insertInvite, listInviteRows, lockInvite, viewOf } from './store.ts';

export interface InviteDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly eventLog: EventLog;
}

/** Who invites, and to which room. */
export interface Inviting {
  readonly room: Room;
  /** Where the room is found, `https://host/room`. */
  readonly roomUrl: string;
  readonly creator: InviteCreator;
  readonly by: Cause;
}

/** An invite and its link, which is shown this once. */
export interface GivenInvite {
  readonly invite: InviteView;
  readonly link: string;
}

/** @throws AppError `not_found` for a role that is none of the room's, `conflict` when the room has too many invites. */
export async function createInvite(deps: InviteDeps, { room, roomUrl, creator, by }: Inviting, asked: InviteRequest): Promise<GivenInvite> {
  const role = asked.role ?? room.settings.default_role;
  if (!room.settings.roles.includes(role)) throw new AppError('not_found');
  const nowMs = deps.clock.nowMs();
  const [id, secret] = [InviteId.parse(randomUUID()), newSecret()];
  const { name, email, maxPersons, expiresAtMs, language, startsAtMs, durationMinutes } = asked;
  const mail = { language, startsAtMs, durationMinutes, sequence: 0 };
  return inTransaction(deps.db, async (tx) => {
    if ((await countInvites(tx, room.id)) >= LIMITS.invitesPerRoom) throw new AppError('conflict');
    await insertInvite(tx, {
      id,
      roomId: room.id,
      digest: digestOf(secret),
      name,
      email,
      role,
      creator,
      maxPersons,
      mail,
      expiresAtMs,
      nowMs,
    });
    const target = { kind: 'invite', id } as const;
    const data = { role, expiresAtMs, maxPersons };
    await deps.eventLog.append(tx, { name: 'invite.created', by, team: room.teamId, room: room.id, target, data });
    return { invite: await viewIn(tx, room, id, nowMs), link: linkOf(roomUrl, secret) };
  });
}

/** The room's invites, the newest first. */
export async function listInvites(deps: Pick<InviteDeps, 'db' | 'clock'>, room: Room): Promise<InviteView[]> {
  const nowMs = deps.clock.nowMs();
  return Promise.all((await listInviteRows(deps.db, room.id)).map((row) => viewOf(deps.db, room, row, nowMs)));
}

/** Nobody comes in by it from now on; who is in stays. @throws AppError `not_found` */
export async function revokeInvite(deps: InviteDeps, { room, by }: Pick<Inviting, 'room' | 'by'>, id: InviteId): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const invite = await lockInvite(tx, room.id, id);
    if (!invite) throw new AppError('not_found');
    if (invite.revoked_at !== null) return;
    await tx
      .updateTable('invites')
      .set({ revoked_at: new Date(deps.clock.nowMs()) })
      .where('id', '=', id)
      .execute();
    await bumpEntryEpoch(tx, room.id);
    await deps.eventLog.append(tx, {
      name: 'invite.revoked',
      by,
      team: room.teamId,
      room: room.id,
      target: { kind: 'invite', id },
      data: {},
    });
  });
}

/** Gives a new link that belongs to nobody yet; the one before is void. @throws AppError `not_found`, `conflict` when it was revoked. */
export async function renewInvite(
  deps: InviteDeps,
  { room, roomUrl, by }: Pick<Inviting, 'room' | 'roomUrl' | 'by'>,
  id: InviteId,
): Promise<GivenInvite> {
  const secret = newSecret();
  return inTransaction(deps.db, async (tx) => {
    const invite = await lockInvite(tx, room.id, id);
    if (!invite) throw new AppError('not_found');
    if (invite.revoked_at !== null) throw new AppError('conflict');
    await tx
      .updateTable('invites')
      .set({ digest: digestOf(secret) })
      .where('id', '=', id)
      .execute();
    await tx.deleteFrom('invite_persons').where('invite_id', '=', id).execute();
    await bumpEntryEpoch(tx, room.id);
    const target = { kind: 'invite', id } as const;
    await deps.eventLog.append(tx, { name: 'invite.renewed', by, team: room.teamId, room: room.id, target, data: {} });
    return { invite: await viewIn(tx, room, id, deps.clock.nowMs()), link: linkOf(roomUrl, secret) };
  });
}

async function viewIn(db: Db, room: Room, id: InviteId, nowMs: number): Promise<InviteView> {
  const row = await db.selectFrom('invites').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  return viewOf(db, room, row, nowMs);
}

/** After the `#`, so that no server, proxy or log ever sees it. */
function linkOf(roomUrl: string, secret: string): string {
  return `${roomUrl}#invite=${secret}`;
}
