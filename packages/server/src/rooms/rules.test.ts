import { isDeepStrictEqual } from 'node:util';
import { ParticipantId, ProducerId, RoomId, SessionId } from '@conclave/protocol/ids';
import type { ProducerState } from '@conclave/protocol/media-api/internal';
import type { Notification } from '@conclave/protocol/signalling/messages';
import type { ChatMessageView, ParticipantView } from '@conclave/protocol/signalling/views';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { grantsOf, permissionsOf, rolesOf } from '../access/roles.ts';
import { policyOf } from './policy.ts';
import { decide } from './rules.ts';
import type { SessionCommand, SessionEffect } from './session-commands.ts';
import { evolve, newSession, type Profile, type SessionState } from './session-state.ts';
import { effectiveSettings } from './settings.ts';
import { rosterView } from './views.ts';

const NO_GRANTS = { microphone: false, camera: false, screen: false, receive: true };
const grantsIn = (state: SessionState, id: ParticipantId) => state.participants.get(id)?.grants ?? NO_GRANTS;

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const PEOPLE = [1, 2, 3, 4].map((n) => ParticipantId.parse(uuid(n)));
const PRODUCERS = [11, 12, 13].map((n) => ProducerId.parse(uuid(n)));
const [ANN, BEN] = PEOPLE as [ParticipantId, ParticipantId];
const ROLES = rolesOf([
  { id: uuid(800), name: 'silent', displayName: 'Silent', description: '', permissions: { broadcast: true }, isBuiltIn: false },
  { id: uuid(801), name: 'host', displayName: 'Hosts', description: '', permissions: { control_room_entry: true }, isBuiltIn: false },
]);
const ROLE_NAMES = ['speaker', 'attendee', 'silent', 'host'] as const;
const settings = effectiveSettings({ roles: [...ROLE_NAMES], max_broadcasters: 3 }, {});
const POLICY = policyOf({ settings, hasPassword: false }, ROLES, {});
const EMPTY = newSession({ sessionId: SessionId.parse(uuid(900)), roomId: RoomId.parse(uuid(901)), startedAtMs: 0, policy: POLICY });

function profileOf(id: ParticipantId, role: Profile['role'] = 'speaker'): Profile {
  return {
    id,
    name: `P${id.slice(-1)}`,
    initials: null,
    avatar: null,
    role,
    permissions: [],
    grants: { microphone: false, camera: false, screen: false, receive: true },
    overrides: {},
    handRaisedAtMs: null,
    joinedAtMs: 0,
    person: `participant ${id}`,
    enteredBy: 'room-link',
    identity: { person: null, inviteId: null, deviceId: null, network: null },
  };
}

function producer(id: ProducerId, paused = false): ProducerState {
  return { id, source: 'camera', kind: 'video', paused };
}

function message(seq: number): ChatMessageView {
  return {
    id: uuid(1000 + seq) as ChatMessageView['id'],
    seq,
    participantId: ANN,
    name: 'Ann',
    text: 'hello',
    sentAtMs: 0,
    to: { kind: 'everyone' },
    replyTo: null,
    reactions: [],
  };
}

/** The state and all effects after commands of which each is accepted. */
function after(commands: SessionCommand[], from: SessionState = EMPTY): { state: SessionState; effects: SessionEffect[] } {
  return commands.reduce(
    ({ state }, command) => {
      const decision = decide(state, command);
      if (!decision.ok) throw new Error(`${command.kind} was refused with ${decision.code}`);
      return { state: decision.events.reduce(evolve, state), effects: decision.effects };
    },
    { state: from, effects: [] as SessionEffect[] },
  );
}

function entering(id: ParticipantId, connectionId: string, role?: Profile['role']): SessionCommand[] {
  return [
    { kind: 'admit', profile: profileOf(id, role), maxParticipants: null },
    { kind: 'join', participantId: id, connectionId },
  ];
}

function told(effects: SessionEffect[], connectionId: string): Notification[] {
  return effects.flatMap((effect) =>
    effect.kind === 'notify' && effect.connectionIds.includes(connectionId) ? [effect.notification] : [],
  );
}

