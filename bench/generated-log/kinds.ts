import type { ErrorCode } from '@conclave/protocol/errors';
import { EVENTS, type EventName } from '@conclave/protocol/events/names';

/** How often an event happens in 10,000, by whom, where, and about what. */
export interface Kind {
  readonly name: EventName;
  readonly share: number;
  readonly actor: 'participant' | 'key' | 'member' | 'system' | 'visitor';
  readonly place: 'session' | 'room' | 'team' | 'installation';
  readonly target: 'participant' | 'room' | 'key' | null;
  readonly result: 'done' | ErrorCode;
  readonly data: unknown;
}

const producer = { producerId: '7f1f0f5e-7a0e-4b57-9c1d-0d1f5c0e0001', source: 'microphone' };
const grants = { microphone: true, camera: true, screen: true, receive: true };
const refused = (door: string, verb: string, count = 1) => ({ count, door, verb });

type Row = readonly [EventName, number, Kind['actor'], Kind['place'], Kind['target'], unknown, Kind['result']?];
/** What a busy installation writes: meetings most of all, 3 % refusals, some names hardly ever. */
const ROWS: readonly Row[] = [
  ['ticket.issued', 500, 'visitor', 'room', null, { expiresAtMs: 1_790_000_000_000 }],
  ['session.started', 90, 'participant', 'session', null, {}],
  ['session.ended', 90, 'system', 'session', null, { reason: 'empty' }],
  ['participant.joined', 500, 'participant', 'session', null, { grants, role: 'speaker' }],
  ['participant.left', 500, 'participant', 'session', null, { reason: 'left' }],
  ['participant.resumed', 150, 'participant', 'session', null, { keptMedia: true }],
  ['participant.renamed', 50, 'participant', 'session', 'participant', {}],
  ['media.restarted', 50, 'participant', 'session', null, {}],
  ['message.posted', 1530, 'participant', 'session', null, { characters: 120, chatSeq: 17, messageId: producer.producerId }],
  ['producer.opened', 1400, 'participant', 'session', null, { ...producer, paused: false }],
  ['producer.closed', 1400, 'participant', 'session', null, producer],
  ['producer.paused', 1300, 'participant', 'session', null, producer],
  ['producer.resumed', 1210, 'participant', 'session', null, producer],
  ['member.signed_in', 100, 'member', 'team', null, { remembered: true }],
  ['member.signed_out', 60, 'member', 'team', null, {}],
  ['room_token.issued', 498, 'key', 'room', null, { expiresAtS: 1_790_000_000, notBeforeS: null, role: 'speaker' }],
  ['alert.raised', 3, 'system', 'team', null, { count: 10, rule: 'repeated-wrong-passwords', seqs: [1, 2, 3], severity: 'warning' }],
  ['person.erased', 1, 'system', 'installation', null, { keys: 1 }],
  ['addresses.cut', 1, 'system', 'installation', null, { day: '2026-01-01' }],
  ['server.started', 2, 'system', 'installation', null, { version: '0.1.0' }],
  ['room.created', 100, 'key', 'room', 'room', { after: { description: 'Weekly call', privacy: 'private' } }],
  ['room.changed', 125, 'member', 'room', 'room', { after: { description: 'Weekly call' }, before: { description: 'Call' } }],
  ['room.deleted', 30, 'key', 'room', 'room', { hidden: true }],
  ['team.changed', 4, 'member', 'team', null, { after: { name: 'Harbour' }, before: { name: 'Quay' } }],
  ['developer_key.created', 2, 'member', 'team', 'key', {}],
  ['developer_key.revoked', 2, 'member', 'team', 'key', {}],
  ['retention.changed', 2, 'member', 'team', null, { after: { session: 30 }, before: { session: 90 } }],
  ['request.refused', 60, 'visitor', 'room', null, refused('join', 'POST /api/join'), 'token_expired'],
  ['request.refused', 40, 'visitor', 'room', null, refused('join', 'POST /api/join'), 'token_invalid'],
  ['request.refused', 70, 'participant', 'session', null, refused('signalling', 'chat.send'), 'not_allowed'],
  ['request.refused', 30, 'key', 'team', null, refused('rest', 'POST /api/v1/rooms'), 'not_allowed'],
  ['request.refused', 50, 'visitor', 'installation', null, refused('rest', 'POST /api/auth/sign-in/email'), 'sign_in_required'],
  ['request.refused', 20, 'visitor', 'installation', null, refused('rest', 'POST /api/auth/sign-in/email', 400), 'rate_limited'],
  ['request.refused', 18, 'key', 'team', null, refused('rest', 'GET /api/v1/rooms/:room'), 'not_found'],
  ['request.refused', 10, 'visitor', 'room', null, refused('join', 'POST /api/join'), 'room_full'],
  ['request.refused', 1, 'participant', 'session', null, refused('media', 'POST /media/v1/producers'), 'capability_invalid'],
  ['request.refused', 1, 'participant', 'session', null, refused('join', 'POST /api/join'), 'banned'],
];

export const KINDS: readonly Kind[] = ROWS.map(([name, share, actor, place, target, data, result = 'done']) => ({
  name,
  share,
  actor,
  place,
  target,
  data,
  result,
}));

export const categoryOf = (name: EventName) => EVENTS[name].category;
