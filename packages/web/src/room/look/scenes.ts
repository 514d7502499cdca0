import { BanId, KnockId, ParticipantId } from '@conclave/protocol/ids';
import type { BanView, ChatMessageView, KnockView } from '@conclave/protocol/signalling/views';
import type { SessionState } from '../../session/state.ts';
import { createFixtureSession, fixtureId, fixtureMessage, fixturePeople, personId } from '../fixture-session.ts';
import type { FixturePerson, FixtureSession } from '../fixture-session.ts';
import { screenKey } from '../layout/stage-tiles.ts';
import type { ChatDraft, ViewState } from '../view-state.ts';
import { drawnTrack } from './pictures.ts';

export interface Scene {
  session: FixtureSession;
  view: Partial<ViewState>;
}

const BANS: BanView[] = [
  {
    id: BanId.parse(fixtureId(7, 1)),
    name: 'Mallory',
    reason: 'Shouted at everybody, again and again',
    lasts: 'room',
    createdAtMs: 0,
    matches: ['device'],
  },
  { id: BanId.parse(fixtureId(7, 2)), name: 'Eve', reason: null, lasts: 'session', createdAtMs: 0, matches: ['device'] },
];

function meeting(people: readonly FixturePerson[], state: Partial<SessionState> = {}, view: Partial<ViewState> = {}): Scene {
  const session = createFixtureSession({
    people,
    answers: { 'ban.list': { bans: BANS }, 'participant.set-broadcast': {}, 'room.mute-all': { muted: 3 } },
    tracks: drawnTrack,
    state: { activeSpeakerId: people.length > 1 ? personId(1) : null, ...state },
  });
  session.store.setState(({ room }) => ({ room: room && { ...room, sessionStartedAtMs: Date.now() - 24 * 60_000 } }));
  session.setLevel(personId(1), 0.5);
  return { session, view };
}

const withShare = (people: FixturePerson[], ...who: number[]): FixturePerson[] =>
  people.map((person, n) => (who.includes(n) ? { ...person, sends: [...(person.sends ?? []), 'screen'] } : person));

const knock = (n: number, name: string, connection: KnockView['connection'] = 'connected'): KnockView => ({
  id: KnockId.parse(fixtureId(6, n)),
  name,
  role: n % 2 === 0 ? 'speaker' : 'attendee',
  enteredBy: n % 2 === 0 ? 'invite' : 'room-link',
  sinceMs: n,
  connection,
});
const KNOCKS = [knock(1, 'Zoe Walker'), knock(2, 'Anton Meier'), knock(3, 'Priya Natarajan', 'reconnecting')];

function guarded(scene: Scene): Scene {
  scene.session.store.setState(({ room }) => ({
    room: room && { ...room, hasPassword: true, controls: { ...room.controls, isLobbyOn: true, isLocked: true } },
  }));
  return scene;
}

const CHAT = [
  fixtureMessage(1, 1, 'Morning! The draft is at https://docs.example.org/q3?draft=2 – comments welcome.'),
  fixtureMessage(2, 1, 'I will go through the numbers first.'),
  fixtureMessage(3, 2, 'Thanks. Two questions about page 3, but they can wait.'),
  fixtureMessage(4, 0, 'Let us take them at the end.'),
  fixtureMessage(5, 3, 'Sound is much better today 👏'),
  fixtureMessage(6, 1, 'Slides follow by mail.\n<b>Not bold</b>, and javascript:alert(1) is just text.'),
];

const toPerson = (n: number) => ({ kind: 'participant', participantId: ParticipantId.parse(personId(n)), name: 'Ben Okafor' }) as const;
const idsOf = (...people: number[]) => people.map((n) => ParticipantId.parse(personId(n)));
const TALK: ChatMessageView[] = [
  { ...fixtureMessage(1, 1, 'Shall we move the release to Thursday?'), reactions: [{ emoji: '👍', participantIds: idsOf(0, 2, 3) }] },
  { ...fixtureMessage(2, 2, 'Thursday works. The translations come in on Wednesday evening.'), replyTo: fixtureMessage(1, 1, '').id },
  { ...fixtureMessage(3, 1, 'Between us: the customer asked for Friday.'), to: { ...toPerson(0), name: 'Ada Lovelace' } },
  { ...fixtureMessage(4, 0, 'Good to know. I will call them.'), to: toPerson(1), replyTo: fixtureMessage(3, 1, '').id },
  { ...fixtureMessage(5, 3, 'Somebody is waiting in the lobby, shall I let them in?'), to: { kind: 'group' } },
  {
    ...fixtureMessage(6, 4, `${'Donaudampfschifffahrtsgesellschaft'.repeat(4)} \u202egnp.exe\u202c and <b>this</b>`),
    replyTo: fixtureMessage(99, 1, '').id,
  },
  { ...fixtureMessage(7, 4, 'mailto:team@example.org or https://example.org'), reactions: [{ emoji: '👏', participantIds: idsOf(1) }] },
];

