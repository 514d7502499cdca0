import { z } from 'zod';
import { BanId, ChatMessageId, InviteId, KnockId, OpaqueSecret, ParticipantId, ProducerId } from '../ids.ts';
import { ERROR_CODES } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { ProducerState, Quality } from '../media-api/internal.ts';
import { MediaAccess } from '../media-api/public.ts';
import { DtlsOfTransports, IceServer, MediaSource, RtpCapabilities } from '../media-api/rtp.ts';
import { RoomPassword } from '../rest/join.ts';
import { InviteRequest } from '../rest/invites.ts';
import { PersonName } from '../rest/person.ts';
import { Grants, Permission, RoleName } from '../roles.ts';
import { storable } from '../text.ts';
import { BanView, ChatEmoji, ChatMessageView, ChatReaction, InviteView, KnockView, ParticipantView, RoomView, SelfView } from './views.ts';

/**
 * Signalling, `wss://HOST/signal`, JSON text frames.
 * Request `{id, type, data}` → reply `{id, ok: true, data}` or `{id, ok: false, code, …}`; notification `{type, data}`.
 * The first message is `room.join`, `room.resume` or `lobby.resume`, within 5 s. No message has a sender field: who acts is known
 * from the socket. Who may send what, in which state: `verbs.ts`.
 */
export const Joined = z.strictObject({
  self: SelfView,
  room: RoomView,
  /** Everybody in the room, oneself included, in order of joining. */
  participants: z.array(ParticipantView),
  activeSpeakerId: ParticipantId.nullable(),
  /** The newest messages that this person may read, in order of `seq`. They take the place of all that was shown before. */
  chat: z.array(ChatMessageView),
  /** Who waits in the lobby, in order; empty for those who may not let in. */
  lobby: z.array(KnockView),
  /** null only after `room.resume` with `keepMedia` when the media path of before is still there. */
  media: MediaAccess.nullable(),
});
export type Joined = z.infer<typeof Joined>;

/** Somebody who must wait learns this and nothing of the room. */
export const Waiting = z.strictObject({
  waiting: z.strictObject({
    /** Brings this person back to their place after a lost connection or a reload. */
    knockToken: OpaqueSecret,
  }),
});
export type Waiting = z.infer<typeof Waiting>;

const chatText = z.string().overwrite(storable).trim().min(1).max(LIMITS.chatTextLength);
const reason = z.string().overwrite(storable).trim().max(LIMITS.reasonLength);
const nothing = z.strictObject({});
const onParticipant = { participantId: ParticipantId };
const message = { clientMessageId: z.uuid(), text: chatText, replyTo: ChatMessageId.nullable().default(null) };
const posted = z.strictObject({ message: ChatMessageView });
/**
 * What a client knows of its media before it has a path: with its capabilities the first consumers are made ahead, and with its DTLS parameters
 * both transports are connected, each of which saves a request.
 */
export const MediaAhead = z.strictObject({ rtpCapabilities: RtpCapabilities.optional(), dtlsParameters: DtlsOfTransports.optional() });
export type MediaAhead = z.infer<typeof MediaAhead>;

