import { createHash, generateKeyPairSync, sign } from 'node:crypto';

/** A log made up for pictures: events as the API gives them, with proofs that hold. */
export type MadeEvent = Record<string, unknown> & { seq: number; time: string; personal: Record<string, string | null> };

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
export const SESSION = id(70);
const ROOM = id(1);
const ORIGIN = 'meet.example.org/conclave-log';

const member = { kind: 'member', id: 'member-olivia', authenticatedBy: 'cookie' };
const visitor = { kind: 'visitor', id: null, authenticatedBy: 'none' };
const key = { kind: 'key', id: id(50), authenticatedBy: 'developer-key' };
const system = (name: string) => ({ kind: 'system', id: name, authenticatedBy: 'process' });
const participant = (n: number) => ({ kind: 'participant', id: id(60 + n), authenticatedBy: 'room-link' });
const at = (address: string) => ({ address, network: `${address.split('.').slice(0, 3).join('.')}.0/24` });
const inSession = { category: 'session', room: ROOM, session: SESSION };

const HOSTILE = `\u202eevil\u202c\r\n\u001b[31m<b>{{actor}}</b>\u0000 ${'Zoë '.repeat(2_500)}`;

/** Oldest first: minutes before now, and what differs from an administrative act of the owner. */
const STORY: [minutesAgo: number, more: Record<string, unknown>][] = [
  [1_700, { name: 'server.started', actor: system('server'), team: null, data: { version: '0.2.0' }, personal: {} }],
  [
    1_699,
    {
      name: 'installation.set_up',
      actor: { ...visitor, authenticatedBy: 'owner-link' },
      data: {},
      personal: { name: 'Olivia Owner', email: 'olivia@example.org', ...at('198.51.100.7') },
    },
  ],
  [
    1_690,
    {
      name: 'room.created',
      room: ROOM,
      data: { after: { friendly_url: 'product-review', privacy: 'public', description: 'Weekly product review' } },
    },
  ],
  [
    260,
    {
      category: 'security',
      name: 'request.refused',
      actor: { kind: 'key', id: id(51), authenticatedBy: 'developer-key' },
      result: 'sign_in_required',
      data: { door: 'rest', verb: 'GET /api/v1/rooms', count: 1, reason: 'key_revoked' },
      personal: at('203.0.113.99'),
    },
  ],
  [
    190,
    {
      name: 'developer_key.created',
      actor: { kind: 'operator', id: null, authenticatedBy: 'shell' },
      target: { kind: 'key', id: id(50) },
      data: {},
      personal: {},
    },
  ],
  [
    95,
    {
      category: 'security',
      name: 'member.signed_in',
      actor: { ...member, authenticatedBy: 'password' },
      data: { remembered: true },
      personal: { name: 'Olivia Owner', email: 'olivia@example.org', ...at('198.51.100.7') },
    },
  ],
  [
    94,
    {
      name: 'room.changed',
      room: ROOM,
      data: {
        before: { description: 'Product review', privacy: 'public', max_participants: 50, logo: null },
        after: {
          description: 'Weekly product review',
          privacy: 'private',
          max_participants: 200,
          logo: 'sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
        },
      },
    },
  ],
  [
    90,
    {
      category: 'security',
      name: 'request.refused',
      actor: visitor,
      team: null,
      result: 'sign_in_required',
      data: { door: 'rest', verb: 'POST /api/auth/sign-in/email', count: 42, reason: 'wrong_password' },
      personal: { email: 'olivia@example.org', ...at('203.0.113.17') },
    },
  ],
  [
    89,
    {
      category: 'security',
      name: 'alert.raised',
      actor: system('alerts'),
      target: { kind: 'alert', id: id(81) },
      data: { rule: 'repeated-wrong-passwords', severity: 'warning', count: 42, seqs: [7] },
      personal: {},
    },
  ],
  [
    45,
    {
      category: 'security',
      name: 'room_token.issued',
      room: ROOM,
      actor: key,
      data: { role: 'speaker', notBeforeS: null, expiresAtS: 1_795_600_000 },
      personal: { name: 'Ben Okafor', externalId: 'crm-4711', ...at('198.51.100.20') },
    },
  ],
  [
    38,
    {
      ...inSession,
      name: 'ticket.issued',
      actor: visitor,
      data: { expiresAtMs: 1_795_500_000_000 },
      personal: { name: 'Ada Lovelace', ...at('198.51.100.7') },
    },
  ],
  [38, { ...inSession, name: 'session.started', actor: participant(1), data: {}, personal: at('198.51.100.7') }],
  [
    38,
    {
      ...inSession,
      name: 'participant.joined',
      actor: participant(1),
      data: { role: 'moderator', grants: { microphone: true, camera: true, screen: true, receive: true } },
      personal: { name: 'Ada Lovelace', ...at('198.51.100.7') },
    },
  ],
  [
    37,
    {
      ...inSession,
      name: 'producer.opened',
      actor: participant(1),
      data: { producerId: id(90), source: 'camera', paused: false },
      personal: {},
    },
  ],
  [
    36,
    {
      ...inSession,
      name: 'participant.joined',
      actor: participant(2),
      data: { role: 'attendee', grants: { microphone: false, camera: false, screen: false, receive: true } },
      personal: { name: null, address: null, network: null },
    },
  ],
  [
    34,
    {
      ...inSession,
      name: 'participant.joined',
      actor: participant(3),
      data: { role: 'speaker', grants: { microphone: true, camera: true, screen: true, receive: true } },
      personal: { name: HOSTILE, ...at('192.0.2.44') },
    },
  ],
  [
    33,
    {
      ...inSession,
      category: 'security',
      name: 'request.refused',
      actor: { ...participant(2), authenticatedBy: 'capability' },
      result: 'not_allowed',
      data: { door: 'media', verb: 'POST /media/v1/producers', count: 5 },
      personal: { address: null, network: null },
    },
  ],
  [
    30,
    {
      ...inSession,
      name: 'participant.renamed',
      actor: participant(1),
      data: {},
      personal: { name: 'Ada King', formerName: 'Ada Lovelace', ...at('198.51.100.7') },
    },
  ],
  [
    27,
    {
      ...inSession,
      name: 'message.posted',
      actor: participant(1),
      data: { messageId: id(91), chatSeq: 1, characters: 46 },
      personal: at('198.51.100.7'),
    },
  ],
  [
    26,
    {
      ...inSession,
      name: 'participant.resumed',
      actor: participant(3),
      data: { keptMedia: true },
      personal: { address: null, network: '192.0.2.0/24' },
    },
  ],
  [
    12,
    {
      ...inSession,
      name: 'producer.opened',
      actor: participant(1),
      data: { producerId: id(92), source: 'screen', paused: false },
      personal: {},
    },
  ],
  [6, { ...inSession, name: 'participant.left', actor: participant(3), data: { reason: 'connection_lost' }, personal: {} }],
  [
    4,
    {
      category: 'security',
      name: 'log.exported',
      actor: { kind: 'operator', id: null, authenticatedBy: 'shell' },
      target: { kind: 'log', id: 'log' },
      data: { size: 22, readable: false },
      personal: {},
    },
  ],
  [2, { name: 'retention.changed', data: { before: { session: 90 }, after: { session: 30 } } }],
];

