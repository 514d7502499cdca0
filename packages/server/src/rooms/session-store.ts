import type { ParticipantId, RoomId, SessionId, TeamId } from '@conclave/protocol/ids';
import type { EventName } from '@conclave/protocol/events/names';
import type { ControlsView } from '@conclave/protocol/signalling/views';
import type { Db } from '../db/connection.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';
import { SERVER, type Cause } from '../event-log/cause.ts';
import type { EventLog, NewEvent } from '../event-log/event-log.ts';
import type { EndReason, LeavingReason } from './session-commands.ts';
import type { Profile } from './session-state.ts';
import { spendTicketAtEpoch } from './tickets.ts';

/** Where something happens, as its event says it. */
export interface Place {
  readonly team: TeamId | null;
  readonly room: RoomId;
  readonly session: SessionId;
}

/** SHA-256 of the resume tokens that bring a participant back. */
export interface ResumeDigests {
  readonly current: Buffer;
  readonly previous: Buffer | null;
}

export interface StoredSession {
  readonly sessionId: SessionId;
  readonly roomId: RoomId;
  readonly teamId: TeamId;
  readonly startedAtMs: number;
  readonly chatSeq: number;
  readonly firstChatSeq: number;
  /** What moderators had decided about the meeting. */
  readonly controls: Partial<ControlsView>;
  /** Those who had not left, in order of joining. */
  readonly participants: { profile: Profile; resume: ResumeDigests }[];
}

/** What is done, where and by whom. */
interface Doing {
  readonly place: Place;
  readonly by: Cause;
}

export interface Entering extends Doing {
  readonly ticketDigest: Buffer;
  readonly profile: Profile;
  readonly externalId: string | null;
  readonly resumeDigest: Buffer;
  /** As it was when it was decided that they may come in. */
  readonly entryEpoch: number;
  /** Whose account it is. */
  readonly userId: string | null;
  /** What else is used up by entering; false: it cannot be. */
  alongside(tx: Tx): Promise<boolean>;
}

/** An event that may be written again after an answer of the database was lost: its id and time are those of the deed. */
export type RepeatableEvent<N extends EventName = EventName> = NewEvent<N> & { readonly id: string; readonly atMs: number };

/** What of the live sessions outlives the process. Each change is stored together with its event. */
export interface SessionStore {
  /** Begins a session; one of the same room that never ended (its process died) ends now. Its chat goes on after `firstChatSeq`. */
  openSession(opening: Doing & { startedAtMs: number }): Promise<{ firstChatSeq: number }>;
  /**
   * Uses up the ticket and adds the participant. Nothing is stored when the ticket (or the invite, or the place in the lobby) was
   * used meanwhile, `spent`, or when who may come in has changed since it was decided, `changed`.
   */
  addParticipant(entering: Entering): Promise<'stored' | 'spent' | 'changed'>;
  setResumeDigests(participantId: ParticipantId, digests: ResumeDigests, resumed: RepeatableEvent): Promise<void>;
  /** Idempotent; the first time counts. */
  markLeft(participantId: ParticipantId, leaving: Doing & { reason: LeavingReason; atMs: number }): Promise<void>;
  /** Ends the session and the stay of all who are still in it. Idempotent. */
  endSession(ending: Doing & { reason: EndReason; atMs: number }): Promise<void>;
  /** Stores an event that changes nothing else. Idempotent. */
  record(event: RepeatableEvent): Promise<void>;
  /** The sessions that had not ended when the process before this one did. */
  loadLive(): Promise<StoredSession[]>;
}

export function createSessionStore(db: Db, eventLog: EventLog): SessionStore {
  return {
    openSession: (opening) => inTransaction(db, (tx) => openSession(tx, eventLog, opening)),
    addParticipant: (entering) => enter(db, eventLog, entering),
    setResumeDigests: (participantId, { current, previous }, resumed) =>
      inTransaction(db, async (tx) => {
        await tx
          .updateTable('participants')
          .set({ resume_digest: current, previous_resume_digest: previous })
          .where('id', '=', participantId)
          .execute();
        await eventLog.append(tx, resumed);
      }),
    markLeft: (participantId, { place, by, reason, atMs }) =>
      inTransaction(db, async (tx) => {
        const rows = await tx
          .updateTable('participants')
          .set({ left_at: new Date(atMs) })
          .where('id', '=', participantId)
          .where('left_at', 'is', null)
          .returning('id')
          .execute();
        for (const { id } of rows) await eventLog.append(tx, leaving(id, { place, by, reason, atMs }));
      }),
    endSession: (ending) => inTransaction(db, (tx) => endSession(tx, eventLog, ending)),
    record: (event) => inTransaction(db, (tx) => eventLog.append(tx, event)),
    loadLive: () => loadLive(db),
  };
}

async function openSession(
  tx: Tx,
  eventLog: EventLog,
  { place, by, startedAtMs }: Doing & { startedAtMs: number },
): Promise<{ firstChatSeq: number }> {
  const { room: roomId, session: sessionId } = place;
  const left = await tx.selectFrom('sessions').select('id').where('room_id', '=', roomId).where('ended_at', 'is', null).execute();
  for (const { id } of left)
    await endSession(tx, eventLog, { place: { ...place, session: id }, by: SERVER, reason: 'server_restarted', atMs: startedAtMs });
  const { last } = await tx
    .selectFrom('sessions')
    .select(({ fn }) => fn.max('last_chat_seq').as('last'))
    .where('room_id', '=', roomId)
    .executeTakeFirstOrThrow();
  const firstChatSeq = last ?? 0;
  await tx
    .insertInto('sessions')
    .values({
      id: sessionId,
      room_id: roomId,
      started_at: new Date(startedAtMs),
      last_chat_seq: firstChatSeq,
      first_chat_seq: firstChatSeq,
    })
    .execute();
  await eventLog.append(tx, { name: 'session.started', by, ...place, data: {}, atMs: startedAtMs });
  return { firstChatSeq };
}