describe('a session', () => {
  const both = () => after([...entering(ANN, 'a'), ...entering(BEN, 'b')]).state;

  test('counts seats that are being taken, so that two who come at once do not both get the last one', () => {
    const { state } = after([
      { kind: 'admit', profile: profileOf(ANN), maxParticipants: 2 },
      { kind: 'admit', profile: profileOf(BEN), maxParticipants: 2 },
    ]);
    expect(decide(state, { kind: 'admit', profile: profileOf(PEOPLE[2] as ParticipantId), maxParticipants: 2 })).toEqual({
      ok: false,
      code: 'room_full',
    });
  });

  test('shows nobody to others before the media path is there', () => {
    const { state, effects } = after([...entering(ANN, 'a'), { kind: 'admit', profile: profileOf(BEN), maxParticipants: null }]);
    expect(told(effects, 'a')).toEqual([]);
    expect([...state.participants.keys()]).toEqual([ANN]);
  });

  test('lets nobody join who was not admitted', () => {
    expect(decide(EMPTY, { kind: 'join', participantId: ANN, connectionId: 'a' })).toEqual({ ok: false, code: 'sign_in_required' });
  });

  test('who resumes is told nothing before the reply that shows everything', () => {
    const commands: SessionCommand[] = [
      { kind: 'attach', participantId: BEN, connectionId: 'b2' },
      { kind: 'set-role', participantId: BEN, role: 'host' },
    ];
    const { state, effects } = after(commands, both());
    expect(state.participants.get(BEN)?.role).toBe('host');
    expect(effects.flatMap((effect) => (effect.kind === 'notify' ? effect.connectionIds : []))).not.toContain('b2');
    expect(effects.map(({ kind }) => kind)).not.toContain('lobby.list');
    expect(effects.map(({ kind }) => kind)).not.toContain('chat.list');
  });

  test('closes the older connection when the same participant comes from another place', () => {
    const { effects } = after([{ kind: 'attach', participantId: ANN, connectionId: 'a2' }], both());
    expect(effects).toContainEqual({ kind: 'close', connectionId: 'a', code: 'replaced' });
  });

  test('the late close of a replaced connection does not disturb the newer one', () => {
    const { state } = after(
      [
        { kind: 'attach', participantId: ANN, connectionId: 'a2' },
        { kind: 'lose', participantId: ANN, connectionId: 'a', goodbye: false },
      ],
      both(),
    );
    expect(state.participants.get(ANN)?.connection?.id).toBe('a2');
  });

  test('tells a resuming connection nothing before its reply', () => {
    const { effects } = after(
      [
        { kind: 'attach', participantId: ANN, connectionId: 'a2' },
        { kind: 'rename', participantId: BEN, name: 'Benno' },
      ],
      both(),
    );
    expect(told(effects, 'a2')).toEqual([]);
    expect(told(effects, 'b')).toHaveLength(1);
  });

  test('waits 30 s for a lost connection, 6 s after a goodbye unless doors are closed, 60 s after a restart', () => {
    const grace = (command: SessionCommand, from: SessionState) =>
      after([command], from).effects.find((effect) => effect.kind === 'grace.start')?.delayMs;
    expect(grace({ kind: 'lose', participantId: ANN, connectionId: 'a', goodbye: false }, both())).toBe(30_000);
    expect(grace({ kind: 'lose', participantId: ANN, connectionId: 'a', goodbye: true }, both())).toBe(6_000);
    for (const closed of [{ isLocked: true }, { isLobbyOn: true }]) {
      const { state } = after([{ kind: 'set-controls', controls: { ...both().policy.controls, ...closed } }], both());
      expect(grace({ kind: 'lose', participantId: ANN, connectionId: 'a', goodbye: true }, state)).toBe(30_000);
    }
    expect(grace({ kind: 'restore', profile: profileOf(ANN) }, EMPTY)).toBe(60_000);
  });

  test('grace that runs out after the participant came back removes nobody', () => {
    const { state } = after(
      [
        { kind: 'lose', participantId: ANN, connectionId: 'a', goodbye: false },
        { kind: 'attach', participantId: ANN, connectionId: 'a2' },
        { kind: 'grace.over', participantId: ANN, reason: 'connection_lost' },
      ],
      both(),
    );
    expect(state.participants.has(ANN)).toBe(true);
  });

  test('ends when the last participant leaves, and takes nothing afterwards', () => {
    const { state, effects } = after(
      [
        { kind: 'leave', participantId: ANN },
        { kind: 'leave', participantId: BEN },
      ],
      both(),
    );
    expect(state.ended).toBe(true);
    expect(effects.map((effect) => effect.kind)).toEqual(expect.arrayContaining(['media.delete-session', 'store.ended']));
    expect(decide(state, { kind: 'admit', profile: profileOf(ANN), maxParticipants: null })).toEqual({ ok: false, code: 'session_ended' });
  });

  test('goes on while somebody is still being admitted', () => {
    const { state } = after(
      [
        { kind: 'admit', profile: profileOf(BEN), maxParticipants: null },
        { kind: 'leave', participantId: ANN },
      ],
      after(entering(ANN, 'a')).state,
    );
    expect(state.ended).toBe(false);
  });

  test('when it is ended every connection is closed with session_ended', () => {
    const { effects } = after([{ kind: 'end', reason: 'room_deleted' }], both());
    expect(effects.filter((effect) => effect.kind === 'close')).toEqual([
      { kind: 'close', connectionId: 'a', code: 'session_ended' },
      { kind: 'close', connectionId: 'b', code: 'session_ended' },
    ]);
  });

  test('[P6] whoever comes in may do what their role permits at that moment', () => {
    const { state } = after([...entering(ANN, 'a'), ...entering(BEN, 'b', 'attendee')]);
    expect(state.participants.get(ANN)?.grants).toEqual({ microphone: true, camera: true, screen: true, receive: true });
    expect(state.participants.get(BEN)?.grants).toEqual({ microphone: false, camera: false, screen: false, receive: true });
    expect(state.participants.get(BEN)?.permissions).not.toContain('broadcast');
  });

  test('[P6] [P2] a lowered role is told to the media node, to the person and to the room', () => {
    const { effects } = after([{ kind: 'set-role', participantId: BEN, role: 'attendee' }], both());
    expect(effects[0]).toEqual({ kind: 'media.patch', participantId: BEN });
    expect(told(effects, 'b').map(({ type }) => type)).toEqual(['self.updated', 'participant.updated']);
    expect(told(effects, 'a').map(({ type }) => type)).toEqual(['participant.updated']);
  });

  test('[P2] what a moderator allows or forbids one person holds over a change of role, settings hold over both', () => {
    const forbidden = after([{ kind: 'set-overrides', participantId: BEN, overrides: { microphone: false, screen: true } }], both()).state;
    const promoted = after([{ kind: 'set-role', participantId: BEN, role: 'silent' }], forbidden).state;
    expect(promoted.participants.get(BEN)?.grants).toEqual({ microphone: false, camera: true, screen: true, receive: true });
    const off = after([{ kind: 'set-policy', settings: { ...settings, screenshare_enabled: false } }], promoted);
    expect(off.state.participants.get(BEN)?.grants.screen).toBe(false);
    expect(off.effects).toContainEqual({ kind: 'media.patch', participantId: BEN });
  });

  test('a role that is deleted while somebody has it permits nothing', () => {
    const { state } = after([{ kind: 'set-policy', roles: [] }], both());
    expect(state.participants.get(ANN)?.permissions).toEqual([]);
    expect(state.participants.get(ANN)?.grants).toMatchObject({ microphone: false, camera: false, screen: false });
  });

  test('only as many as the room allows may broadcast; the next one may when somebody has left', () => {
    const [, , third, fourth] = PEOPLE as [ParticipantId, ParticipantId, ParticipantId, ParticipantId];
    const full = after([...entering(ANN, 'a'), ...entering(BEN, 'b'), ...entering(third, 'c'), ...entering(fourth, 'd')]).state;
    expect(full.participants.get(fourth)?.grants).toMatchObject({ microphone: false, camera: false, screen: true });
    const later = after([{ kind: 'leave', participantId: ANN }, { kind: 'set-policy' }], full);
    expect(later.state.participants.get(fourth)?.grants).toMatchObject({ microphone: true, camera: true });
    expect(later.effects).toContainEqual({ kind: 'media.patch', participantId: fourth });
  });

  test('[P3] who is expelled is gone for everybody at once, also while still coming in', () => {
    const third = PEOPLE[2] as ParticipantId;
    const coming = after([{ kind: 'admit', profile: profileOf(third), maxParticipants: null }], both()).state;
    const { state, effects } = after([{ kind: 'expel', participantIds: [BEN, third], reason: 'banned' }], coming);
    expect([...state.participants.keys()]).toEqual([ANN]);
    expect(state.joining.size).toBe(0);
    expect(effects).toContainEqual({ kind: 'close', connectionId: 'b', code: 'banned' });
    for (const participantId of [BEN, third]) {
      expect(effects).toContainEqual({ kind: 'media.delete', participantId });
      expect(effects).toContainEqual({ kind: 'forget', participantId });
    }
    expect(told(effects, 'a')).toEqual([{ type: 'participant.left', data: { participantId: BEN } }]);
    expect(decide(state, { kind: 'join', participantId: third, connectionId: 'c' })).toEqual({ ok: false, code: 'sign_in_required' });
  });

  test('who may let in from now on is shown who waits, who no longer may is shown nobody', () => {
    const up = after([{ kind: 'set-role', participantId: BEN, role: 'host' }], both());
    expect(up.effects).toContainEqual({ kind: 'lobby.list', connectionId: 'b', may: true });
    const down = after([{ kind: 'set-role', participantId: BEN, role: 'speaker' }], up.state);
    expect(down.effects).toContainEqual({ kind: 'lobby.list', connectionId: 'b', may: false });
  });
});

