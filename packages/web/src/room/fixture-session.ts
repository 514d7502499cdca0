import { createStore } from 'zustand/vanilla';
import { ChatMessageId, ParticipantId, ProducerId, RoomId, SessionId } from '@conclave/protocol/ids';
import type { MediaSource } from '@conclave/protocol/media-api/rtp';
import { PERMISSIONS } from '@conclave/protocol/roles';
import type { ReplyData, RequestType } from '@conclave/protocol/signalling/messages';
import type { ChatMessageView, ParticipantView, RoleView } from '@conclave/protocol/signalling/views';
import type { RemoteTracks, SessionCommands, SessionState, WatchedVideo } from '../session/state.ts';
import type { RoomSession } from './session-context.tsx';

/**
 * A session without a server: the same interface, scripted. For tests of views and for looking at every state;
 * nothing that ships imports it.
 */
export interface FixturePerson {
  name: string;
  role?: 'moderator' | 'speaker' | 'attendee';
  sends?: readonly MediaSource[];
  mutedMicrophone?: boolean;
  handRaised?: boolean;
  connection?: ParticipantView['connection'];
  quality?: ParticipantView['quality'];
}

export interface FixtureSession extends RoomSession {
  /** The newest call of `watch`. */
  watched(): readonly WatchedVideo[];
  /** Names of the commands called, in order, with their arguments. */
  calls: readonly (readonly [name: string, ...args: unknown[]])[];
  setLevel(participantId: string, level: number): void;
}

const NAMES = [
  'Ada Lovelace',
  'Ben Okafor',
  'Cleo Martin',
  'Dmitri Vogel',
  'Elif Aydın',
  'Farid Rahimi',
  'Grace Hopper',
  'Hanna Lindqvist',
  'Ines Duarte',
  'Jonas Weber',
  'Keiko Tanaka',
  'Liam Byrne',
  'Maya Shah',
  'Noah Fischer',
  'Olga Petrova',
  'Pablo Reyes',
  'Quynh Tran',
  'Rosa Conti',
  'Samuel Adeyemi',
  'Tara Singh',
  'Ugo Rossi',
  'Vera Novak',
  'Wanda Kowalska',
  'Xavier Roche',
  'Yusuf Demir',
];

/** The built-in roles as far as pages ask for them. */
const FIXTURE_ROLES: RoleView[] = [
  { name: 'moderator', displayName: 'Moderators', permissions: Object.fromEntries(PERMISSIONS.map((name) => [name, true])) },
  {
    name: 'speaker',
    displayName: 'Speakers',
    permissions: { broadcast: true, screenshare: true, general_chat: true, private_chat: true, chat_reactions: true, raise_hand: true },
  },
  { name: 'attendee', displayName: 'Attendees', permissions: { general_chat: true, private_chat: true, raise_hand: true } },
];

const BASE_MS = Date.UTC(2026, 10, 23, 9, 30);

/** Ids look like UUIDs and tell their number, so that a test can name the third person. */
export const fixtureId = (kind: number, n: number): string =>
  `00000000-0000-4000-8${kind.toString(16).padStart(3, '0')}-${n.toString(16).padStart(12, '0')}`;
export const personId = (n: number): string => fixtureId(1, n);

export function fixturePeople(count: number): FixturePerson[] {
  return Array.from({ length: count }, (_, index) => ({
    name: NAMES[index % NAMES.length] ?? 'Guest',
    role: index === 0 ? 'moderator' : 'speaker',
    sends: index % 4 === 2 ? ['microphone'] : ['microphone', 'camera'],
    mutedMicrophone: index % 3 === 2,
    quality: index % 7 === 4 ? 'fair' : index % 7 === 6 ? 'poor' : 'good',
  }));
}

function participantOf(person: FixturePerson, n: number): ParticipantView {
  const role = person.role ?? 'speaker';
  const may = role !== 'attendee';
  return {
    id: ParticipantId.parse(personId(n)),
    name: person.name,
    initials: null,
    avatar: null,
    role,
    enteredBy: n === 0 ? 'account' : n % 3 === 1 ? 'invite' : 'room-link',
    handRaisedAtMs: person.handRaised ? BASE_MS + n : null,
    joinedAtMs: BASE_MS + n * 1000,
    connection: person.connection ?? 'connected',
    quality: person.quality ?? 'good',
    grants: { microphone: may, camera: may, screen: may, receive: true },
    producers: (person.sends ?? []).map((source, index) => ({
      id: ProducerId.parse(fixtureId(2, n * 8 + index)),
      source,
      kind: source === 'microphone' || source === 'screen-audio' ? 'audio' : 'video',
      paused: source === 'microphone' && person.mutedMicrophone === true,
    })),
  };
}

export function fixtureMessage(seq: number, from: number, text: string, sentAtMs = BASE_MS + seq * 20_000): ChatMessageView {
  return {
    id: ChatMessageId.parse(fixtureId(3, seq)),
    seq,
    participantId: ParticipantId.parse(personId(from)),
    name: NAMES[from] ?? 'Guest',
    text,
    sentAtMs,
    to: { kind: 'everyone' },
    replyTo: null,
    reactions: [],
  };
}

export interface FixtureOptions {
  people: readonly FixturePerson[];
  /** Tracks by person; absent ones show a tile without a picture. */
  tracks?: (n: number, source: MediaSource) => MediaStreamTrack | null;
  state?: Partial<SessionState>;
  /** What is answered to a message; to all others that the service is away. */
  answers?: Partial<Record<RequestType, object>>;
}