export const MADE_EVENTS: MadeEvent[] = STORY.map(([minutesAgo, more], seq) => ({
  seq,
  id: id(100 + seq),
  time: new Date(Date.now() - minutesAgo * 60_000 - (STORY.length - seq) * 7).toISOString(),
  category: 'administration',
  name: '',
  actor: member,
  target: null,
  team: id(9),
  room: null,
  session: null,
  result: 'done',
  data: {},
  personal: at('198.51.100.7'),
  ...more,
}));

const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
const entryOf = ({ personal, ...said }: MadeEvent) =>
  JSON.stringify({
    ...said,
    personal: Object.fromEntries(Object.keys(personal).map((name) => [name, { key: id(200), sealed: 'c2VhbGVk' }])),
    v: 1,
  });
const LEAVES = MADE_EVENTS.map((event) => sha256(Buffer.of(0), Buffer.from(entryOf(event))));
const splitOf = (count: number) => 2 ** Math.ceil(Math.log2(count) - 1);

function rootOf(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (leaves.length === 1 && only) return only;
  return sha256(Buffer.of(1), rootOf(leaves.slice(0, splitOf(leaves.length))), rootOf(leaves.slice(splitOf(leaves.length))));
}

function pathOf(index: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length === 1) return [];
  const split = splitOf(leaves.length);
  return index < split
    ? [...pathOf(index, leaves.slice(0, split)), rootOf(leaves.slice(split))]
    : [...pathOf(index - split, leaves.slice(split)), rootOf(leaves.slice(0, split))];
}

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const typedKey = Buffer.concat([Buffer.of(1), publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)]);
const keyId = sha256(Buffer.from(`${ORIGIN}\n`), typedKey).subarray(0, 4);

