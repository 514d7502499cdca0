import { randomUUID } from 'node:crypto';
import { AppError } from '@conclave/protocol/errors';
import { InviteId } from '@conclave/protocol/ids';
import { LIMITS } from '@conclave/protocol/limits';
import type { GivenInvite, InviteRequest } from '@conclave/protocol/rest/invites';
import type { RoleName } from '@conclave/protocol/roles';
import type { InviteView } from '@conclave/protocol/signalling/views';
import type { Team } from '../access/store.ts';
import type { Db } from '../db/connection.ts';
import { inTransaction } from '../db/transaction.ts';
import { bumpEntryEpoch } from '../doors/entry-epoch.ts';
import { standsOnRight, type InviteCreator } from '../doors/invites.ts';
import type { Cause } from '../event-log/cause.ts';
import type { EventLog } from '../event-log/event-log.ts';
import type { Room } from '../rooms/store.ts';
import { digestOf, newSecret } from '../rooms/tickets.ts';
import { queueInvitation, takeBackInvitation, withdrawMail, type MailingDeps } from './mail.ts';
import { countInvites, findInviteRow, insertInvite, listInviteRows, lockInvite, viewOf, type InviteMail } from './store.ts';

export interface InviteDeps extends MailingDeps {
  readonly db: Db;
  readonly eventLog: EventLog;
}

/** Who invites, and to which room. */
export interface Inviting {
  readonly team: Team;
  readonly room: Room;
  /** Where the room is found, `https://host/room`. */
  readonly roomUrl: string;
  readonly creator: InviteCreator;
  /** As the mail names whoever invites; null: nobody but the team. */
  readonly inviterName: string | null;
  /** Whether they may give a role of the room. */
  mayGive(role: RoleName): boolean;
  readonly by: Cause;
}

/**
 * Makes an invite and, if asked, queues the mail with its link.
 * @throws AppError `not_found` for a role that is none of the room's, `not_allowed` for one that may not be given, `conflict` when the
 * room has too many invites, `bad_request` for an expiry that is past and a mail to nobody, `mail_not_configured`, `mail_limit_reached`.
 */
export async function createInvite(deps: InviteDeps, inviting: Inviting, asked: InviteRequest): Promise<GivenInvite> {
  const { room, creator, by } = inviting;
  const nowMs = deps.clock.nowMs();
  const role = asked.role ?? room.settings.default_role;
  refuseRole(inviting, role);
  if (asked.expiresAtMs !== null && asked.expiresAtMs <= nowMs) throw new AppError('bad_request', { details: { paths: ['expiresAtMs'] } });
  const [id, secret] = [InviteId.parse(randomUUID()), newSecret()];
  const { name, email, maxPersons, expiresAtMs, language, timeZone, startsAtMs, durationMinutes } = asked;
  const mail: InviteMail = { language, timeZone, startsAtMs, durationMinutes, sequence: 0, state: 'none' };
  const link = linkOf(inviting.roomUrl, secret);
  return inTransaction(deps.db, async (tx) => {
    if ((await countInvites(tx, room.id)) >= LIMITS.invitesPerRoom) throw new AppError('conflict');
    const digest = digestOf(secret);
    await insertInvite(tx, { id, roomId: room.id, digest, name, email, role, creator, maxPersons, mail, expiresAtMs, nowMs });
    const data = { role, expiresAtMs, maxPersons };
    await deps.eventLog.append(tx, { name: 'invite.created', by, ...placeOf(room, id), data });
    if (asked.sendMail) await queueInvitation(deps, tx, { ...inviting, invite: await findInviteRow(tx, id), link });
    return { invite: viewOf(await findInviteRow(tx, id), { stands: true, nowMs }), link };
  });
}

/** The room's invites, the newest first. */
export async function listInvites(
  deps: Pick<InviteDeps, 'db' | 'clock'>,
  room: Room,
  page: { limit: number; offset: number } = { limit: LIMITS.invitesPerRoom, offset: 0 },
): Promise<InviteView[]> {
  const nowMs = deps.clock.nowMs();
  // Most invites of a room are of a few people: what those may do is asked once each.
  const standing = new Map<string, boolean>();
  const views: InviteView[] = [];
  for (const row of await listInviteRows(deps.db, room.id, page)) {
    const key = JSON.stringify([row.role, row.creator]);
    const stands = standing.get(key) ?? (await standsOnRight(deps.db, room, row));
    standing.set(key, stands);
    views.push(viewOf(row, { stands, nowMs }));
  }
  return views;
}

/**
 * Nobody comes in by it from now on; who is in stays. Its mail is not sent if it still waits, and the meeting is taken out of the
 * calendar that it may be in. Once more is no error. @throws AppError `not_found`
 */
export async function revokeInvite(
  deps: InviteDeps,
  inviting: Pick<Inviting, 'team' | 'room' | 'roomUrl' | 'by'>,
  id: InviteId,
): Promise<void> {
  const { room, by } = inviting;
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
    await deps.eventLog.append(tx, { name: 'invite.revoked', by, ...placeOf(room, id), data: {} });
    await withdrawMail(deps, tx, { ...inviting, invite });
  });
}

/**
 * Gives a new link that belongs to nobody yet and stands on the right of whoever renews it; the one before is void. It is sent by mail
 * if that is wanted and can be.
 * @throws AppError `not_found`, `not_allowed` for a role that one may not give, `conflict` when it was revoked or has expired,
 * `mail_limit_reached`.
 */
export async function renewInvite(
  deps: InviteDeps,
  inviting: Inviting,
  { inviteId: id, sendMail }: { inviteId: InviteId; sendMail: boolean },
): Promise<GivenInvite> {
  const { room, creator, by } = inviting;
  const secret = newSecret();
  const link = linkOf(inviting.roomUrl, secret);
  const nowMs = deps.clock.nowMs();
  return inTransaction(deps.db, async (tx) => {
    const invite = await lockInvite(tx, room.id, id);
    if (!invite) throw new AppError('not_found');
    refuseRole(inviting, invite.role);
    const isOver = invite.revoked_at !== null || (invite.expires_at !== null && invite.expires_at.getTime() <= nowMs);
    if (isOver) throw new AppError('conflict');
    const change = { digest: digestOf(secret), creator: JSON.stringify(creator) };
    await tx.updateTable('invites').set(change).where('id', '=', id).execute();
    await tx.deleteFrom('invite_persons').where('invite_id', '=', id).execute();
    await bumpEntryEpoch(tx, room.id);
    await deps.eventLog.append(tx, { name: 'invite.renewed', by, ...placeOf(room, id), data: {} });
    await takeBackInvitation(deps, tx, invite);
    if (sendMail && invite.email !== null && deps.mail.isConfigured) await queueInvitation(deps, tx, { ...inviting, invite, link });
    return { invite: viewOf(await findInviteRow(tx, id), { stands: true, nowMs }), link };
  });
}

function refuseRole({ room, mayGive }: Pick<Inviting, 'room' | 'mayGive'>, role: RoleName): void {
  if (!room.settings.roles.includes(role)) throw new AppError('not_found');
  if (!mayGive(role)) throw new AppError('not_allowed');
}

function placeOf(room: Room, id: InviteId) {
  return { team: room.teamId, room: room.id, target: { kind: 'invite', id } } as const;
}

/** After the `#`, so that no server, proxy or log ever sees it. */
function linkOf(roomUrl: string, secret: string): string {
  return `${roomUrl}#invite=${secret}`;
}