export const REQUESTS = {
  'room.join': {
    data: z.strictObject({ ticket: OpaqueSecret, ...MediaAhead.shape }),
    reply: z.union([Joined, Waiting]),
  },
  'room.resume': {
    data: z.strictObject({ resumeToken: OpaqueSecret, keepMedia: z.boolean(), ...MediaAhead.shape }),
    reply: Joined,
  },
  /** After a lost connection or a reload while waiting. Who was let in meanwhile gets the ticket for `room.join`. */
  'lobby.resume': {
    data: z.strictObject({ knockToken: OpaqueSecret }),
    reply: z.union([Waiting, z.strictObject({ admitted: z.strictObject({ ticket: OpaqueSecret }) })]),
  },
  'lobby.leave': { data: nothing, reply: nothing },
  'room.leave': { data: nothing, reply: nothing },
  /** Browsers cannot see WebSocket pings: this is how a page learns that its connection is dead before it needs it. */
  'connection.ping': { data: nothing, reply: nothing },
  /** The media path is broken beyond an ICE restart, or a worker died: a new one, the old one is void. */
  'media.restart': {
    data: MediaAhead,
    reply: z.strictObject({ media: MediaAccess }),
  },
  /** Fresh credentials for the relay, ahead of an ICE restart; those of before last ten minutes. */
  'media.ice-servers': { data: nothing, reply: z.strictObject({ iceServers: z.array(IceServer) }) },

  // Chat. Acknowledged means stored. The same `clientMessageId` again is the same message, answered with the same `message`.
  'chat.send': { data: z.strictObject(message), reply: posted },
  'chat.send-private': { data: z.strictObject({ ...message, ...onParticipant }), reply: posted },
  'chat.send-group': { data: z.strictObject(message), reply: posted },
  /** One's own message. */
  'chat.delete': { data: z.strictObject({ messageId: ChatMessageId }), reply: nothing },
  'chat.delete-any': { data: z.strictObject({ messageId: ChatMessageId }), reply: nothing },
  /** All messages that everybody can read. */
  'chat.clear': { data: nothing, reply: nothing },
  'chat.react': { data: z.strictObject({ messageId: ChatMessageId, emoji: ChatEmoji, on: z.boolean() }), reply: nothing },

  /** What one may read, in parts: `next` is the `afterSeq` of the next part, null after the last. */
  'chat.export': {
    data: z.strictObject({ afterSeq: z.int().min(0).default(0) }),
    reply: z.strictObject({ messages: z.array(ChatMessageView), next: z.int().nullable() }),
  },

  // Oneself
  'participant.rename': { data: z.strictObject({ name: PersonName }), reply: nothing },
  'hand.raise': { data: nothing, reply: nothing },
  'hand.lower': { data: nothing, reply: nothing },

  // Others
  'participant.set-name': { data: z.strictObject({ ...onParticipant, name: PersonName }), reply: nothing },
  'participant.set-role': { data: z.strictObject({ ...onParticipant, role: RoleName }), reply: nothing },
  /** Allows or disallows; what is left out stays as it is. */
  'participant.set-broadcast': {
    data: z.strictObject({ ...onParticipant, microphone: z.boolean().optional(), camera: z.boolean().optional() }),
    reply: nothing,
  },
  'participant.set-screenshare': { data: z.strictObject({ ...onParticipant, screen: z.boolean() }), reply: nothing },
  /** Stops what is sent now; they may start again by themselves. A screen is closed. */
  'participant.mute': { data: z.strictObject({ ...onParticipant, source: MediaSource }), reply: nothing },
  /** The microphones of all others whom one may mute. */
  'room.mute-all': { data: nothing, reply: z.strictObject({ muted: z.int() }) },
  'participant.ask-unmute': { data: z.strictObject({ ...onParticipant, source: z.enum(['microphone', 'camera']) }), reply: nothing },
  'participant.lower-hand': { data: z.strictObject(onParticipant), reply: nothing },
  'room.lower-hands': { data: nothing, reply: nothing },
  'participant.remove': { data: z.strictObject(onParticipant), reply: nothing },
  'participant.send-to-lobby': { data: z.strictObject(onParticipant), reply: nothing },
  /** The account, token identity, invite and device of that person; with `address` also their network address. */
  'participant.ban': {
    data: z.strictObject({
      ...onParticipant,
      lasts: z.enum(['session', 'room']),
      address: z.boolean(),
      reason: reason.nullable(),
    }),
    reply: z.strictObject({ ban: BanView }),
  },
  'ban.list': { data: nothing, reply: z.strictObject({ bans: z.array(BanView) }) },
  'ban.lift': { data: z.strictObject({ banId: BanId }), reply: nothing },

  // Doors
  'lobby.admit': { data: z.strictObject({ knockId: KnockId }), reply: nothing },
  'lobby.admit-all': { data: nothing, reply: z.strictObject({ admitted: z.int() }) },
  'lobby.turn-away': { data: z.strictObject({ knockId: KnockId, word: reason.nullable() }), reply: nothing },
  /** Off: who waits is let in. */
  'room.set-lobby': { data: z.strictObject({ on: z.boolean() }), reply: nothing },
  'room.set-lock': { data: z.strictObject({ on: z.boolean() }), reply: nothing },
  /** null: no password any more. */
  'room.set-password': { data: z.strictObject({ password: RoomPassword.nullable() }), reply: nothing },
  /** Lists replace those of before. */
  'room.set-chat': {
    data: z.strictObject({ closedTo: z.array(RoleName).max(100).optional(), privateClosedTo: z.array(RoleName).max(100).optional() }),
    reply: nothing,
  },
  'room.end': { data: nothing, reply: nothing },

  // Invites
  'invite.create': { data: InviteRequest, reply: z.strictObject({ invite: InviteView, link: z.string() }) },
  /** The newest first; `roles` are those that one may give, `defaultRole` that of the room, `mayMail`: a mail server is configured. */
  'invite.list': {
    data: nothing,
    reply: z.strictObject({ invites: z.array(InviteView), roles: z.array(RoleName), defaultRole: RoleName, mayMail: z.boolean() }),
  },
  'invite.revoke': { data: z.strictObject({ inviteId: InviteId }), reply: nothing },
  /** A new link, the one before is void; sent by mail if the invite has an address, mail is configured and `sendMail` is not false. */
  'invite.renew': {
    data: z.strictObject({ inviteId: InviteId, sendMail: z.boolean().default(true) }),
    reply: z.strictObject({ invite: InviteView, link: z.string() }),
  },
} as const;