describe('chat', () => {
  test('a message that was stored without anybody hearing of it is shown to all with the next one', () => {
    const { state } = after([...entering(ANN, 'a'), ...entering(BEN, 'b')]);
    const { state: later, effects } = after([{ kind: 'chat.stored', messages: [message(1), message(2)], toldConnectionId: 'a' }], state);
    expect(told(effects, 'a').map((notification) => notification.type === 'chat.posted' && notification.data.message.seq)).toEqual([1]);
    expect(told(effects, 'b').map((notification) => notification.type === 'chat.posted' && notification.data.message.seq)).toEqual([1, 2]);
    expect(later.chatSeq).toBe(2);
  });

  test('a message that was shown before is not shown again', () => {
    const { state } = after([...entering(ANN, 'a'), { kind: 'chat.stored', messages: [message(1)], toldConnectionId: null }]);
    expect(after([{ kind: 'chat.stored', messages: [message(1)], toldConnectionId: null }], state).effects).toEqual([]);
  });

  test('is not sent to a participant without the permission', () => {
    const { state } = after([...entering(ANN, 'a'), ...entering(BEN, 'b', 'silent')]);
    expect(told(after([{ kind: 'chat.stored', messages: [message(1)], toldConnectionId: null }], state).effects, 'b')).toEqual([]);
  });
});

