import { z } from 'zod';
import { ChatMessageId, ProducerId } from '../ids.ts';
import { MediaSource } from '../media-api/rtp.ts';
import { Grants, PermissionMap, RoleName } from '../roles.ts';
import { ControlsView, EnteredBy } from '../signalling/views.ts';
import { EVENT_CATEGORIES, type EventCategory } from './event.ts';

/** Settings by name as they were before or after. What is secret is `"[secret]"`, what is long its `sha256:…`. */
const settings = z.record(z.string(), z.json());
const change = { before: settings, after: settings };
const nothing = z.strictObject({});

/** Which door refused. */
export const DOORS = ['rest', 'pages', 'join', 'signalling', 'media'] as const;

/** Why a participant is no longer there. */
export const LEAVING_REASONS = [
  'left',
  'connection_lost',
  'not_arrived',
  'removed',
  'banned',
  'sent_to_lobby',
  'session_ended',
  'server_restarted',
] as const;

interface EventKind {
  readonly category: EventCategory;
  /** One sentence for `docs/protocol/events.md`, which is generated from this table. */
  readonly meaning: string;
  readonly data: z.ZodObject;
}

/**
 * Every event that Conclave writes, by name. `data` holds ids, numbers and words of ours; who somebody is belongs to the event's
 * personal fields. No secret, token, chat text or file content is ever in an event.
 */
