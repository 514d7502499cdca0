import { AppError } from '@conclave/protocol/errors';
import type { InviteId, ParticipantId, RoomId, SessionId, TeamId } from '@conclave/protocol/ids';
import { permits, permitsTowards, type PermissionMap, type RoleName } from '@conclave/protocol/roles';
import { digestOf } from '@conclave/runtime/sealing';
import type { Settings } from '@conclave/protocol/rest/settings';
import { loadRoles } from '../access/roles.ts';
import type { Db } from '../db/connection.ts';
import type { Tx } from '../db/transaction.ts';
import type { Cause } from '../event-log/cause.ts';
import type { EventLog } from '../event-log/event-log.ts';
import { isBanned } from './bans.ts';

/** On whose right an invite stands. What they may no longer do, it no longer does. */
export type InviteCreator =
  | { readonly kind: 'member'; readonly userId: string }
  | { readonly kind: 'key'; readonly keyId: string }
  | { readonly kind: 'participant'; readonly participantId: ParticipantId };

/** What of a room an invite is judged by. */
export interface InvitedRoom {
  readonly id: RoomId;
  readonly teamId: TeamId;
  readonly settings: Settings;
}

export interface InviteRow {
  readonly id: InviteId;
  readonly room_id: RoomId;
  readonly name: string | null;
  readonly role: string;
  readonly creator: unknown;
  readonly max_persons: number;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
}

/** Why an invite does not let in, in the order in which it is asked. */
export type InviteFault = 'invite_invalid' | 'invite_expired' | 'invite_used';

/** The invite of the room with that secret, whatever its state; null: there is none. */
export async function findInvite(
  db: Db,
  room: Pick<InvitedRoom, 'id'>,
  secret: string,
): Promise<{ inviteId: InviteId; name: string | null; role: RoleName } | null> {
  const row = await db
    .selectFrom('invites')
    .select(['id', 'name', 'role'])
    .where('digest', '=', digestOf(secret))
    .where('room_id', '=', room.id)
    .executeTakeFirst();
  return row ? { inviteId: row.id, name: row.name, role: row.role } : null;
}

/** What is wrong with an invite for somebody; null: nothing. Who has used it before comes in again, also when it is full. */
export async function inviteFaultOf(
  db: Db,
  asked: { room: InvitedRoom; inviteId: InviteId; holders: readonly string[]; nowMs: number },
): Promise<InviteFault | null> {
  const { room, inviteId, holders, nowMs } = asked;
  const row = await db.selectFrom('invites').selectAll().where('id', '=', inviteId).where('room_id', '=', room.id).executeTakeFirst();
  if (!row || row.revoked_at !== null || !(await standsOnRight(db, room, row))) return 'invite_invalid';
  if (row.expires_at !== null && row.expires_at.getTime() <= nowMs) return 'invite_expired';
  const persons = await holdersOfInvite(db, inviteId);
  return persons.length < row.max_persons || holders.some((holder) => persons.includes(holder)) ? null : 'invite_used';
}

/** Whether whoever made an invite could still make it. In a transaction it stays so until that ends. */
export async function standsOnRight(db: Db, room: InvitedRoom, invite: Pick<InviteRow, 'role' | 'creator'>): Promise<boolean> {
  if (!room.settings.roles.includes(invite.role)) return false;
  const creator = invite.creator as InviteCreator; // written by invites/store.ts and by nobody else
  switch (creator.kind) {
    case 'member': {
      const members = db.selectFrom('team_members').select('user_id').where('user_id', '=', creator.userId);
      return (await members.where('team_id', '=', room.teamId).forShare().executeTakeFirst()) !== undefined;
    }
    case 'key': {
      const keys = db.selectFrom('developer_keys').select('id').where('id', '=', creator.keyId).where('team_id', '=', room.teamId);
      return (await keys.where('revoked_at', 'is', null).forShare().executeTakeFirst()) !== undefined;
    }
    case 'participant':
      return participantMayInvite(db, room, creator.participantId, invite.role);
  }
}

/** Whether a role may hand out invites into a role of the room. */
export function mayInviteAs(permissions: PermissionMap, settings: Pick<Settings, 'default_role'>, role: RoleName): boolean {
  return (
    permits(permissions, 'invite_participant') && (role === settings.default_role || permitsTowards(permissions, 'manage_roles', role))
  );
}

async function participantMayInvite(db: Db, room: InvitedRoom, id: ParticipantId, role: RoleName): Promise<boolean> {
  const creator = await db
    .selectFrom('participants')
    .innerJoin('sessions', 'sessions.id', 'participants.session_id')
    .select(['participants.role', 'person', 'invite_id', 'device_id', 'session_id'])
    .where('participants.id', '=', id)
    .where('sessions.room_id', '=', room.id)
    .forShare('participants')
    .executeTakeFirst();
  if (!creator) return false;
  const permissions = (await loadRoles(db, room.teamId)).find(creator.role)?.permissions;
  if (!permissions || !room.settings.invite_participants_enabled || !mayInviteAs(permissions, room.settings, role)) return false;
  const person = creator.person.startsWith('participant ') ? null : creator.person;
  const identity = { person, inviteId: creator.invite_id, deviceId: creator.device_id, network: null };
  return !(await isBanned(db, { roomId: room.id, sessionId: creator.session_id, identity }));
}

interface Use {
  readonly inviteId: InviteId;
  /** Who uses it: the account, and where there is none the device; the first is whose it becomes. */
  readonly holders: readonly string[];
  readonly team: TeamId | null;
  readonly room: InvitedRoom;
  readonly session: SessionId;
  readonly by: Cause;
  readonly nowMs: number;
}

/**
 * Makes an invite that of a person, in the transaction in which they enter; who has it already only comes again. False: somebody
 * else was faster, it was revoked, or nothing is known by which the person could come again.
 * @throws AppError `invite_invalid` when whoever made it has lost the right to by now.
 */
export async function takeInvite(tx: Tx, eventLog: EventLog, use: Use): Promise<boolean> {
  const { inviteId, holders, by, nowMs, team, room, session } = use;
  const invite = await tx
    .selectFrom('invites')
    .select(['max_persons', 'expires_at', 'revoked_at', 'role', 'creator'])
    .where('id', '=', inviteId)
    .where('room_id', '=', room.id)
    .forUpdate()
    .executeTakeFirst();
  if (!invite || invite.revoked_at !== null || (invite.expires_at !== null && invite.expires_at.getTime() <= nowMs)) return false;
  const persons = await holdersOfInvite(tx, inviteId);
  const isTheirs = holders.some((holder) => persons.includes(holder));
  const [holder] = holders;
  // First, because it is soon said when many try at once.
  if (!isTheirs && (holder === undefined || persons.length >= invite.max_persons)) return false;
  if (!(await standsOnRight(tx, room, invite))) throw new AppError('invite_invalid');
  if (isTheirs || holder === undefined) return true;
  const person = persons.length + 1;
  await tx
    .insertInto('invite_persons')
    .values({ invite_id: inviteId, holder, number: person, used_at: new Date(nowMs) })
    .execute();
  const target = { kind: 'invite', id: inviteId } as const;
  await eventLog.append(tx, { name: 'invite.used', by, team, room: room.id, session, target, data: { person } });
  return true;
}

async function holdersOfInvite(db: Db, inviteId: InviteId): Promise<string[]> {
  const rows = await db.selectFrom('invite_persons').select('holder').where('invite_id', '=', inviteId).execute();
  return rows.map(({ holder }) => holder);
}