export type RequestType = keyof typeof REQUESTS;
export const REQUEST_TYPES = Object.keys(REQUESTS) as RequestType[]; // keys of a const object: exactly RequestType
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
    handRaisedAtMs: ParticipantView.shape.handRaisedAtMs.optional(),
  }),
  'producer.opened': z.strictObject({ participantId: ParticipantId, producer: ProducerState }),
  'producer.updated': z.strictObject({ participantId: ParticipantId, producer: ProducerState }),
  'producer.closed': z.strictObject({ participantId: ParticipantId, producerId: ProducerId }),
  /** To the publisher alone: send no layer above this; -1 means nobody watches. */
  'producer.demanded': z.strictObject({ producerId: ProducerId, maxSpatialLayer: z.int().min(-1).max(3) }),
  'speaker.changed': z.strictObject({ participantId: ParticipantId.nullable() }),
  'chat.posted': z.strictObject({ message: ChatMessageView }),
  'chat.deleted': z.strictObject({ messageIds: z.array(ChatMessageId) }),
  'chat.reacted': z.strictObject({ messageId: ChatMessageId, reactions: z.array(ChatReaction) }),
  /** What one may read has changed: the newest of it, in order of `seq`, takes the place of all that was shown before. */
  'chat.listed': z.strictObject({ messages: z.array(ChatMessageView) }),
  /** The media node or its worker was replaced: drop the old media path, open this one, produce and consume again. */
  'media.restarted': z.strictObject({ media: MediaAccess }),
  'self.updated': z.strictObject({ role: RoleName, permissions: z.array(Permission), grants: Grants }),
  /** A moderator stopped what one was sending. */
  'self.muted': z.strictObject({ participantId: ParticipantId, source: MediaSource }),
  /** A moderator asks to unmute: the person decides. */
  'self.asked-to-unmute': z.strictObject({ participantId: ParticipantId, source: z.enum(['microphone', 'camera']) }),
  'room.updated': z.strictObject({ room: RoomView }),

  // To those who may let in
  'lobby.knocked': z.strictObject({ knock: KnockView }),
  'lobby.left': z.strictObject({ knockId: KnockId }),
  /** All who wait, to somebody who may let in from now on (or, empty, no longer may). */
  'lobby.listed': z.strictObject({ knocks: z.array(KnockView) }),

  // To somebody who waits
  'lobby.admitted': z.strictObject({ ticket: OpaqueSecret }),
  /** The connection is closed with 4412 after it. */
  'lobby.turned-away': z.strictObject({ word: z.string().nullable() }),
  /** To somebody who was in the room and was sent back. The connection is closed with 4411 after it; they wait on with `lobby.resume`. */
  'lobby.sent-back': Waiting,
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