/** Undoes what the transaction has done so far, without a fault. */
class NotEntered extends Error {
  readonly why: 'spent' | 'changed';
  constructor(why: 'spent' | 'changed') {
    super(why);
    this.why = why;
  }
}

async function enter(db: Db, eventLog: EventLog, entering: Entering): Promise<'stored' | 'spent' | 'changed'> {
  try {
    await inTransaction(db, (tx) => addParticipant(tx, eventLog, entering));
    return 'stored';
  } catch (error) {
    if (error instanceof NotEntered) return error.why;
    throw error;
  }
}

async function addParticipant(tx: Tx, eventLog: EventLog, entering: Entering): Promise<void> {
  const { place, by, profile, externalId, userId, resumeDigest, ticketDigest, entryEpoch } = entering;
  const { epoch, isSpent } = await spendTicketAtEpoch(tx, { roomId: place.room, digest: ticketDigest });
  if (epoch !== entryEpoch) throw new NotEntered('changed');
  if (!isSpent || !(await entering.alongside(tx))) throw new NotEntered('spent');
  await tx
    .insertInto('participants')
    .values({ ...rowOf(profile), session_id: place.session, external_id: externalId, member_id: userId, resume_digest: resumeDigest })
    .execute();
  const { name, role, grants } = profile;
  await eventLog.append(tx, { name: 'participant.joined', by, ...place, personal: { name, externalId }, data: { role, grants } });
}

async function endSession(tx: Tx, eventLog: EventLog, ending: Doing & { reason: EndReason; atMs: number }): Promise<void> {
  const { place, by, reason, atMs } = ending;
  const endedAt = new Date(atMs);
  const left = await tx
    .updateTable('participants')
    .set({ left_at: endedAt, network: null })
    .where('session_id', '=', place.session)
    .where('left_at', 'is', null)
    .returning('id')
    .execute();
  const ended = await tx
    .updateTable('sessions')
    .set({ ended_at: endedAt })
    .where('id', '=', place.session)
    .where('ended_at', 'is', null)
    .returning('id')
    .execute();
  const why = reason === 'server_restarted' ? reason : 'session_ended';
  await eventLog.appendAll(tx, [
    ...left.map(({ id }) => leaving(id, { place, by, reason: why, atMs })),
    ...ended.map((): NewEvent<'session.ended'> => ({ name: 'session.ended', by, ...place, data: { reason }, atMs })),
  ]);
}

function leaving(participantId: ParticipantId, of: Doing & { reason: LeavingReason; atMs: number }): NewEvent<'participant.left'> {
  const { place, by, reason, atMs } = of;
  return { name: 'participant.left', by, ...place, target: { kind: 'participant', id: participantId }, data: { reason }, atMs };
}

async function loadLive(db: Db): Promise<StoredSession[]> {
  const sessions = await db
    .selectFrom('sessions')
    .innerJoin('rooms', 'rooms.id', 'sessions.room_id')
    .selectAll('sessions')
    .select('rooms.team_id')
    .where('ended_at', 'is', null)
    .execute();
  return Promise.all(
    sessions.map(async (session) => ({
      sessionId: session.id,
      roomId: session.room_id,
      teamId: session.team_id,
      startedAtMs: session.started_at.getTime(),
      chatSeq: session.last_chat_seq,
      firstChatSeq: session.first_chat_seq,
      controls: session.controls,
      participants: await loadParticipants(db, session.id),
    })),
  );
}

async function loadParticipants(db: Db, sessionId: SessionId): Promise<StoredSession['participants']> {
  const rows = await db
    .selectFrom('participants')
    .selectAll()
    .where('session_id', '=', sessionId)
    .where('left_at', 'is', null)
    .orderBy('joined_at')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    profile: {
      id: row.id,
      name: row.name,
      initials: row.initials,
      avatar: row.avatar,
      role: row.role,
      permissions: row.permissions,
      grants: row.grants,
      joinedAtMs: row.joined_at.getTime(),
      person: row.person,
      enteredBy: row.entered_by,
      overrides: row.overrides,
      handRaisedAtMs: row.hand_raised_at?.getTime() ?? null,
      identity: {
        person: row.person.startsWith('participant ') ? null : row.person,
        inviteId: row.invite_id,
        deviceId: row.device_id,
        network: row.network,
      },
    },
    resume: { current: row.resume_digest, previous: row.previous_resume_digest },
  }));
}

function rowOf(profile: Profile) {
  const { id, name, initials, avatar, role, permissions, grants, overrides, joinedAtMs, person, enteredBy, identity } = profile;
  return {
    id,
    name,
    initials,
    avatar,
    role,
    person,
    entered_by: enteredBy,
    invite_id: identity.inviteId,
    device_id: identity.deviceId,
    network: identity.network,
    overrides: JSON.stringify(overrides),
    permissions: JSON.stringify(permissions),
    grants: JSON.stringify(grants),
    joined_at: new Date(joinedAtMs),
  };
}
