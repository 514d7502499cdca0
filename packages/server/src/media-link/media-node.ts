import type { ParticipantId, SessionId } from '@conclave/protocol/ids';
import type { MediaParticipant, PutParticipant } from '@conclave/protocol/media-api/internal';

/** The media node's internal API. A node that is away or too slow makes each call throw `AppError('unavailable')`. */
export interface MediaNode {
  putParticipant(sessionId: SessionId, participantId: ParticipantId, body: PutParticipant): Promise<MediaParticipant>;
  /** Does nothing when there is no such participant. */
  deleteParticipant(sessionId: SessionId, participantId: ParticipantId): Promise<void>;
  /** Does nothing when there is no such session. */
  deleteSession(sessionId: SessionId): Promise<void>;
}