describe('what the media node tells', () => {
  const [camera] = PRODUCERS as [ProducerId];
  const sending = () =>
    after([
      ...entering(ANN, 'a'),
      ...entering(BEN, 'b'),
      {
        kind: 'media.event',
        event: { type: 'producer.opened', sessionId: EMPTY.sessionId, participantId: ANN, producer: producer(camera) },
      },
    ]).state;

  test('a lost media path closes its producers for everybody and is repaired for who is connected', () => {
    const { effects } = after(
      [{ kind: 'media.event', event: { type: 'media.lost', sessionId: EMPTY.sessionId, participantIds: [ANN, BEN] } }],
      sending(),
    );
    expect(told(effects, 'b')).toEqual([{ type: 'producer.closed', data: { participantId: ANN, producerId: camera } }]);
    expect(effects.filter((effect) => effect.kind === 'media.repair')).toEqual(
      [ANN, BEN].map((participantId) => ({ kind: 'media.repair', participantId })),
    );
  });

  test('a participant who reconnects meanwhile gets a new path by the resume and not before', () => {
    const { state } = after(
      [
        { kind: 'lose', participantId: ANN, connectionId: 'a', goodbye: false },
        { kind: 'media.snapshot', participants: [] },
      ],
      sending(),
    );
    expect(state.participants.get(ANN)?.media).toBe('lost');
    const { effects } = after(
      [
        { kind: 'attach', participantId: ANN, connectionId: 'a2' },
        { kind: 'ready', participantId: ANN, connectionId: 'a2', freshMedia: false },
      ],
      state,
    );
    expect(effects).toContainEqual({ kind: 'media.repair', participantId: ANN });
  });

  test('a snapshot removes what is gone, adds what is new, and takes strangers from the node', () => {
    const stranger = PEOPLE[3] as ParticipantId;
    const fresh = PRODUCERS[1] as ProducerId;
    const participants = [
      { participantId: ANN, grants: grantsIn(sending(), ANN), producers: [producer(fresh)], lost: false },
      { participantId: BEN, grants: grantsIn(sending(), BEN), producers: [], lost: false },
      { participantId: stranger, grants: NO_GRANTS, producers: [], lost: false },
    ];
    const { state, effects } = after([{ kind: 'media.snapshot', participants }], sending());
    expect([...(state.participants.get(ANN)?.producers.keys() ?? [])]).toEqual([fresh]);
    expect(told(effects, 'b').map((notification) => notification.type)).toEqual(['producer.closed', 'producer.opened']);
    expect(effects).toContainEqual({ kind: 'media.delete', participantId: stranger });
    expect(effects.filter(({ kind }) => kind === 'media.patch')).toEqual([]);
  });

  test.each([true, false])('[P2] a node that permits something else is told again what holds, also without a media path: %s', (lost) => {
    const own = grantsIn(sending(), ANN);
    const participants = [{ participantId: ANN, grants: { ...own, screen: !own.screen }, producers: [], lost }];
    const { effects } = after([{ kind: 'media.snapshot', participants }], sending());
    expect(effects.filter(({ kind }) => kind === 'media.patch')).toEqual([{ kind: 'media.patch', participantId: ANN }]);
  });

  test('what is asked of a publisher goes to that publisher alone, and again after a resume', () => {
    const demanded = after(
      [
        {
          kind: 'media.event',
          event: { type: 'producer.demanded', sessionId: EMPTY.sessionId, participantId: ANN, producerId: camera, maxSpatialLayer: 1 },
        },
      ],
      sending(),
    );
    expect(told(demanded.effects, 'b')).toEqual([]);
    expect(told(demanded.effects, 'a')).toHaveLength(1);
    const { effects } = after(
      [
        { kind: 'attach', participantId: ANN, connectionId: 'a2' },
        { kind: 'ready', participantId: ANN, connectionId: 'a2', freshMedia: false },
      ],
      demanded.state,
    );
    expect(told(effects, 'a2')).toEqual([{ type: 'producer.demanded', data: { producerId: camera, maxSpatialLayer: 1 } }]);
  });

  test('late news of a closed producer does not open it again', () => {
    const event = {
      type: 'producer.updated',
      sessionId: EMPTY.sessionId,
      participantId: ANN,
      producer: producer(PRODUCERS[2] as ProducerId, true),
    } as const;
    expect(after([{ kind: 'media.event', event }], sending()).effects).toEqual([]);
  });
});

