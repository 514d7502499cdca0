import { randomBytes } from 'node:crypto';
import { createMediaClient, type MediaClient } from '@conclave/server/media-link/client';
import { inTransaction } from '@conclave/server/db/transaction';
import { replaceSetupToken } from '@conclave/server/setup/store';
import { loadInternalIdentity } from '@conclave/runtime/internal-identity';
import { digestOf } from '@conclave/runtime/sealing';
import type { ManualTime } from '@conclave/runtime/testing/manual-time';
import type { ChatMessageView } from '@conclave/protocol/signalling/views';
import { watchChanges, type ChangeWatch } from '../changes.ts';
import type { HttpsReply } from '@conclave/cli/peer/https-client';
import type { Platform } from '../platform.ts';
import { must } from './broken.ts';
import { Person } from './person.ts';
import { PEOPLE } from './plan.ts';

/** What all walks on one platform share. */
export interface Ground extends AsyncDisposable {
  readonly platform: Platform;
  readonly time: ManualTime;
  /** The node's internal API as the server asks it. */
  readonly node: MediaClient;
  readonly changes: ChangeWatch;
  /** Of an account of the team that is signed in. */
  readonly cookie: string;
  walks: number;
  verbs: number;
}

const OWNER = { teamName: 'Harbour', name: 'Ada', email: 'ada@example.org', password: 'correct horse battery' };

/** Makes the platform fit for walks: an owner who is signed in, and every change of its database watched. */
export async function prepareGround(platform: Platform, time: ManualTime): Promise<Ground> {
  const token = randomBytes(32).toString('base64url');
  await inTransaction(platform.db, (tx) => replaceSetupToken(tx, digestOf(token)));
  const made = await platform.http.ask('POST', '/api/setup', { body: { token, ...OWNER } });
  const { email, password } = OWNER;
  const signedIn = await platform.http.ask('POST', '/api/auth/sign-in/email', { body: { email, password } });
  must(made.status === 200 && signedIn.status === 200, () => `the owner could not sign in: ${made.status}, ${signedIn.status}`);
  const [cookie = ''] = [signedIn.headers['set-cookie'] ?? []].flat().map((set) => set.split(';', 1)[0] ?? '');
  const identity = await loadInternalIdentity(platform.config.dataDir, 'server');
  const node = createMediaClient({ url: String(platform.config.mediaNodeUrl), identity });
  const changes = await watchChanges(platform.db);
  return { platform, time, node, changes, cookie, walks: 0, verbs: 0, [Symbol.asyncDispose]: () => node[Symbol.asyncDispose]() };
}

/** A ban that was acknowledged, with what is known of whom it was about. */
export interface KnownBan {
  readonly id: string;
  readonly person: Person;
  readonly device: string | undefined;
  readonly matches: readonly string[];
  /** The session with which it ends; null: with none. */
  readonly sessionId: string | null;
  readonly round: number;
  lifted: boolean;
}

export interface KnownMessage {
  readonly message: ChatMessageView;
  /** `unsure`: something at the same time may have deleted it. */
  state: 'there' | 'gone' | 'unsure';
}

export interface Counts {
  readonly seats: number;
  readonly broadcasters: number;
  readonly maxSeats: number;
  readonly maxBroadcasters: number;
}

/** One room with its people, and what they were promised. */
export interface World extends Disposable {
  readonly ground: Ground;
  readonly people: readonly Person[];
  /** The team's own role of this walk. */
  readonly role: string;
  hasRole: boolean;
  room: string;
  round: number;
  /** What the room's settings were last set to. */
  settings: Record<string, unknown>;
  password: string | null;
  readonly tokens: Map<Person, string>;
  readonly invites: Map<Person, { secret: string; id: string }>;
  /** Whose participant it is, of everybody who was ever let in. */
  readonly owners: Map<string, Person>;
  /** In which round somebody came in. */
  readonly since: Map<string, number>;
  /** The device cookie with which somebody came in. */
  readonly devices: Map<string, string | undefined>;
  /** Those that can never come back. */
  readonly gone: Set<string>;
  readonly bans: KnownBan[];
  /** By session, how many were in and might send when anybody last saw it: over a restart nobody is in for a while. */
  readonly counts: Map<string, Counts>;
  /** By session. */
  readonly chat: Map<string, Map<string, KnownMessage>>;
  /** By session, in which round somebody last asked that all messages be cleared. */
  readonly cleared: Map<string, number>;
  /** Texts that were sent and not answered: stored or not. */
  readonly unanswered: Set<string>;
  rest(method: string, path: string, body?: unknown): Promise<HttpsReply>;
}

