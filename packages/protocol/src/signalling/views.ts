import { z } from 'zod';
import { BanId, ChatMessageId, InviteId, KnockId, OpaqueSecret, ParticipantId, RoomId, SessionId } from '../ids.ts';
import { LIMITS } from '../limits.ts';
import { ProducerState, Quality } from '../media-api/internal.ts';
import { Grants, Permission, PermissionMap, RoleName } from '../roles.ts';

/** What somebody showed to be let in: the plain link, a room token, a personal invite, or their account of the team. */
export const EnteredBy = z.enum(['room-link', 'room-token', 'invite', 'account']);
export type EnteredBy = z.infer<typeof EnteredBy>;

export const ParticipantView = z.strictObject({
  id: ParticipantId,
  name: z.string(),
  initials: z.string().nullable(),
  avatar: z.string().nullable(),
  role: RoleName,
  enteredBy: EnteredBy,
  joinedAtMs: z.int(),
  connection: z.enum(['connected', 'reconnecting']),
  quality: Quality,
  grants: Grants,
  /** When the hand went up; null: it is down. */
  handRaisedAtMs: z.int().nullable(),
  producers: z.array(ProducerState),
});
export type ParticipantView = z.infer<typeof ParticipantView>;

/** Whom a message is for: everybody, one person, or the group that the room's settings name (usually the moderators). */
export const ChatAudience = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('everyone') }),
  z.strictObject({ kind: z.literal('participant'), participantId: ParticipantId, name: z.string() }),
  z.strictObject({ kind: z.literal('group') }),
]);
export type ChatAudience = z.infer<typeof ChatAudience>;

export const CHAT_EMOJIS = ['👍', '❤️', '😂', '😮', '👏', '🎉'] as const;
export const ChatEmoji = z.enum(CHAT_EMOJIS);
export type ChatEmoji = z.infer<typeof ChatEmoji>;

export const ChatReaction = z.strictObject({ emoji: ChatEmoji, participantIds: z.array(ParticipantId) });
export type ChatReaction = z.infer<typeof ChatReaction>;

export const ChatMessageView = z.strictObject({
  id: ChatMessageId,
  /** The one order for everybody, from 1. There are gaps where messages are not for this person or were deleted. */
  seq: z.int().min(1),
  participantId: ParticipantId,
  name: z.string(),
  text: z.string().max(LIMITS.chatTextLength),
  sentAtMs: z.int(),
  to: ChatAudience,
  /** The message that this one answers; it may be deleted. */
  replyTo: ChatMessageId.nullable(),
  /** In the order of `CHAT_EMOJIS`; none without people. */
  reactions: z.array(ChatReaction),
});
export type ChatMessageView = z.infer<typeof ChatMessageView>;

export const SelfView = z.strictObject({
  participantId: ParticipantId,
  role: RoleName,
  /** All that the role permits in this room as it is now; towards whom says `RoomView.roles`. */
  permissions: z.array(Permission),
  grants: Grants,
  /** Brings this participant back after a lost connection, a reload or a restart of the server. New with each join or resume. */
  resumeToken: OpaqueSecret,
});
export type SelfView = z.infer<typeof SelfView>;

/** What a moderator has decided about the running meeting; gone when it ends. */
export const ControlsView = z.strictObject({
  /** Nobody new may come in or wait, except who has `control_room_entry`. */
  isLocked: z.boolean(),
  /** Newcomers wait until they are let in. */
  isLobbyOn: z.boolean(),
  /** Roles that may not write to everybody now. */
  chatClosedTo: z.array(RoleName),
  privateChatClosedTo: z.array(RoleName),
});
export type ControlsView = z.infer<typeof ControlsView>;

export const RoleView = z.strictObject({ name: RoleName, displayName: z.string(), permissions: PermissionMap });
export type RoleView = z.infer<typeof RoleView>;

export const RoomView = z.strictObject({
  id: RoomId,
  /** The path segment of the room's link. */
  friendlyUrl: z.string(),
  /** What people call it. */
  name: z.string(),
  sessionId: SessionId,
  sessionStartedAtMs: z.int(),
  controls: ControlsView,
  hasPassword: z.boolean(),
  maxParticipants: z.int(),
  maxBroadcasters: z.int(),
  /** The roles of the room, in its order. */
  roles: z.array(RoleView),
  /** The chat of certain roles; null: there is none. */
  chatGroup: z.strictObject({ name: z.string(), roles: z.array(RoleName) }).nullable(),
});
export type RoomView = z.infer<typeof RoomView>;

/** Somebody who waits in the lobby, as those see it who may let in. */
export const KnockView = z.strictObject({
  id: KnockId,
  name: z.string(),
  /** As which they would come in. */
  role: RoleName,
  enteredBy: EnteredBy,
  sinceMs: z.int(),
  connection: z.enum(['connected', 'reconnecting']),
});
export type KnockView = z.infer<typeof KnockView>;

export const BanView = z.strictObject({
  id: BanId,
  name: z.string(),
  reason: z.string().nullable(),
  createdAtMs: z.int(),
  /** `session`: until the running meeting ends. `room`: until it is lifted. */
  lasts: z.enum(['session', 'room']),
  /** By what the person is known again. */
  matches: z.array(z.enum(['person', 'invite', 'device', 'address'])),
});
export type BanView = z.infer<typeof BanView>;

export const InviteView = z.strictObject({
  id: InviteId,
  name: z.string().nullable(),
  email: z.string().nullable(),
  role: RoleName,
  createdAtMs: z.int(),
  expiresAtMs: z.int().nullable(),
  /** How many people may use it, each as often as they like. */
  maxPersons: z.int().min(1),
  personsUsed: z.int().min(0),
  /** When it was last handed to the mail server. */
  sentAtMs: z.int().nullable(),
  /** What became of its newest mail; `failed`: the mail server did not take it. */
  mail: z.enum(['none', 'waiting', 'sent', 'failed']),
  /** When the meeting begins that it invites to. */
  startsAtMs: z.int().nullable(),
  /** `void`: whoever made it may no longer do so. */
  state: z.enum(['open', 'used', 'expired', 'revoked', 'void']),
});
export type InviteView = z.infer<typeof InviteView>;