function talking(state: Partial<SessionState> = {}, draft: Partial<ChatDraft> = {}): Scene {
  const whole: ChatDraft = { text: '', to: { kind: 'everyone' }, replyTo: null, asked: 0, ...draft };
  const scene = meeting(fixturePeople(5), { chat: TALK, ...state }, { panel: 'chat', draft: whole });
  scene.session.store.setState(({ room }) => ({ room: room && { ...room, chatGroup: { name: 'Moderators', roles: ['moderator'] } } }));
  return scene;
}

function closed(state: Scene): Scene {
  state.session.store.setState(({ self, room }) => ({
    self: self && { ...self, role: 'attendee', permissions: ['raise_hand'] },
    room: room && { ...room, controls: { ...room.controls, chatClosedTo: ['attendee'] } },
  }));
  return state;
}

/** Every state of the room, by name. */
export const SCENES: Record<string, () => Scene> = {
  one: () => meeting(fixturePeople(1)),
  'one-no-camera': () => meeting([{ name: 'Ada Lovelace', role: 'moderator', sends: ['microphone'] }]),
  two: () => meeting(fixturePeople(2)),
  three: () => meeting(fixturePeople(3)),
  five: () => meeting(fixturePeople(5)),
  nine: () => meeting(fixturePeople(9), { unread: 3, chat: CHAT }),
  'twenty-five': () => meeting(fixturePeople(25)),
  sixty: () => meeting(fixturePeople(60)),
  'speaker-view': () => meeting(fixturePeople(9), {}, { view: 'speaker' }),
  share: () => meeting(withShare(fixturePeople(5), 1)),
  'share-two': () => meeting(withShare(fixturePeople(9), 1, 3)),
  'share-many': () => meeting(withShare(fixturePeople(25), 1)),
  sharing: () => meeting(withShare(fixturePeople(4), 0)),
  'sharing-large': () => meeting(withShare(fixturePeople(4), 0), {}, { pinned: screenKey(personId(0)) }),
  chat: () =>
    meeting(
      fixturePeople(5),
      {
        chat: CHAT,
        unread: 2,
        pending: [
          { clientMessageId: 'a', text: 'On my way to the second point', to: { kind: 'everyone' }, replyTo: null, failed: null },
          { clientMessageId: 'b', text: 'This one did not get through', to: { kind: 'everyone' }, replyTo: null, failed: 'network' },
        ],
      },
      { panel: 'chat' },
    ),
  'chat-talk': () => talking(),
  'chat-private': () => talking({}, { to: toPerson(1), text: 'Friday it is' }),
  'chat-group': () => talking({}, { to: { kind: 'group' } }),
  'chat-reply': () => talking({}, { replyTo: { id: fixtureMessage(1, 1, '').id, name: 'Ben Okafor' }, text: 'Fine with me' }),
  'chat-reply-gone': () => talking({}, { replyTo: { id: fixtureMessage(99, 1, '').id, name: 'Ben Okafor' }, text: 'Fine with me' }),
  'chat-closed': () => closed(talking({}, { text: 'What I was about to say' })),
  'chat-gone': () => talking({}, { to: { ...toPerson(77), name: 'Zoe Walker' }, text: 'What I was about to say' }),
  'chat-pending': () =>
    talking({
      pending: [
        { clientMessageId: 'a', text: 'On my way to Ben', to: toPerson(1), replyTo: null, failed: null },
        { clientMessageId: 'b', text: 'To Zoe', to: { ...toPerson(77), name: 'Zoe Walker' }, replyTo: null, failed: 'not_found' },
      ],
    }),
  'chat-empty': () => meeting(fixturePeople(3), {}, { panel: 'chat' }),
  participants: () =>
    meeting(
      withShare(fixturePeople(14), 1).map((person, n) =>
        n === 4 ? { ...person, connection: 'reconnecting' } : n > 10 ? { ...person, role: 'attendee', sends: [] } : person,
      ),
      {},
      { panel: 'participants' },
    ),
  hands: () =>
    meeting(
      fixturePeople(14).map((person, n) => ({ ...person, handRaised: n === 3 || n === 7 })),
      { lobby: KNOCKS },
      { panel: 'participants' },
    ),
  'three-hundred': () => meeting(fixturePeople(300), { lobby: KNOCKS.slice(0, 1) }, { panel: 'participants' }),
  knock: () => guarded(meeting(fixturePeople(5), { lobby: KNOCKS.slice(0, 1) })),
  knocks: () => guarded(meeting(fixturePeople(5), { lobby: KNOCKS })),
  controls: () => guarded(meeting(fixturePeople(5), {}, { dialog: 'controls' })),
  'asked-to-unmute': () =>
    meeting(
      fixturePeople(3).map((person, n) => (n === 0 ? { ...person, mutedMicrophone: true } : person)),
      { nudge: { kind: 'asked', participantId: personId(1), source: 'microphone' } },
    ),
  'was-muted': () => meeting(fixturePeople(3), { nudge: { kind: 'muted', participantId: personId(1), source: 'microphone' } }),
  reconnecting: () => meeting(fixturePeople(5), { phase: { kind: 'reconnecting', attempt: 3, sinceMs: 0 } }),
  'person-reconnecting': () =>
    meeting(fixturePeople(5).map((person, n) => (n === 2 || n === 3 ? { ...person, connection: 'reconnecting' } : person))),
  recovering: () => meeting(fixturePeople(3), { mediaPath: 'recovering' }),
  'playback-blocked': () => meeting(fixturePeople(3), { playbackBlocked: true }),
  problem: () =>
    meeting([{ name: 'Ada Lovelace', role: 'moderator', sends: [] }, ...fixturePeople(3).slice(1)], {
      local: {
        microphone: { on: false, busy: false, problem: 'permission_denied' },
        camera: { on: false, busy: true, problem: null, track: null },
        screen: { on: false, busy: false, problem: null, track: null },
      },
    }),
  attendee: () => meeting([{ name: 'Ada Lovelace', role: 'attendee', sends: [] }, ...fixturePeople(3).slice(1)]),
  'attendee-alone': () => meeting([{ name: 'Ada Lovelace', role: 'attendee', sends: [] }]),
  settings: () => meeting(fixturePeople(2), {}, { dialog: 'settings' }),
  shortcuts: () => meeting(fixturePeople(2), {}, { dialog: 'shortcuts' }),
  joining: () => meeting(fixturePeople(1), { phase: { kind: 'joining', step: 'signalling' } }),
  waiting: () => meeting(fixturePeople(1), { self: null, phase: { kind: 'waiting', sentBack: false } }),
  'waiting-again': () => meeting(fixturePeople(1), { self: null, phase: { kind: 'waiting', sentBack: true } }),
  'waiting-offline': () => meeting(fixturePeople(1), { self: null, phase: { kind: 'reconnecting', attempt: 2, sinceMs: 0 } }),
  'turned-away': () =>
    meeting(fixturePeople(1), { phase: { kind: 'ended', reason: 'turned_away', word: 'We are full today. Come to the one on Friday!' } }),
  removed: () => meeting(fixturePeople(1), { phase: { kind: 'ended', reason: 'removed' } }),
  banned: () => meeting(fixturePeople(1), { phase: { kind: 'ended', reason: 'banned' } }),
  locked: () => meeting(fixturePeople(1), { phase: { kind: 'failed', code: 'room_locked' } }),
  left: () => meeting(fixturePeople(1), { phase: { kind: 'ended', reason: 'left' } }),
  replaced: () => meeting(fixturePeople(1), { phase: { kind: 'ended', reason: 'replaced' } }),
  ended: () => meeting(fixturePeople(1), { phase: { kind: 'ended', reason: 'session_ended' } }),
  failed: () => meeting(fixturePeople(1), { phase: { kind: 'failed', code: 'room_full' } }),
};
