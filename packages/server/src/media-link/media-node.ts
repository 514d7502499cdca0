import type { ParticipantId, SessionId } from '@conclave/protocol/ids';
import type {
  MediaCheck,
  MediaParticipant,
  MuteParticipant,
  OpenCheck,
  PatchParticipant,
  PutParticipant,
  Receivers,
} from '@conclave/protocol/media-api/internal';

/** The media node's internal API. A node that is away or too slow makes each call throw `AppError('unavailable')`. */
export interface MediaNode {
  putParticipant(sessionId: SessionId, participantId: ParticipantId, body: PutParticipant): Promise<MediaParticipant>;
  /** Closes at once what is no longer granted. Does nothing when there is no such participant. */
  patchParticipant(sessionId: SessionId, participantId: ParticipantId, body: PatchParticipant): Promise<void>;
  /** Pauses microphones and cameras, closes screens. Does nothing when there is no such participant. */
  muteParticipant(sessionId: SessionId, participantId: ParticipantId, body: MuteParticipant): Promise<void>;
  /** Everybody to whom the node sends or may send. */
  receivers(): Promise<Receivers['receivers']>;
  /** Opens the throw-away transports of a connection check. `no_capacity` when too many are open. */
  openCheck(body: OpenCheck): Promise<MediaCheck>;
  /** Does nothing when there is no such participant. */
  deleteParticipant(sessionId: SessionId, participantId: ParticipantId): Promise<void>;
  /** Does nothing when there is no such session. */
  deleteSession(sessionId: SessionId): Promise<void>;
}