export const EVENTS = {
  // session
  'session.started': { category: 'session', meaning: 'The first participant of a meeting was let in.', data: nothing },
  'session.ended': {
    category: 'session',
    meaning: 'A meeting is over: the last participant left, or it was ended for all.',
    data: z.strictObject({ reason: z.enum(['empty', 'ended', 'expired', 'room_deleted', 'server_restarted']) }),
  },
  'ticket.issued': {
    category: 'session',
    meaning: 'Somebody may enter a room within 30 seconds, once.',
    data: z.strictObject({ expiresAtMs: z.int() }),
  },
  'participant.joined': {
    category: 'session',
    meaning: 'A participant used a ticket and was let in.',
    data: z.strictObject({ role: RoleName, grants: Grants }),
  },
  'participant.resumed': {
    category: 'session',
    meaning: 'A participant came back on another connection.',
    data: z.strictObject({ keptMedia: z.boolean() }),
  },
  'participant.renamed': { category: 'session', meaning: 'A participant changed the name that others see.', data: nothing },
  'participant.left': {
    category: 'session',
    meaning: 'A participant is no longer in the meeting.',
    data: z.strictObject({ reason: z.enum(LEAVING_REASONS) }),
  },
  'message.posted': {
    category: 'session',
    meaning: 'A chat message was stored; its text is not part of the event.',
    data: z.strictObject({ messageId: ChatMessageId, chatSeq: z.int(), characters: z.int() }),
  },
  'message.deleted': {
    category: 'session',
    meaning: 'A chat message was deleted by its author or by somebody who may.',
    data: z.strictObject({ messageId: ChatMessageId, isOwn: z.boolean() }),
  },
  'message.reacted': {
    category: 'session',
    meaning: 'Somebody put a reaction to a chat message or took it back.',
    data: z.strictObject({ messageId: ChatMessageId, on: z.boolean() }),
  },
  'chat.cleared': {
    category: 'session',
    meaning: 'All chat messages to everybody were deleted.',
    data: z.strictObject({ count: z.int() }),
  },
  'chat.exported': {
    category: 'session',
    meaning: 'Somebody saved messages of the chat, a part at a time.',
    data: z.strictObject({ count: z.int() }),
  },
  'participant.role_changed': {
    category: 'session',
    meaning: 'The role of a participant was changed during the meeting.',
    data: z.strictObject({ before: RoleName, after: RoleName, grants: Grants }),
  },
  'participant.grants_changed': {
    category: 'session',
    meaning: 'A participant was allowed or forbidden microphone, camera or screen.',
    data: z.strictObject({ before: Grants, after: Grants }),
  },
  'participant.muted': {
    category: 'session',
    meaning: 'A moderator stopped what a participant was sending; they may start again.',
    data: z.strictObject({ source: MediaSource }),
  },
  'participant.asked_to_unmute': {
    category: 'session',
    meaning: 'A moderator asked a participant to unmute.',
    data: z.strictObject({ source: MediaSource }),
  },
  'hand.raised': { category: 'session', meaning: 'A participant raised their hand.', data: nothing },
  'hand.lowered': { category: 'session', meaning: "A participant's hand was lowered, by themselves or by a moderator.", data: nothing },
  'controls.changed': {
    category: 'session',
    meaning: 'A moderator locked or unlocked the meeting, or changed its lobby or who may write.',
    data: z.strictObject({ before: ControlsView, after: ControlsView }),
  },
  'knock.made': {
    category: 'session',
    meaning: 'Somebody used a ticket and waits in the lobby.',
    data: z.strictObject({ role: RoleName, enteredBy: EnteredBy }),
  },
  'knock.resumed': { category: 'session', meaning: 'Somebody who waits came back on another connection.', data: nothing },
  'knock.admitted': { category: 'session', meaning: 'Somebody who waited was let in.', data: nothing },
  'knock.turned_away': { category: 'session', meaning: 'Somebody who waited was turned away.', data: nothing },
  'knock.left': {
    category: 'session',
    meaning: 'Somebody who waited, or was let in and did not come, is gone.',
    data: z.strictObject({ reason: z.enum(['left', 'connection_lost', 'not_arrived', 'banned', 'room_closed']) }),
  },
  'producer.opened': {
    category: 'session',
    meaning: 'A participant began to send a microphone, camera or screen.',
    data: z.strictObject({ producerId: ProducerId, source: MediaSource, paused: z.boolean() }),
  },
  'producer.paused': {
    category: 'session',
    meaning: 'A participant muted a microphone or stopped a picture for a while.',
    data: z.strictObject({ producerId: ProducerId, source: MediaSource }),
  },
  'producer.resumed': {
    category: 'session',
    meaning: 'A participant went on sending what was paused.',
    data: z.strictObject({ producerId: ProducerId, source: MediaSource }),
  },
  'producer.closed': {
    category: 'session',
    meaning: 'A microphone, camera or screen is no longer sent.',
    data: z.strictObject({ producerId: ProducerId, source: MediaSource }),
  },
  'media.restarted': { category: 'session', meaning: 'A participant was given a new media path; the one before is void.', data: nothing },
  // security
  'member.signed_in': {
    category: 'security',
    meaning: 'A member signed in.',
    data: z.strictObject({ remembered: z.boolean() }),
  },
  'member.signed_out': { category: 'security', meaning: 'A member signed out.', data: nothing },
  'request.refused': {
    category: 'security',
    meaning: 'A request was refused; `result` says why. The same refusal many times in ten seconds is one event with its count.',
    data: z.strictObject({
      door: z.enum(DOORS),
      /**
       * The route or message type: `POST /api/v1/rooms`, `chat.send`. In signalling also what is neither: `unknown`, `malformed`,
       * `upgrade`, `deadline` (nobody said who they are), `flood`, `replaced` (by a newer connection of the same participant).
       */
      verb: z.string().max(100),
      count: z.int().min(1),
      /** What `result` leaves open. */
      reason: z.enum(['key_revoked', 'foreign_origin', 'wrong_password']).optional(),
    }),
  },
  'receiver.stray': {
    category: 'security',
    meaning: 'The media node could send to somebody who is not on the list of the meeting; their media path was closed.',
    data: z.strictObject({
      /** How many streams were open towards them. */
      consumers: z.int().min(0),
    }),
  },
  'room_token.issued': {
    category: 'security',
    meaning: 'A room token was signed for somebody.',
    data: z.strictObject({ role: RoleName.nullable(), notBeforeS: z.int().nullable(), expiresAtS: z.int().nullable() }),
  },
  'ban.created': {
    category: 'security',
    meaning: 'Somebody was banned from a room; the reason is kept with the ban and is not part of the event.',
    data: z.strictObject({ lasts: z.enum(['session', 'room']), matches: z.array(z.enum(['person', 'invite', 'device', 'address'])) }),
  },
  'ban.lifted': { category: 'security', meaning: 'A ban was lifted.', data: nothing },
  'invite.created': {
    category: 'security',
    meaning: 'A personal invite to a room was made.',
    data: z.strictObject({ role: RoleName, expiresAtMs: z.int().nullable(), maxPersons: z.int() }),
  },
  'invite.renewed': { category: 'security', meaning: 'An invite was given a new link; the one before is void.', data: nothing },
  'invite.used': {
    category: 'security',
    meaning: 'Somebody came in by an invite for the first time; from now on it is theirs.',
    data: z.strictObject({ person: z.int().min(1) }),
  },
  'invite.revoked': { category: 'security', meaning: 'An invite was revoked.', data: nothing },
  'invite.sent': { category: 'security', meaning: 'An invite was handed to the mail server.', data: nothing },
  'invite.mail_failed': {
    category: 'security',
    meaning: 'The mail with an invite was given up: the mail server refused it, or took nothing for three days.',
    data: nothing,
  },
  'owner_link.issued': {
    category: 'security',
    meaning: 'A one-time link was made with which the installation gets its owner; links before it are void.',
    data: nothing,
  },
  'alert.raised': {
    category: 'security',
    meaning: 'An alert rule found what it looks for.',
    data: z.strictObject({
      rule: z.string(),
      severity: z.enum(['notice', 'warning', 'critical']),
      count: z.int(),
      seqs: z.array(z.int()).max(20),
    }),
  },
  'person.erased': {
    category: 'security',
    meaning: 'The key of a person was destroyed: their personal fields in all events are unreadable from now on.',
    data: z.strictObject({ keys: z.int() }),
  },
  'log.exported': {
    category: 'security',
    meaning: 'Events were exported from the log by an operator or a member.',
    data: z.strictObject({ size: z.int(), readable: z.boolean() }),
  },
  'log.cut': {
    category: 'security',
    meaning: 'Events past their retention were removed; their hashes stay. This event itself is never cut.',
    data: z.strictObject({
      category: z.enum(EVENT_CATEGORIES),
      olderThan: z.iso.datetime(),
      count: z.int(),
      /** The seqs that were cut as `0-12,15,20-21`. */
      seqs: z.string(),
    }),
  },
  'addresses.cut': {
    category: 'security',
    meaning: 'The full addresses of a day were made unreadable; their networks stay.',
    data: z.strictObject({ day: z.iso.date() }),
  },
  // administration
  'server.started': {
    category: 'administration',
    meaning: 'A server process began to work.',
    data: z.strictObject({ version: z.string() }),
  },
  'installation.set_up': { category: 'administration', meaning: 'The owner link was used: the installation has an owner.', data: nothing },
  'team.created': {
    category: 'administration',
    meaning: 'A team was made.',
    data: z.strictObject({ name: z.string(), slug: z.string(), onPlainHost: z.boolean() }),
  },
  'team.changed': { category: 'administration', meaning: "A team's name, domain or defaults were changed.", data: z.strictObject(change) },
  'room.created': { category: 'administration', meaning: 'A room was made.', data: z.strictObject({ after: settings }) },
  'room.changed': { category: 'administration', meaning: "A room's settings were changed.", data: z.strictObject(change) },
  'room.deleted': {
    category: 'administration',
    meaning: 'A room was deleted; a room in which there was a meeting keeps a hidden row for reports.',
    data: z.strictObject({ hidden: z.boolean() }),
  },
  'room_password.changed': {
    category: 'administration',
    meaning: 'The password of a room was set, replaced or removed.',
    data: z.strictObject({ isSet: z.boolean() }),
  },
  'role.created': {
    category: 'administration',
    meaning: 'A team made a role of its own.',
    data: z.strictObject({ name: RoleName, permissions: PermissionMap }),
  },
  'role.changed': { category: 'administration', meaning: "A team's role was changed.", data: z.strictObject(change) },
  'role.deleted': { category: 'administration', meaning: 'A role was deleted.', data: z.strictObject({ name: RoleName }) },
  'chat.cut': {
    category: 'administration',
    meaning: 'Chat messages past their retention were removed.',
    data: z.strictObject({ olderThan: z.iso.datetime(), count: z.int() }),
  },
  'developer_key.created': { category: 'administration', meaning: 'A developer key was made.', data: nothing },
  'developer_key.revoked': { category: 'administration', meaning: 'A developer key was revoked.', data: nothing },
  'alert.acknowledged': { category: 'administration', meaning: 'Somebody took note of an alert.', data: nothing },
  'alert_rule.changed': { category: 'administration', meaning: 'An alert rule was changed.', data: z.strictObject(change) },
  'retention.changed': { category: 'administration', meaning: 'How long events are kept was changed.', data: z.strictObject(change) },
} as const satisfies Record<string, EventKind>;

export type EventName = keyof typeof EVENTS;
export type EventData<N extends EventName> = z.input<(typeof EVENTS)[N]['data']>;

export const EVENT_NAMES = Object.keys(EVENTS) as EventName[]; // keys of a const object: exactly EventName

export function isEventName(value: unknown): value is EventName {
  return typeof value === 'string' && Object.hasOwn(EVENTS, value);
}
