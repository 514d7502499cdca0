import type { RoomId, SessionId } from '@conclave/protocol/ids';
import type { ControlsView } from '@conclave/protocol/signalling/views';
import type { Clock } from '@conclave/runtime/clock';
import type { Access } from '../access/authenticate.ts';
import { loadRoles, type Roles } from '../access/roles.ts';
import { clientNetwork } from '../access/limits.ts';
import { findMember } from '../access/store.ts';
import type { Db } from '../db/connection.ts';
import { isBanned } from '../doors/bans.ts';
import type { Identity } from '../doors/identity.ts';
import { inviteFaultOf } from '../doors/invites.ts';
import { wasSentBack } from '../doors/sent-back.ts';
import { externalPerson, memberPerson, type Person } from '../event-log/cause.ts';
import type { Credential, EntryFacts } from './entry.ts';
import type { LiveRegistry } from './live-rooms.ts';
import { controlsOf } from './policy.ts';
import type { Room } from './store.ts';

export interface EntranceDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly access: Pick<Access, 'keys'>;
  readonly live: Pick<LiveRegistry, 'seatsTaken'>;
}

/** What is known of somebody at the door. */
export interface Visitor {
  readonly credential: Credential;
  /** The account that they are signed in with, of whatever team. */
  readonly userId: string | null;
  readonly deviceId: string | null;
  readonly address: string | null;
}

/** The facts of an entry and what they were read from. */
export interface Entrance {
  readonly room: Room;
  readonly roles: Roles;
  readonly decided: Partial<ControlsView>;
  readonly visitor: Visitor;
  readonly identity: Identity;
  readonly facts: EntryFacts;
}

/**
 * Reads what admission depends on. The room must have been read before: its `entryEpoch` vouches that nothing of this has changed
 * since, if it is found the same in the transaction that enters.
 */
export async function lookAtEntrance(
  deps: EntranceDeps,
  room: Room,
  given: Visitor,
  shown: Pick<EntryFacts, 'passwordShown' | 'isLetIn'>,
): Promise<Entrance> {
  const visitor = await withPresentAccount(deps.db, room, given);
  const identity = identityOf(deps, room, visitor);
  const running = await findRunning(deps.db, room.id);
  const known = { roomId: room.id, sessionId: running?.sessionId ?? null, identity };
  const [roles, banned, sentBack, inviteFault] = await Promise.all([
    loadRoles(deps.db, room.teamId),
    isBanned(deps.db, known),
    wasSentBack(deps.db, known),
    visitor.credential.kind === 'invite'
      ? inviteFaultOf(deps.db, { room, inviteId: visitor.credential.inviteId, holders: holdersOf(visitor), nowMs: deps.clock.nowMs() })
      : null,
  ]);
  const decided = running?.controls ?? {};
  const facts: EntryFacts = {
    settings: room.settings,
    roles,
    controls: controlsOf(room.settings, decided),
    credential: visitor.credential,
    inviteFault,
    isBanned: banned,
    isSentBack: sentBack,
    hasPassword: room.hasPassword,
    ...shown,
    seatsTaken: deps.live.seatsTaken(room.id),
    nowMs: deps.clock.nowMs(),
  };
  return { room, roles, decided, visitor, identity, facts };
}

/** To whom an invite that this visitor uses belongs: the account, and where there is none the device. */
export function holdersOf({ userId, deviceId }: Pick<Visitor, 'userId' | 'deviceId'>): string[] {
  return [...(userId === null ? [] : [`member ${userId}`]), ...(deviceId === null ? [] : [`device ${deviceId}`])];
}

/** Whom the event log knows somebody as; null: nobody beyond this stay. */
export function personOf(deps: Pick<EntranceDeps, 'access'>, room: Pick<Room, 'teamId'>, visitor: Visitor): Person | null {
  const { credential, userId } = visitor;
  const externalId = credential.kind === 'token' ? credential.bearer.externalId : null;
  if (externalId !== null) return externalPerson(deps.access.keys.lookup, room.teamId, externalId);
  return userId === null ? null : memberPerson(userId);
}

function identityOf(deps: EntranceDeps, room: Room, visitor: Visitor): Identity {
  const { credential, deviceId, address } = visitor;
  return {
    person: personOf(deps, room, visitor),
    inviteId: credential.kind === 'invite' ? credential.inviteId : null,
    deviceId,
    network: address === null ? null : clientNetwork(address),
  };
}

/** An account counts by what it is now: who has left the team since has nothing to show but the link. */
async function withPresentAccount(db: Db, room: Room, visitor: Visitor): Promise<Visitor> {
  if (visitor.credential.kind !== 'account') return visitor;
  const member = await findMember(db, visitor.credential.userId);
  if (member?.team.id !== room.teamId) return { ...visitor, credential: { kind: 'link' } };
  return { ...visitor, credential: { ...visitor.credential, teamRole: member.role } };
}

async function findRunning(db: Db, roomId: RoomId): Promise<{ sessionId: SessionId; controls: Partial<ControlsView> } | undefined> {
  return db
    .selectFrom('sessions')
    .select(['id as sessionId', 'controls'])
    .where('room_id', '=', roomId)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
}