function initialState({ people, tracks, state }: FixtureOptions): SessionState {
  const views = people.map(participantOf);
  const own = people[0];
  const sends = (source: MediaSource) => own?.sends?.includes(source) ?? false;
  const trackOf = (n: number, source: MediaSource) => tracks?.(n, source) ?? null;
  const remote = Object.fromEntries(
    people.flatMap((person, n): [string, RemoteTracks][] =>
      n === 0
        ? []
        : [
            [
              personId(n),
              Object.fromEntries(
                (person.sends ?? []).flatMap((source) => {
                  const track = trackOf(n, source);
                  return track ? [[source, track] as const] : [];
                }),
              ),
            ],
          ],
    ),
  );
  return {
    phase: { kind: 'joined' },
    mediaPath: 'connected',
    self: {
      participantId: ParticipantId.parse(personId(0)),
      role: own?.role ?? 'moderator',
      permissions: [...PERMISSIONS],
      grants: views[0]?.grants ?? { microphone: true, camera: true, screen: true, receive: true },
      resumeToken: 'r'.repeat(43),
    },
    room: {
      id: RoomId.parse(fixtureId(4, 1)),
      friendlyUrl: 'quiet-harbour',
      name: 'Product weekly',
      sessionId: SessionId.parse(fixtureId(5, 1)),
      sessionStartedAtMs: BASE_MS,
      controls: { isLocked: false, isLobbyOn: false, chatClosedTo: [], privateChatClosedTo: [] },
      hasPassword: false,
      maxParticipants: 100,
      maxBroadcasters: 100,
      roles: FIXTURE_ROLES,
      chatGroup: null,
    },
    participants: Object.fromEntries(views.map((view) => [view.id, view])),
    order: views.map((view) => view.id),
    remote,
    activeSpeakerId: null,
    chat: [],
    pending: [],
    unread: 0,
    lobby: [],
    nudge: null,
    local: {
      microphone: { on: sends('microphone') && own?.mutedMicrophone !== true, busy: false, problem: null },
      camera: { on: sends('camera'), busy: false, problem: null, track: sends('camera') ? trackOf(0, 'camera') : null },
      screen: { on: sends('screen'), busy: false, problem: null, track: sends('screen') ? trackOf(0, 'screen') : null },
    },
    quality: 'good',
    devices: { microphoneId: null, cameraId: null, speakerId: null },
    playbackBlocked: false,
    ...state,
  };
}

export function createFixtureSession(options: FixtureOptions): FixtureSession {
  const store = createStore<SessionState>(() => initialState(options));
  const calls: [string, ...unknown[]][] = [];
  const levels = new Map<string, number>();
  let watched: readonly WatchedVideo[] = [];
  const note = (name: string, ...args: unknown[]) => {
    calls.push([name, ...args]);
  };
  const setLocal = (source: 'microphone' | 'camera' | 'screen', on: boolean) =>
    store.setState(({ local }) => {
      const track = on && source !== 'microphone' ? (options.tracks?.(0, source) ?? null) : null;
      return { local: { ...local, [source]: { ...local[source], on, ...(source === 'microphone' ? {} : { track }) } } };
    });
  const commands: SessionCommands = {
    anticipate: () => undefined,
    join: async (choice) => note('join', choice),
    resume: async (room) => {
      note('resume', room);
      return false;
    },
    leave: async () => {
      note('leave');
      store.setState({ phase: { kind: 'ended', reason: 'left' } });
    },
    setMicrophone: async (on) => {
      note('setMicrophone', on);
      setLocal('microphone', on);
    },
    setCamera: async (on) => {
      note('setCamera', on);
      setLocal('camera', on);
    },
    startScreenShare: async () => {
      note('startScreenShare');
      setLocal('screen', true);
    },
    stopScreenShare: async () => {
      note('stopScreenShare');
      setLocal('screen', false);
    },
    selectDevices: async (choice) => note('selectDevices', choice),
    sendChat: async (text, how) => {
      note('sendChat', text, ...(how === undefined ? [] : [how]));
      store.setState(({ chat }) => ({ chat: [...chat, fixtureMessage((chat.at(-1)?.seq ?? 0) + 1, 0, text)] }));
    },
    retryChat: async (id) => note('retryChat', id),
    discardChat: (id) => note('discardChat', id),
    markChatRead: () => {
      note('markChatRead');
      store.setState({ unread: 0 });
    },
    setChatOpen: (open) => {
      note('setChatOpen', open);
      if (open) store.setState({ unread: 0 });
    },
    rename: async (name) => note('rename', name),
    react: async (...reaction) => note('react', ...reaction),
    ask: async (type, data) => {
      note('ask', type, data);
      const answer = options.answers?.[type];
      // The scene writes what the server would: its type is that of the message.
      return answer === undefined ? { ok: false, code: 'unavailable' } : { ok: true, data: answer as ReplyData<typeof type> };
    },
    dismissNudge: () => {
      note('dismissNudge');
      store.setState({ nudge: null });
    },
    watch: (videos) => {
      watched = videos;
    },
    unblockPlayback: async () => {
      note('unblockPlayback');
      store.setState({ playbackBlocked: false });
    },
    audioLevel: (id) => levels.get(id) ?? 0,
  };
  return {
    store,
    commands,
    calls,
    watched: () => watched,
    setLevel: (id, level) => {
      levels.set(id, level);
    },
  };
}
