import { z } from 'zod';
import { OpaqueSecret, ParticipantId, ProducerId } from '../ids.ts';
import { ERROR_CODES } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { ProducerState, Quality } from '../media-api/internal.ts';
import { MediaAccess } from '../media-api/public.ts';
import { RtpCapabilities } from '../media-api/rtp.ts';
import { PersonName } from '../rest/join.ts';
import { Grants, Permission, RoleName } from '../roles.ts';
import { storable } from '../text.ts';
import { ChatMessageView, ParticipantView, RoomView, SelfView } from './views.ts';

/**
 * Signalling, `wss://HOST/signal`, JSON text frames.
 * Request `{id, type, data}` → reply `{id, ok: true, data}` or `{id, ok: false, code, …}`; notification `{type, data}`.
 * The first message is `room.join` or `room.resume`, within 5 s. No message has a sender field: who acts is known from the socket.
 */
const Joined = z.strictObject({
  self: SelfView,
  room: RoomView,
  /** Everybody in the room, oneself included, in order of joining. */
  participants: z.array(ParticipantView),
  activeSpeakerId: ParticipantId.nullable(),
  /** The newest messages in order of `seq`; after `room.resume` those after `afterChatSeq`. */
  chat: z.array(ChatMessageView),
  /** null only after `room.resume` with `keepMedia` when the media path of before is still there. */
  media: MediaAccess.nullable(),
});
export type Joined = z.infer<typeof Joined>;

const chatText = z.string().overwrite(storable).trim().min(1).max(LIMITS.chatTextLength);

export const REQUESTS = {
  'room.join': {
    data: z.strictObject({ ticket: OpaqueSecret, rtpCapabilities: RtpCapabilities.optional() }),
    reply: Joined,
  },
  'room.resume': {
    data: z.strictObject({
      resumeToken: OpaqueSecret,
      keepMedia: z.boolean(),
      rtpCapabilities: RtpCapabilities.optional(),
      afterChatSeq: z.int().min(0),
    }),
    reply: Joined,
  },
  'room.leave': { data: z.strictObject({}), reply: z.strictObject({}) },
  /** Browsers cannot see WebSocket pings: this is how a page learns that its connection is dead before it needs it. */
  'connection.ping': { data: z.strictObject({}), reply: z.strictObject({}) },
  /** The media path is broken beyond an ICE restart, or a worker died: a new one, the old one is void. */
  'media.restart': {
    data: z.strictObject({ rtpCapabilities: RtpCapabilities.optional() }),
    reply: z.strictObject({ media: MediaAccess }),
  },
  /** Acknowledged means stored. The same `clientMessageId` again is the same message, answered with the same `message`. */
  'chat.send': {
    data: z.strictObject({ clientMessageId: z.uuid(), text: chatText }),
    reply: z.strictObject({ message: ChatMessageView }),
  },
  'participant.rename': {
    data: z.strictObject({ name: PersonName }),
    reply: z.strictObject({}),
  },
} as const;

export type RequestType = keyof typeof REQUESTS;
export type RequestData<T extends RequestType> = z.input<(typeof REQUESTS)[T]['data']>;
export type RequestParsed<T extends RequestType> = z.output<(typeof REQUESTS)[T]['data']>;
export type ReplyData<T extends RequestType> = z.output<(typeof REQUESTS)[T]['reply']>;

export const NOTIFICATIONS = {
  'participant.joined': z.strictObject({ participant: ParticipantView }),
  'participant.left': z.strictObject({ participantId: ParticipantId }),
  /** Only the fields that changed. */
  'participant.updated': z.strictObject({
    participantId: ParticipantId,
    name: z.string().optional(),
    role: RoleName.optional(),
    connection: ParticipantView.shape.connection.optional(),
    quality: Quality.optional(),
    grants: Grants.optional(),
  }),
  'producer.opened': z.strictObject({ participantId: ParticipantId, producer: ProducerState }),
  'producer.updated': z.strictObject({ participantId: ParticipantId, producer: ProducerState }),
  'producer.closed': z.strictObject({ participantId: ParticipantId, producerId: ProducerId }),
  /** To the publisher alone: send no layer above this; -1 means nobody watches. */
  'producer.demanded': z.strictObject({ producerId: ProducerId, maxSpatialLayer: z.int().min(-1).max(3) }),
  'speaker.changed': z.strictObject({ participantId: ParticipantId.nullable() }),
  'chat.posted': z.strictObject({ message: ChatMessageView }),
  /** The media node or its worker was replaced: drop the old media path, open this one, produce and consume again. */
  'media.restarted': z.strictObject({ media: MediaAccess }),
  'self.updated': z.strictObject({ role: RoleName, permissions: z.array(Permission), grants: Grants }),
} as const;

export type NotificationType = keyof typeof NOTIFICATIONS;
export type NotificationData<T extends NotificationType> = z.output<(typeof NOTIFICATIONS)[T]>;
export type Notification = { [T in NotificationType]: { type: T; data: NotificationData<T> } }[NotificationType];

/** The outer shape of each client message; `data` is then parsed by the schema of `type`. */
export const RequestEnvelope = z.strictObject({
  id: z
    .int()
    .min(0)
    .max(2 ** 31 - 1),
  type: z.string().max(64),
  data: z.unknown(),
});

export const ErrorReply = z.strictObject({
  id: z.int(),
  ok: z.literal(false),
  code: z.enum(ERROR_CODES as [(typeof ERROR_CODES)[number], ...(typeof ERROR_CODES)[number][]]), // the table is not empty
  details: z.strictObject({ paths: z.array(z.string()).optional() }).optional(),
  retryAfterMs: z.int().optional(),
});
export type ErrorReply = z.infer<typeof ErrorReply>;