/** What a page would show: the roster of its reply, kept current by nothing but notifications. */
function applied(roster: ParticipantView[], { type, data }: Notification): ParticipantView[] {
  const change = (id: ParticipantId, to: (participant: ParticipantView) => ParticipantView) =>
    roster.map((participant) => (participant.id === id ? to(participant) : participant));
  switch (type) {
    case 'participant.joined':
      return [...roster, data.participant];
    case 'participant.left':
      return roster.filter((participant) => participant.id !== data.participantId);
    case 'participant.updated': {
      const { participantId, ...fields } = data;
      return change(participantId, (participant) => Object.assign({}, participant, fields));
    }
    case 'producer.opened':
      return change(data.participantId, (participant) => ({ ...participant, producers: [...participant.producers, data.producer] }));
    case 'producer.updated':
      return change(data.participantId, (participant) => ({
        ...participant,
        producers: participant.producers.map((one) => (one.id === data.producer.id ? data.producer : one)),
      }));
    case 'producer.closed':
      return change(data.participantId, (participant) => ({
        ...participant,
        producers: participant.producers.filter((one) => one.id !== data.producerId),
      }));
    default:
      return roster;
  }
}

const person = fc.constantFrom(...PEOPLE);
/** Which connection is only known when the command's turn comes: the participant's own, or one from before. */
const connection = fc.constantFrom('own', 'own', 'own', 'older');
const producerOf = fc.constantFrom(...PRODUCERS);
const sessionId = fc.constant(EMPTY.sessionId);
const state = fc.record({
  id: producerOf,
  source: fc.constant('camera' as const),
  kind: fc.constant('video' as const),
  paused: fc.boolean(),
});