function checkpoint(): string {
  const text = `${ORIGIN}\n${LEAVES.length}\n${rootOf(LEAVES).toString('base64')}\n`;
  return `${text}\n— ${ORIGIN} ${Buffer.concat([keyId, sign(null, Buffer.from(text), privateKey)]).toString('base64')}\n`;
}

/** One event in full. */
export function madeDetail(seq: number) {
  const view = MADE_EVENTS[seq];
  if (!view) throw new Error(`no event ${seq}`);
  return {
    view,
    entry: entryOf(view),
    leafHash: LEAVES[seq]?.toString('base64'),
    proof: { size: LEAVES.length, path: pathOf(seq, LEAVES).map((hash) => hash.toString('base64')), checkpoint: checkpoint() },
    roomName: view['room'] === ROOM ? 'Weekly product review' : null,
  };
}

export const MADE_STATUS = {
  size: 1_204_311,
  origin: ORIGIN,
  publicKey: `${ORIGIN}+${keyId.toString('hex')}+${typedKey.toString('base64')}`,
  checkpoint: { size: 1_204_309, signedAtMs: Date.now() - 40_000, note: checkpoint() },
  publishing: 'current',
  openAlerts: 2,
};

const alert = (n: number, more: object) => ({
  id: id(80 + n),
  rule: 'repeated-wrong-passwords',
  severity: 'warning',
  raisedAtMs: Date.now() - n * 3_600_000,
  count: 42,
  seqs: [7],
  subject: '203.0.113.0/24',
  acknowledged: null,
  ...more,
});
export const MADE_ALERTS = {
  open: [
    alert(1, {}),
    alert(2, { rule: 'checkpoint-late', severity: 'critical', count: 1, seqs: [], subject: null }),
    alert(3, { rule: 'new-network', severity: 'notice', count: 1, seqs: [5], subject: '198.51.0.0/16' }),
  ],
  noted: [
    alert(30, { rule: 'revoked-key', count: 1, seqs: [3], acknowledged: { atMs: Date.now() - 1_000_000, by: 'Olivia Owner' } }),
    alert(31, {
      rule: 'refused-media-verbs',
      seqs: [16],
      count: 5,
      subject: null,
      acknowledged: { atMs: Date.now() - 2_000_000, by: null },
    }),
  ],
};

const rule = (name: string, more: object) => ({ id: name, enabled: true, severity: 'warning', emails: [], ...more });
const refused = (more: object) => ({ kind: 'count', match: { name: 'request.refused' }, groupBy: 'network', ...more });
export const MADE_RULES = {
  rules: [
    rule('repeated-wrong-passwords', { ...refused({ count: 10, withinS: 600 }), emails: ['security@example.org', 'olivia@example.org'] }),
    rule('refused-media-verbs', { ...refused({ count: 5, withinS: 300 }), groupBy: 'actor' }),
    rule('new-network', { kind: 'first', severity: 'notice', match: { name: 'member.signed_in' }, of: 'network', forgottenAfterDays: 90 }),
    rule('revoked-key', { ...refused({ count: 1, withinS: 3_600 }), enabled: false }),
    rule('checkpoint-late', { kind: 'late', severity: 'critical', of: 'checkpoint', afterS: 600 }),
  ],
};
export const MADE_RETENTION = {
  days: { session: 90, security: 365, administration: 730, chat: 30 },
  floors: { session: 7, security: 180, administration: 365, chat: 1 },
};
