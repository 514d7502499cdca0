import type { RoomId, SessionId } from '@conclave/protocol/ids';

/** What is known of a running session without asking it. */
export interface LiveSummary {
  sessionId: SessionId;
  roomId: RoomId;
  startedAtMs: number;
  /** How many participants are on the roster, those that are reconnecting included. */
  participants: number;
}

/** The sessions that run in this process. */
export interface LiveRooms {
  /** Ends the session of a room for everybody, whose connections are closed with 4410; without a session does nothing. */
  endSession(roomId: RoomId): Promise<void>;
  /** In no particular order. */
  summaries(): LiveSummary[];
}