const command: fc.Arbitrary<SessionCommand> = fc.oneof(
  fc.record({ kind: fc.constant('admit' as const), profile: person.map((id) => profileOf(id)), maxParticipants: fc.constantFrom(null, 3) }),
  fc.record({ kind: fc.constant('join' as const), participantId: person, connectionId: connection }),
  fc.record({ kind: fc.constant('abandon' as const), participantId: person }),
  fc.record({ kind: fc.constant('attach' as const), participantId: person, connectionId: connection }),
  fc.record({ kind: fc.constant('ready' as const), participantId: person, connectionId: connection, freshMedia: fc.boolean() }),
  fc.record({ kind: fc.constant('lose' as const), participantId: person, connectionId: connection, goodbye: fc.boolean() }),
  fc.record({ kind: fc.constant('grace.over' as const), participantId: person, reason: fc.constant('connection_lost' as const) }),
  fc.record({ kind: fc.constant('leave' as const), participantId: person }),
  fc.record({ kind: fc.constant('rename' as const), participantId: person, name: fc.string() }),
  fc.record({ kind: fc.constant('set-role' as const), participantId: person, role: fc.constantFrom(...ROLE_NAMES, 'gone') }),
  fc.record({
    kind: fc.constant('set-overrides' as const),
    participantId: person,
    overrides: fc.record({ microphone: fc.boolean(), camera: fc.boolean(), screen: fc.boolean() }, { requiredKeys: [] }),
  }),
  fc.record({ kind: fc.constant('set-hand' as const), participantId: person, raisedAtMs: fc.constantFrom(null, 5) }),
  fc.record({
    kind: fc.constant('expel' as const),
    participantIds: fc.uniqueArray(person, { maxLength: 2 }),
    reason: fc.constantFrom('removed' as const, 'banned' as const),
  }),
  fc.record({
    kind: fc.constant('set-controls' as const),
    controls: fc.record({
      isLocked: fc.boolean(),
      isLobbyOn: fc.boolean(),
      chatClosedTo: fc.subarray<string>([...ROLE_NAMES]),
      privateChatClosedTo: fc.constant<string[]>([]),
    }),
  }),
  fc.record({
    kind: fc.constant('set-policy' as const),
    settings: fc
      .record({ screenshare_enabled: fc.boolean(), is_audio_only: fc.boolean() })
      .map((some): typeof settings => ({ ...settings, ...some })),
  }),
  fc.record({
    kind: fc.constant('chat.stored' as const),
    messages: fc.array(fc.integer({ min: 1, max: 12 })).map((seqs) => seqs.toSorted((x, y) => x - y).map(message)),
    toldConnectionId: fc.constant(null),
  }),
  fc.record({ kind: fc.constant('media.replaced' as const), participantId: person }),
  fc.record({
    kind: fc.constant('media.event' as const),
    event: fc.record({
      type: fc.constantFrom('producer.opened' as const, 'producer.updated' as const),
      sessionId,
      participantId: person,
      producer: state,
    }),
  }),
  fc.record({
    kind: fc.constant('media.event' as const),
    event: fc.record({ type: fc.constant('producer.closed' as const), sessionId, participantId: person, producerId: producerOf }),
  }),
  fc.record({
    kind: fc.constant('media.event' as const),
    event: fc.record({ type: fc.constant('media.lost' as const), sessionId, participantIds: fc.uniqueArray(person) }),
  }),
  fc.record({
    kind: fc.constant('media.event' as const),
    event: fc.record({ type: fc.constant('speaker.changed' as const), sessionId, participantId: person }),
  }),
  fc.record({
    kind: fc.constant('media.snapshot' as const),
    participants: fc.uniqueArray(
      fc.record({
        participantId: person,
        grants: fc.record({ microphone: fc.boolean(), camera: fc.boolean(), screen: fc.boolean(), receive: fc.boolean() }),
        producers: fc.uniqueArray(state, { selector: (one) => one.id }),
        lost: fc.boolean(),
      }),
      { selector: (one) => one.participantId },
    ),
  }),
);

/** A connection id is a random UUID: joining and attaching bring a new one, everything else comes from one there is or was. */
function withConnection(next: SessionCommand, current: SessionState, turn: number): SessionCommand {
  if (next.kind === 'join' || next.kind === 'attach') return { ...next, connectionId: `c${turn}` };
  if (next.kind !== 'ready' && next.kind !== 'lose') return next;
  const own = current.participants.get(next.participantId)?.connection?.id ?? 'none';
  return { ...next, connectionId: next.connectionId === 'own' ? own : 'older' };
}

interface Moment {
  state: SessionState;
  /** What the page on each connection shows. */
  pages: Map<string, ParticipantView[]>;
  /** `seq` of the chat messages that were shown, in order. */
  seqs: number[];
  /** Who joined and has not left. */
  present: Set<ParticipantId>;
}

