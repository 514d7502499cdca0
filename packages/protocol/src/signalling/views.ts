import { z } from 'zod';
import { ChatMessageId, OpaqueSecret, ParticipantId, RoomId, SessionId } from '../ids.ts';
import { LIMITS } from '../limits.ts';
import { ProducerState, Quality } from '../media-api/internal.ts';
import { Grants, Permission, RoleName } from '../roles.ts';

export const ParticipantView = z.strictObject({
  id: ParticipantId,
  name: z.string(),
  initials: z.string().nullable(),
  avatar: z.string().nullable(),
  role: RoleName,
  joinedAtMs: z.int(),
  connection: z.enum(['connected', 'reconnecting']),
  quality: Quality,
  grants: Grants,
  producers: z.array(ProducerState),
});
export type ParticipantView = z.infer<typeof ParticipantView>;

export const ChatMessageView = z.strictObject({
  id: ChatMessageId,
  /** 1, 2, 3 … within the session, without gaps: the one order for everybody. */
  seq: z.int().min(1),
  participantId: ParticipantId,
  name: z.string(),
  text: z.string().max(LIMITS.chatTextLength),
  sentAtMs: z.int(),
});
export type ChatMessageView = z.infer<typeof ChatMessageView>;

export const SelfView = z.strictObject({
  participantId: ParticipantId,
  role: RoleName,
  permissions: z.array(Permission),
  grants: Grants,
  /** Brings this participant back after a lost connection, a reload or a restart of the server. New with each join or resume. */
  resumeToken: OpaqueSecret,
});
export type SelfView = z.infer<typeof SelfView>;

export const RoomView = z.strictObject({
  id: RoomId,
  /** The path segment of the room's link. */
  friendlyUrl: z.string(),
  /** What people call it. */
  name: z.string(),
  sessionId: SessionId,
  sessionStartedAtMs: z.int(),
});
export type RoomView = z.infer<typeof RoomView>;