export type Entrance = 'token' | 'link' | 'invite' | 'account';
/** By which door each comes. 1 is a second moderator; 5 and 6 share a browser, 2 and 3 an address. */
export const DOORS: readonly Entrance[] = ['token', 'token', 'token', 'link', 'link', 'invite', 'link', 'account'];
const ROLES = ['moderator', 'moderator', 'own'] as const;
const DEFAULTS = { max_participants: 7, max_broadcasters: 4, private_group_chat_enabled: true };

/** A fresh room with fresh people, who are all outside. */
export async function openWorld(ground: Ground): Promise<World> {
  const { platform, cookie } = ground;
  const walk = (ground.walks += 1);
  const address = (n: number) => `127.${1 + Math.floor(walk / 250)}.${walk % 250}.${10 + (n === 3 ? 2 : n)}`;
  const shared = {};
  const owners = new Map<string, Person>();
  const since = new Map<string, number>();
  const devices = new Map<string, string | undefined>();
  const people = Array.from(
    { length: PEOPLE },
    (_, n) =>
      new Person(
        {
          n,
          origin: platform.origin,
          ca: platform.ca,
          localAddress: address(n),
          jar: n === 5 || n === 6 ? shared : {},
          ...(DOORS[n] === 'account' && { cookie }),
        },
        (person, { self }) => {
          owners.set(self.participantId, person);
          if (since.has(self.participantId)) return;
          since.set(self.participantId, world.round);
          devices.set(self.participantId, person.device);
        },
      ),
  );
  const world: World = {
    ground,
    people,
    role: `own-${walk}`,
    hasRole: true,
    room: '',
    round: 0,
    settings: {},
    password: null,
    tokens: new Map(),
    invites: new Map(),
    owners,
    since,
    devices,
    gone: new Set(),
    bans: [],
    counts: new Map(),
    chat: new Map(),
    cleared: new Map(),
    unanswered: new Set(),
    rest: (method, path, body) =>
      platform.http.ask(method, `/api/v1${path}`, {
        ...(body !== undefined && { body }),
        headers: { authorization: `Bearer ${platform.team.key}` },
      }),
    [Symbol.dispose]: () => people.forEach((person) => person[Symbol.dispose]()),
  };
  const role = { name: world.role, display_name: 'Own', permissions: { broadcast: true, general_chat: true, remote_muting: ['speaker'] } };
  must((await world.rest('POST', '/roles', role)).status === 200, () => 'the role could not be made');
  await openRoom(world);
  return world;
}

/** A room in the place of the one before, with tokens for those who come by one. */
export async function openRoom(world: World): Promise<void> {
  world.settings = { ...DEFAULTS };
  const roles = ['moderator', 'speaker', 'attendee', ...(world.hasRole ? [world.role] : [])];
  const made = await world.rest('POST', '/rooms', { ...DEFAULTS, roles });
  must(made.status === 200, () => `the room could not be made: ${made.status} ${JSON.stringify(made.body)}`);
  world.room = String(made.body['friendly_url']);
  world.password = null;
  world.bans.length = 0;
  world.invites.clear();
  for (const [n, role] of ROLES.entries()) {
    const person = world.people[n];
    if (!person) continue;
    const asked = {
      u: `Token ${n}`,
      ud: `walker-${world.ground.walks}-${n}`,
      role: role !== 'own' ? role : world.hasRole ? world.role : 'speaker',
    };
    const { body } = await world.rest('POST', `/rooms/${world.room}/token`, asked);
    world.tokens.set(person, String(body['token']));
  }
}
