import { z } from 'zod';

const uuid = () => z.uuid();

/** Ids are UUIDs; each kind is branded so that one cannot stand in for another. */
export const TeamId = uuid().brand<'TeamId'>();
export const MemberId = uuid().brand<'MemberId'>();
export const RoomId = uuid().brand<'RoomId'>();
export const SessionId = uuid().brand<'SessionId'>();
export const ParticipantId = uuid().brand<'ParticipantId'>();
export const ChatMessageId = uuid().brand<'ChatMessageId'>();
export const KnockId = uuid().brand<'KnockId'>();
export const BanId = uuid().brand<'BanId'>();
export const InviteId = uuid().brand<'InviteId'>();
export const ProducerId = uuid().brand<'ProducerId'>();
export const ConsumerId = uuid().brand<'ConsumerId'>();
export const TransportId = uuid().brand<'TransportId'>();

export type TeamId = z.infer<typeof TeamId>;
export type MemberId = z.infer<typeof MemberId>;
export type RoomId = z.infer<typeof RoomId>;
export type SessionId = z.infer<typeof SessionId>;
export type ParticipantId = z.infer<typeof ParticipantId>;
export type ChatMessageId = z.infer<typeof ChatMessageId>;
export type KnockId = z.infer<typeof KnockId>;
export type BanId = z.infer<typeof BanId>;
export type InviteId = z.infer<typeof InviteId>;
export type ProducerId = z.infer<typeof ProducerId>;
export type ConsumerId = z.infer<typeof ConsumerId>;
export type TransportId = z.infer<typeof TransportId>;

/** 256 random bits as 43 characters of base64url: tickets, resume tokens, capabilities, set-up tokens. */
export const OpaqueSecret = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