/** Runs commands as the shell does, after everybody came in, and keeps a page for every connection that was shown the roster. */
function* moments(commands: SessionCommand[]): Generator<Moment> {
  const moment: Moment = { state: EMPTY, pages: new Map(), seqs: [], present: new Set() };
  const arrivals = PEOPLE.flatMap((id) => entering(id, ''));
  for (const [turn, drawn] of [...arrivals, ...commands].entries()) {
    const next = withConnection(drawn, moment.state, turn);
    // Participant ids are random too: nobody is admitted twice.
    if (next.kind === 'admit' && (moment.present.has(next.profile.id) || moment.state.joining.has(next.profile.id))) continue;
    const decision = decide(moment.state, next);
    if (!decision.ok) continue;
    moment.state = decision.events.reduce(evolve, moment.state);
    if (next.kind === 'join' || next.kind === 'ready') moment.pages.set(next.connectionId, rosterView(moment.state));
    for (const effect of decision.effects) hear(moment, effect);
    for (const event of decision.events) {
      if (event.kind === 'participant.joined') moment.present.add(event.profile.id);
      if (event.kind === 'participant.left') moment.present.delete(event.participantId);
    }
    yield moment;
  }
}

function hear({ pages, seqs }: Moment, effect: SessionEffect): void {
  if (effect.kind !== 'notify') return;
  if (effect.notification.type === 'chat.posted') seqs.push(effect.notification.data.message.seq);
  for (const id of effect.connectionIds) pages.set(id, applied(pages.get(id) ?? [], effect.notification));
}

const plain = (roster: ParticipantView[]) =>
  roster.map((participant) => ({ ...participant, producers: participant.producers.toSorted((x, y) => x.id.localeCompare(y.id)) }));

function wrongPages({ state: current, pages }: Moment): string[] {
  const open = [...current.participants.values()].flatMap((participant) =>
    participant.connection?.ready ? [participant.connection.id] : [],
  );
  return open.filter((id) => !isDeepStrictEqual(plain(pages.get(id) ?? []), plain(rosterView(current))));
}

function brokenRules({ state: current, seqs, present }: Moment): string[] {
  const ids = [...current.participants.keys()];
  const open = [...current.participants.values()].flatMap((participant) => (participant.connection ? [participant.connection.id] : []));
  const { policy } = current;
  const followsPolicy = ({ role, permissions, grants, overrides }: Profile): boolean => {
    const definition = policy.roles.find(({ name }) => name === role);
    const due = definition ? permissionsOf(definition.permissions, policy.settings, policy.controls, role) : [];
    const allowed = grantsOf(due, policy.settings, overrides);
    const within = (['microphone', 'camera', 'screen'] as const).every((source) => allowed[source] || !grants[source]);
    return isDeepStrictEqual(due, permissions) && within && grants.screen === allowed.screen;
  };
  const rules: Record<string, boolean> = {
    'the roster is who joined and has not left': isDeepStrictEqual(ids.toSorted(), [...present].toSorted()),
    'a connection belongs to one participant': new Set(open).size === open.length,
    'a seat is taken once': ids.every((id) => !current.joining.has(id)),
    'chat is shown once and in order': seqs.every((seq, index) => index === 0 || seq > (seqs[index - 1] ?? 0)),
    'the speaker is in the room': current.activeSpeakerId === null || current.participants.has(current.activeSpeakerId),
    'what somebody may do follows from role, overrides and policy': [...current.participants.values()].every(followsPolicy),
    'no more broadcast than the room allows':
      [...current.participants.values()].filter(({ grants }) => grants.microphone || grants.camera).length <= settings.max_broadcasters,
    'an ended session is empty': !current.ended || ids.length + current.joining.size === 0,
  };
  return Object.keys(rules).filter((rule) => !rules[rule]);
}

/** Undefined, or the shortest meeting in which `faults` finds one. */
function counterexample(faults: (moment: Moment) => string[]): string | undefined {
  const holds = fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
    for (const moment of moments(commands)) {
      const found = faults(moment);
      if (found.length > 0) throw new Error(found.join(', '));
    }
  });
  return fc.defaultReportMessage(fc.check(holds, { numRuns: 300 }));
}

describe('whatever happens in whatever order', () => {
  test('every page that heard all notifications shows the roster that the server has', () => {
    expect(counterexample(wrongPages)).toBeUndefined();
  });

  test('the roster, connections, seats, chat and the speaker stay consistent', () => {
    expect(counterexample(brokenRules)).toBeUndefined();
  });
});
