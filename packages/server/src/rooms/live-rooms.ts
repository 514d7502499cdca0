import { randomUUID } from 'node:crypto';
import { AppError } from '@conclave/protocol/errors';
import { SessionId, type ParticipantId, type RoomId, type TeamId } from '@conclave/protocol/ids';
import type { MediaEvent } from '@conclave/protocol/media-api/internal';
import type { Notification } from '@conclave/protocol/signalling/messages';
import type { ChatMessageView, KnockView } from '@conclave/protocol/signalling/views';
import { SERVER, type Cause } from '../event-log/cause.ts';
import { createLiveSession, type LiveDeps, type LiveRoomFacts, type LiveSession } from './live.ts';
import type { Hearers } from './session-commands.ts';
import { newSession, type Policy, type SessionState } from './session-state.ts';
import type { ResumeDigests, StoredSession } from './session-store.ts';

/** How long a join or resume waits for a server that has just begun. */
const DOORS_TIMEOUT_MS = 4_000;

/** What is known of a running session without asking it. */
export interface LiveSummary {
  sessionId: SessionId;
  roomId: RoomId;
  startedAtMs: number;
  /** How many participants are on the roster, those that are reconnecting included. */
  participants: number;
}

/** A participant and the session that has them. */
export interface Seat {
  readonly session: LiveSession;
  readonly participantId: ParticipantId;
}

/** A participant on the connection that they came by. */
export interface PresentSeat extends Seat {
  /** Who does what comes by this connection. */
  readonly by: Cause;
}

/** A stored session with what other concepts keep of it. */
export interface RestoredSession extends StoredSession {
  /** null: its room is gone, nobody may come back. */
  readonly policy: Policy | null;
  /** The newest messages, kept ones of earlier meetings included, in order. */
  readonly chat: readonly ChatMessageView[];
}

/** The sessions that run in this process. */
export interface LiveRooms {
  /**
   * Ends the session of a room that was deleted for everybody, whose connections are closed with 4410; without a session does nothing.
   * @param by who deleted the room
   */
  endSession(roomId: RoomId, by?: Cause): Promise<void>;
  /** Does something to a room's running session in its order, or to none: a session does not begin or end meanwhile. */
  inOrder<T>(roomId: RoomId, task: (session: LiveSession | null) => Promise<T>): Promise<T>;
  /** Tells something to people of a room, if there is a session. */
  tell(roomId: RoomId, to: Hearers, notification: Notification): void;
  /** In no particular order. */
  summaries(): LiveSummary[];
}

/** What joining, signalling and the media link need beside it. */
export interface LiveRegistry extends LiveRooms {
  /** The running session of a room; if there is none, `by` begins one. */
  open(roomId: RoomId, room: LiveRoomFacts, by: Cause): Promise<LiveSession>;
  /** How many seats of a room are taken. */
  seatsTaken(roomId: RoomId): number;
  /** Whether somebody is on the list of a session, or let in and about to be. */
  isListed(sessionId: SessionId, participantId: ParticipantId): boolean;
  /** Whether somebody is in any session, or let in and about to be. */
  isIn(participantId: ParticipantId): boolean;
  /** Whose resume token has this SHA-256 digest, the current or the one before. */
  findByResumeDigest(digest: Buffer): (Seat & { digests: ResumeDigests }) | undefined;
  /** Replaces the digests that bring a participant back. */
  setResumeDigests(seat: Seat, digests: ResumeDigests): void;
  /** Takes over what the process before this one left, everybody reconnecting. Call it once. */
  restore(sessions: readonly RestoredSession[]): void;
  /** From now on people may join and resume: the snapshot of the media node was heard, or it is away. */
  openDoors(): void;
  /** Resolves when the doors are open. @throws AppError `unavailable` if they do not open in time. */
  doorsOpen(): Promise<void>;
  /** Hands what the media node tells to the sessions that it is about. */
  onMediaEvent(event: MediaEvent): void;
}

interface LiveRoomsDeps extends LiveDeps {
  /** Who waits in the lobby of a room. */
  waiting(roomId: RoomId): KnockView[];
  /** The newest messages that meetings in a room have left to later ones, in order. */
  keptChat(roomId: RoomId): Promise<ChatMessageView[]>;
}

