import type { ParticipantId, RoomId, SessionId } from '@conclave/protocol/ids';
import type { Db } from '../db/connection.ts';
import { inTransaction } from '../db/transaction.ts';
import type { Profile } from './session-state.ts';

/** SHA-256 of the resume tokens that bring a participant back. */
export interface ResumeDigests {
  readonly current: Buffer;
  readonly previous: Buffer | null;
}

export interface StoredSession {
  readonly sessionId: SessionId;
  readonly roomId: RoomId;
  readonly startedAtMs: number;
  readonly chatSeq: number;
  /** Those who had not left, in order of joining. */
  readonly participants: { profile: Profile; resume: ResumeDigests }[];
}

/** What of the live sessions outlives the process. */
export interface SessionStore {
  /** Begins a session; one of the same room that never ended (its process died) ends now. */
  openSession(session: { sessionId: SessionId; roomId: RoomId; startedAtMs: number }): Promise<void>;
  addParticipant(sessionId: SessionId, entrant: { profile: Profile; externalId: string | null; resumeDigest: Buffer }): Promise<void>;
  setResumeDigests(participantId: ParticipantId, digests: ResumeDigests): Promise<void>;
  rename(participantId: ParticipantId, name: string): Promise<void>;
  /** Idempotent; the first time counts. */
  markLeft(participantId: ParticipantId, atMs: number): Promise<void>;
  /** Ends the session and the stay of all who are still in it. Idempotent. */
  endSession(sessionId: SessionId, atMs: number): Promise<void>;
  /** The sessions that had not ended when the process before this one did. */
  loadLive(): Promise<StoredSession[]>;
}

export function createSessionStore(db: Db): SessionStore {
  return {
    openSession: ({ sessionId, roomId, startedAtMs }) =>
      inTransaction(db, async (tx) => {
        const startedAt = new Date(startedAtMs);
        await tx.updateTable('sessions').set({ ended_at: startedAt }).where('room_id', '=', roomId).where('ended_at', 'is', null).execute();
        await tx.insertInto('sessions').values({ id: sessionId, room_id: roomId, started_at: startedAt }).execute();
      }),
    addParticipant: async (sessionId, { profile, externalId, resumeDigest }) => {
      await db
        .insertInto('participants')
        .values({ ...rowOf(profile), session_id: sessionId, external_id: externalId, resume_digest: resumeDigest })
        .execute();
    },
    setResumeDigests: async (participantId, { current, previous }) => {
      await db
        .updateTable('participants')
        .set({ resume_digest: current, previous_resume_digest: previous })
        .where('id', '=', participantId)
        .execute();
    },
    rename: async (participantId, name) => {
      await db.updateTable('participants').set({ name }).where('id', '=', participantId).execute();
    },
    markLeft: async (participantId, atMs) => {
      await db
        .updateTable('participants')
        .set({ left_at: new Date(atMs) })
        .where('id', '=', participantId)
        .where('left_at', 'is', null)
        .execute();
    },
    endSession: (sessionId, atMs) =>
      inTransaction(db, async (tx) => {
        const endedAt = new Date(atMs);
        await tx
          .updateTable('participants')
          .set({ left_at: endedAt })
          .where('session_id', '=', sessionId)
          .where('left_at', 'is', null)
          .execute();
        await tx.updateTable('sessions').set({ ended_at: endedAt }).where('id', '=', sessionId).where('ended_at', 'is', null).execute();
      }),
    loadLive: () => loadLive(db),
  };
}

async function loadLive(db: Db): Promise<StoredSession[]> {
  const sessions = await db.selectFrom('sessions').selectAll().where('ended_at', 'is', null).execute();
  return Promise.all(
    sessions.map(async (session) => ({
      sessionId: session.id,
      roomId: session.room_id,
      startedAtMs: session.started_at.getTime(),
      chatSeq: session.last_chat_seq,
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
    },
    resume: { current: row.resume_digest, previous: row.previous_resume_digest },
  }));
}

function rowOf(profile: Profile) {
  const { id, name, initials, avatar, role, permissions, grants, joinedAtMs } = profile;
  return {
    id,
    name,
    initials,
    avatar,
    role,
    permissions: JSON.stringify(permissions),
    grants: JSON.stringify(grants),
    joined_at: new Date(joinedAtMs),
  };
}