/** Makes the registry of this process, which owns every room of the installation. */
export function createLiveRooms(deps: LiveRoomsDeps): LiveRegistry {
  const byRoom = new Map<RoomId, LiveSession>();
  const bySession = new Map<SessionId, LiveSession>();
  const opening = new Map<RoomId, Promise<LiveSession>>();
  /** Sessions that are over, while that is not stored yet. */
  const closing = new Map<RoomId, LiveSession>();
  const seats = new Map<string, Seat & { digests: ResumeDigests }>();
  const digestsOf = new Map<ParticipantId, ResumeDigests>();
  const doors = Promise.withResolvers<void>();

  function forgetDigests(participantId: ParticipantId): void {
    const digests = digestsOf.get(participantId);
    for (const digest of [digests?.current, digests?.previous]) if (digest) seats.delete(digest.toString('hex'));
    digestsOf.delete(participantId);
  }

  function setResumeDigests({ session, participantId }: Seat, digests: ResumeDigests): void {
    forgetDigests(participantId);
    digestsOf.set(participantId, digests);
    for (const digest of [digests.current, digests.previous])
      if (digest) seats.set(digest.toString('hex'), { session, participantId, digests });
  }

  function begin(state: SessionState, teamId: TeamId, chat: readonly ChatMessageView[]): LiveSession {
    const { sessionId, roomId } = state;
    const session = createLiveSession({ state, teamId, chat }, deps, {
      waiting: () => deps.waiting(roomId),
      onLeft: forgetDigests,
      onEnded: () => {
        bySession.delete(sessionId);
        if (byRoom.get(roomId) === session) byRoom.delete(roomId);
        closing.set(roomId, session);
      },
      onEndStored: () => {
        if (closing.get(roomId) === session) closing.delete(roomId);
      },
    });
    byRoom.set(roomId, session);
    bySession.set(sessionId, session);
    return session;
  }

  async function openNew(roomId: RoomId, room: LiveRoomFacts, by: Cause): Promise<LiveSession> {
    await closing.get(roomId)?.settle();
    const sessionId = SessionId.parse(randomUUID());
    const startedAtMs = deps.clock.nowMs();
    const chat = await deps.keptChat(roomId);
    const place = { team: room.teamId, room: roomId, session: sessionId };
    const { firstChatSeq } = await deps.store.openSession({ place, by, startedAtMs });
    return begin(newSession({ sessionId, roomId, startedAtMs, policy: room.policy, firstChatSeq }), room.teamId, chat);
  }

  function open(roomId: RoomId, room: LiveRoomFacts, by: Cause): Promise<LiveSession> {
    const running = byRoom.get(roomId);
    if (running) return Promise.resolve(running);
    const pending = opening.get(roomId) ?? openNew(roomId, room, by).finally(() => opening.delete(roomId));
    opening.set(roomId, pending);
    return pending;
  }

  function restore(sessions: readonly RestoredSession[]): void {
    for (const stored of sessions) {
      const { sessionId, roomId, teamId, startedAtMs, chatSeq, firstChatSeq, chat, participants, policy } = stored;
      if (participants.length === 0 || policy === null) {
        // If this fails, the next session of the room ends it.
        const place = { team: teamId, room: roomId, session: sessionId };
        deps.background(deps.store.endSession({ place, by: SERVER, reason: 'server_restarted', atMs: deps.clock.nowMs() }));
        continue;
      }
      const session = begin(newSession({ sessionId, roomId, startedAtMs, policy, chatSeq, firstChatSeq }), teamId, chat);
      for (const { profile, resume } of participants) {
        session.apply({ kind: 'restore', profile });
        setResumeDigests({ session, participantId: profile.id }, resume);
      }
      // Settings or roles may have changed while nobody looked.
      session.apply({ kind: 'set-policy' });
    }
  }

  function onHello(event: Extract<MediaEvent, { type: 'node.hello' }>): void {
    const bySessionId = Map.groupBy(event.participants, (participant) => participant.sessionId);
    for (const [sessionId, session] of bySession) session.apply({ kind: 'media.snapshot', participants: bySessionId.get(sessionId) ?? [] });
    for (const sessionId of bySessionId.keys()) if (!bySession.has(sessionId)) deps.background(deps.media.deleteSession(sessionId));
  }

  return {
    open,
    restore,
    setResumeDigests,
    openDoors: doors.resolve,
    doorsOpen: async () => {
      const late = Promise.withResolvers<never>();
      const cancel = deps.timers.schedule(DOORS_TIMEOUT_MS, () => late.reject(new AppError('unavailable')));
      await Promise.race([doors.promise, late.promise]).finally(cancel);
    },
    seatsTaken: (roomId) => {
      const state = byRoom.get(roomId)?.state();
      return state ? state.participants.size + state.joining.size : 0;
    },
    isListed: (sessionId, participantId) => {
      const session = bySession.get(sessionId);
      return session !== undefined && isOn(session, participantId);
    },
    isIn: (participantId) => [...bySession.values()].some((session) => isOn(session, participantId)),
    findByResumeDigest: (digest) => seats.get(digest.toString('hex')),
    onMediaEvent: (event) => {
      if (event.type === 'node.hello') onHello(event);
      else bySession.get(event.sessionId)?.apply({ kind: 'media.event', event });
    },
    inOrder: async (roomId, task) => {
      const session = byRoom.get(roomId);
      return session ? session.lane.run(() => task(session.state().ended ? null : session)) : task(null);
    },
    tell: (roomId, to, notification) => byRoom.get(roomId)?.apply({ kind: 'tell', to, notification }),
    endSession: async (roomId, by) => byRoom.get(roomId)?.apply({ kind: 'end', reason: 'room_deleted' }, undefined, by),
    summaries: () =>
      [...bySession.values()].map((session) => {
        const { sessionId, roomId, startedAtMs, participants } = session.state();
        return { sessionId, roomId, startedAtMs, participants: participants.size };
      }),
  };
}

function isOn(session: LiveSession, participantId: ParticipantId): boolean {
  const { participants, joining } = session.state();
  return participants.has(participantId) || joining.has(participantId);
}
