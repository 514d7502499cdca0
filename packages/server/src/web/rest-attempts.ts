import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { EventName } from '@conclave/protocol/events/names';
import {
  bearer,
  makeAlert,
  makeBan,
  makeInvite,
  makeRole,
  makeRoom,
  makeToken,
  OWNER,
  signIn,
  STREAM_KEY,
  WRONG_PASSWORD,
  type World,
} from './rest-world.ts';
import { FINGERPRINT, TEST_ORIGIN, type Call } from './test-site.ts';

/** A request for the tests of the event log, and the events that it is to write. */
export interface Attempt {
  readonly title: string;
  readonly url: string;
  readonly call: Call;
  /** Without `request.refused`, which every refused request writes. */
  readonly writes: readonly EventName[];
  readonly isRefused: boolean;
}
const NO_SUCH_ID = randomUUID();
type Make = (world: World) => Promise<Attempt>;

interface Row {
  readonly allowed: readonly Make[];
  readonly refused: readonly Make[];
}
type Given = Omit<Call, 'method'> & { url?: string };

/** Attempts at one route; `allowed` and `refused` name them, so that a failure says which it was. */
function row(
  route: string,
  writes: readonly EventName[],
  attempts: {
    allowed: Record<string, (world: World) => Given | Promise<Given>>;
    refused: Record<string, (world: World) => Given | Promise<Given>>;
  },
): Row {
  const [method = '', pattern = ''] = route.split(' ');
  const make = (title: string, given: (world: World) => Given | Promise<Given>, isRefused: boolean): Make => {
    return async (world) => {
      const {
        url = pattern
          .replace(':room', world.room)
          .replace(/:(?:invite|ban)/, NO_SUCH_ID)
          .replace(':role', 'speaker'),
        ...call
      } = await given(world);
      const verb = method as NonNullable<Call['method']>; // the routes of the table have no other
      return { title: `${route}: ${title}`, url, call: { ...call, method: verb }, writes: isRefused ? [] : writes, isRefused };
    };
  };
  return {
    allowed: Object.entries(attempts.allowed).map(([title, given]) => make(title, given, false)),
    refused: Object.entries(attempts.refused).map(([title, given]) => make(title, given, true)),
  };
}

const asKey = (more: Given = {}) => ({
  allowed: { 'with a key': (world: World): Given => ({ headers: bearer(world.key), ...more }) },
  refused: STRANGERS,
});

/** Who is refused at every route of the public interface. */
const STRANGERS: Record<string, (world: World) => Given | Promise<Given>> = {
  'nobody in particular': () => ({}),
  'a key that never was one': () => ({ headers: bearer(randomBytes(32).toString('base64url')) }),
  'a key that was revoked': (world) => ({ headers: bearer(world.revokedKey) }),
  'a cookie that was forged': () => ({ headers: { cookie: '__Host-conclave_session=forged.forged', origin: TEST_ORIGIN } }),
};
const FOREIGN: Record<string, (world: World) => Given | Promise<Given>> = {
  "another site's page": async (world) => ({ headers: { ...(await signIn(world)), origin: 'https://evil.test' } }),
};
const ownerOf = async (world: World): Promise<Given> => ({ headers: { ...(await signIn(world)), origin: TEST_ORIGIN } });
/** What an owner may do with a cookie and nobody else, nor anybody with a key. */
const asOwner = (given: Given = {}, refused: Record<string, Given> = {}) => ({
  allowed: { 'the owner': async (world: World): Promise<Given> => ({ ...(await ownerOf(world)), ...given }) },
  refused: {
    nobody: (): Given => given,
    'a key': (world: World): Given => ({ ...given, headers: bearer(world.key) }),
    ...Object.fromEntries(
      Object.entries(refused).map(([title, other]) => [
        title,
        async (world: World): Promise<Given> => ({ ...given, ...(await ownerOf(world)), ...other }),
      ]),
    ),
  },
});
const anotherTeams = (world: World): Given => ({ headers: bearer(world.otherKey) });

/** What is for everybody on a page of ours. */
const asAnybody = (given: Given, refused: Record<string, Given> = {}) => ({
  allowed: { anybody: (): Given => given },
  refused: {
    ...Object.fromEntries(Object.entries(refused).map(([title, other]) => [title, (): Given => other])),
    "another site's page": (): Given => ({ ...given, headers: { ...given.headers, origin: 'https://evil.test' } }),
  },
});
const CHECK = { dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: FINGERPRINT }] } };
const BYTES = { 'content-type': 'application/octet-stream' };

const roleOf = () => ({ name: `r-${randomInt(2 ** 40)}`, display_name: 'Pilots', permissions: { raise_hand: true } });

const NO_SESSION = { url: `/api/log/sessions/${randomUUID()}` };
const REVOKED_KEY_RULE = { url: '/api/log/rules/revoked-key', body: {} };

/** Every route below `/api` with what is allowed and what is refused there. */
export const ATTEMPTS: Record<string, Row> = Object.fromEntries(
  (
    [
      [
        'POST /api/auth/sign-in/email',
        ['member.signed_in'],
        {
          allowed: {
            'the right password': () => ({ body: { email: OWNER.email.toUpperCase(), password: OWNER.password, rememberMe: false } }),
          },
          refused: {
            'a wrong password': () => ({ body: { email: OWNER.email, password: WRONG_PASSWORD } }),
            'nobody of that address': () => ({ body: { email: 'eve@example.org', password: WRONG_PASSWORD } }),
            'no password': () => ({ body: { email: OWNER.email } }),
            "another site's page": () => ({ body: {}, headers: { origin: 'https://evil.test' } }),
          },
        },
      ],
      [
        'POST /api/auth/sign-out',
        ['member.signed_out'],
        {
          allowed: { 'a member': async (world) => ({ headers: { ...(await signIn(world)), origin: TEST_ORIGIN } }) },
          refused: FOREIGN,
        },
      ],
      ['GET /api/auth/get-session', [], { allowed: { 'a member': async (world) => ({ headers: await signIn(world) }) }, refused: {} }],
      [
        'GET /api/me',
        [],
        { allowed: { 'a member': async (world) => ({ headers: await signIn(world) }) }, refused: { nobody: () => ({}) } },
      ],
      // That setting up works is another test's: it is done once.
      [
        'POST /api/setup/check',
        [],
        { allowed: {}, refused: { 'a used link': (world) => ({ body: { token: world.setupToken } }), nothing: () => ({}) } },
      ],
      [
        'POST /api/setup',
        [],
        { allowed: {}, refused: { 'a used link': (world) => ({ body: { token: world.setupToken, ...OWNER } }), nothing: () => ({}) } },
      ],
      [
        'POST /api/entry',
        [],
        {
          allowed: { 'a token': async (world) => ({ body: { room: world.room, token: await makeToken(world) } }) },
          refused: {
            'no token': (world) => ({ body: { room: world.room } }),
            'no such room': () => ({ body: { room: 'nowhere' } }),
            'a token of nobody': (world) => ({ body: { room: world.room, token: 'a.b.c' } }),
            "another site's page": (world) => ({ body: { room: world.room }, headers: { origin: 'https://evil.test' } }),
          },
        },
      ],
      [
        'POST /api/join',
        ['ticket.issued'],
        {
          allowed: {
            'a token and a name': async (world) => ({ body: { room: world.room, name: 'Ben', token: await makeToken(world) } }),
            'a token with a name': async (world) => ({
              body: { room: world.room, token: await makeToken(world, { u: 'Cleo', ud: 'c-17' }) },
            }),
          },
          refused: {
            'no name': async (world) => ({ body: { room: world.room, token: await makeToken(world) } }),
            'no token': (world) => ({ body: { room: world.room, name: 'Ben' } }),
            'an expired token': async (world) => ({
              body: { room: world.room, name: 'Ben', token: await makeToken(world, { exp: 1_600_000_000 }) },
            }),
          },
        },
      ],
      ['GET /api/check', [], asAnybody({ headers: { origin: TEST_ORIGIN } })],
      ['POST /api/check', [], asAnybody({ body: CHECK }, { nothing: {}, 'a room': { body: { ...CHECK, room: 'x' } } })],
      [
        'GET /api/check/bytes',
        [],
        asAnybody({ url: '/api/check/bytes?size=64' }, { nothing: {}, 'too much': { url: '/api/check/bytes?size=1e9' } }),
      ],
      ['POST /api/check/bytes', [], asAnybody({ headers: BYTES, text: 'x'.repeat(64) }, { 'no bytes': { body: { room: 'x' } } })],
      ['GET /api/v1/rooms', [], asKey()],
      [
        'POST /api/v1/rooms',
        ['room.created'],
        {
          allowed: {
            'with a key': (world) => ({ headers: bearer(world.key), body: { restream_key: STREAM_KEY } }),
            'a member': async (world) => ({ headers: { ...(await signIn(world)), origin: TEST_ORIGIN }, body: {} }),
          },
          refused: {
            ...STRANGERS,
            ...FOREIGN,
            'a url that is taken': (world) => ({ headers: bearer(world.key), body: { friendly_url: world.room } }),
            'a setting that does not fit': (world) => ({ headers: bearer(world.key), body: { max_participants: -1 } }),
            'no JSON': (world) => ({ headers: { ...bearer(world.key), 'content-type': 'application/json' }, text: '{' }),
            'too much': (world) => ({ headers: bearer(world.key), body: { description: 'x'.repeat(3_000_000) } }),
          },
        },
      ],
      ['GET /api/v1/rooms/:room', [], { ...asKey(), refused: { ...STRANGERS, 'another team': anotherTeams } }],
      [
        'PATCH /api/v1/rooms/:room',
        ['room.changed'],
        {
          allowed: {
            something: (world) => ({ headers: bearer(world.key), body: { topbar_enabled: false, restream_key: STREAM_KEY } }),
            nothing: (world) => ({ headers: bearer(world.key) }),
          },
          refused: {
            ...STRANGERS,
            ...FOREIGN,
            'another team': anotherTeams,
            'an older version': (world) => ({ headers: { ...bearer(world.key), 'if-match': '"0"' } }),
            'a setting that does not fit': (world) => ({ headers: bearer(world.key), body: { privacy: 'secret' } }),
            'a url that is taken': async (world) => ({
              url: `/api/v1/rooms/${await makeRoom(world)}`,
              headers: bearer(world.key),
              body: { friendly_url: world.room },
            }),
          },
        },
      ],
      [
        'DELETE /api/v1/rooms/:room',
        ['room.deleted'],
        {
          allowed: { 'with a key': async (world) => ({ url: `/api/v1/rooms/${await makeRoom(world)}`, headers: bearer(world.key) }) },
          refused: { ...STRANGERS, ...FOREIGN, 'another team': anotherTeams },
        },
      ],
      [
        'POST /api/v1/rooms/:room/token',
        ['room_token.issued'],
        {
          allowed: {
            'with a key': (world) => ({ headers: bearer(world.key), body: { u: 'Dora', ud: 'd-4', role: 'moderator', exp: '60' } }),
          },
          refused: {
            ...STRANGERS,
            ...FOREIGN,
            'another team': anotherTeams,
            'no such role': (world) => ({ headers: bearer(world.key), body: { role: 'king' } }),
          },
        },
      ],
      ['GET /api/v1/rooms/:room/invites', [], { ...asKey(), refused: { ...STRANGERS, 'another team': anotherTeams } }],
      [
        'POST /api/v1/rooms/:room/invites',
        ['invite.created'],
        {
          allowed: {
            'with a key': (world) => ({ headers: bearer(world.key), body: { name: 'Dora', role: 'moderator', maxPersons: 2 } }),
            'a member': async (world) => ({ ...(await ownerOf(world)), body: {} }),
          },
          refused: {
            ...STRANGERS,
            ...FOREIGN,
            'another team': anotherTeams,
            'no such role': (world) => ({ headers: bearer(world.key), body: { role: 'king' } }),
            'an expiry that is past': (world) => ({ headers: bearer(world.key), body: { expiresAtMs: 1 } }),
            'a mail without a mail server': (world) => ({
              headers: bearer(world.key),
              body: { email: 'dora@example.org', sendMail: true },
            }),
          },
        },
      ],
      [
        'DELETE /api/v1/rooms/:room/invites/:invite',
        ['invite.revoked'],
        {
          allowed: { 'with a key': async (world) => ({ url: await makeInvite(world), headers: bearer(world.key) }) },
          refused: {
            ...STRANGERS,
            ...FOREIGN,
            'another team': async (world) => ({ url: await makeInvite(world), ...anotherTeams(world) }),
            'no such invite': (world) => ({ url: `/api/v1/rooms/${world.room}/invites/${randomUUID()}`, headers: bearer(world.key) }),
            "another room's": async (world) => ({
              url: (await makeInvite(world)).replace(world.room, await makeRoom(world)),
              headers: bearer(world.key),
            }),
          },
        },
      ],
      [
        'POST /api/v1/rooms/:room/invites/:invite/renew',
        ['invite.renewed'],
        {
          allowed: { 'with a key': async (world) => ({ url: `${await makeInvite(world)}/renew`, headers: bearer(world.key) }) },
          refused: {
            ...STRANGERS,
            ...FOREIGN,
            'another team': async (world) => ({ url: `${await makeInvite(world)}/renew`, ...anotherTeams(world) }),
            'one that was revoked': async (world) => ({
              url: `${await makeInvite(world, { isRevoked: true })}/renew`,
              headers: bearer(world.key),
            }),
          },
        },
      ],
      ['GET /api/v1/rooms/:room/bans', [], { ...asKey(), refused: { ...STRANGERS, 'another team': anotherTeams } }],
      [
        'DELETE /api/v1/rooms/:room/bans/:ban',
        ['ban.lifted'],
        {
          allowed: {
            'with a key': async (world) => ({ url: await makeBan(world), headers: bearer(world.key) }),
            'a member': async (world) => ({ url: await makeBan(world), ...(await ownerOf(world)) }),
          },
          refused: {
            ...STRANGERS,
            ...FOREIGN,
            'another team': async (world) => ({ url: await makeBan(world), ...anotherTeams(world) }),
            'no such ban': (world) => ({ url: `/api/v1/rooms/${world.room}/bans/${randomUUID()}`, headers: bearer(world.key) }),
            'no id at all': (world) => ({ url: `/api/v1/rooms/${world.room}/bans/mallory`, headers: bearer(world.key) }),
            "another room's": async (world) => ({
              url: (await makeBan(world)).replace(world.room, await makeRoom(world)),
              headers: bearer(world.key),
            }),
          },
        },
      ],
      ['GET /api/v1/rooms/live', [], asKey()],
      [
        'GET /api/v1/rooms/:room/live',
        [],
        { allowed: {}, refused: { ...STRANGERS, 'no session': (world) => ({ headers: bearer(world.key) }) } },
      ],
      ['GET /api/v1/permissions', [], asKey()],
      ['GET /api/v1/roles', [], asKey()],
      [
        'POST /api/v1/roles',
        ['role.created'],
        {
          allowed: { 'with a key': (world) => ({ headers: bearer(world.key), body: roleOf() }) },
          refused: {
            ...STRANGERS,
            ...FOREIGN,
            'a name that is built in': (world) => ({ headers: bearer(world.key), body: { ...roleOf(), name: 'Speaker' } }),
            'a permission that is none': (world) => ({ headers: bearer(world.key), body: { ...roleOf(), permissions: { fly: true } } }),
          },
        },
      ],
      [
        'PATCH /api/v1/roles/:role',
        ['role.changed'],
        {
          allowed: {
            something: async (world) => ({
              url: `/api/v1/roles/${await makeRole(world)}`,
              headers: bearer(world.key),
              body: { permissions: { broadcast: true, remote_muting: ['attendee'] } },
            }),
          },
          refused: {
            ...STRANGERS,
            ...FOREIGN,
            'a built-in role': (world) => ({ headers: bearer(world.key), body: { display_name: 'Orators' } }),
            'no such role': (world) => ({ url: '/api/v1/roles/king', headers: bearer(world.key), body: {} }),
            "another team's": async (world) => ({ url: `/api/v1/roles/${await makeRole(world)}`, ...anotherTeams(world), body: {} }),
          },
        },
      ],
      [
        'DELETE /api/v1/roles/:role',
        ['role.deleted'],
        {
          allowed: { 'with a key': async (world) => ({ url: `/api/v1/roles/${await makeRole(world)}`, headers: bearer(world.key) }) },
          refused: {
            ...STRANGERS,
            ...FOREIGN,
            'a built-in role': (world) => ({ headers: bearer(world.key) }),
            "another team's": async (world) => ({ url: `/api/v1/roles/${await makeRole(world)}`, ...anotherTeams(world) }),
          },
        },
      ],
      [
        'GET /api/v1/roles/:role',
        [],
        { ...asKey(), refused: { ...STRANGERS, 'no such role': (world) => ({ url: '/api/v1/roles/king', headers: bearer(world.key) }) } },
      ],
      ['GET /api/v1/', [], asKey()],
      [
        'PATCH /api/v1/',
        ['team.changed'],
        {
          allowed: { 'with a key': (world) => ({ headers: bearer(world.key), body: { topbar_enabled: false } }) },
          refused: {
            ...STRANGERS,
            ...FOREIGN,
            'a domain that is taken': (world) => ({ headers: bearer(world.key), body: { domain: 'other' } }),
          },
        },
      ],
      ['GET /api/log/events', [], asOwner()],
      ['GET /api/log/events/:seq', [], asOwner({ url: '/api/log/events/0' }, { 'no event': { url: '/api/log/events/none' } })],
      [
        'GET /api/log/sessions/:sessionId',
        [],
        {
          ...asOwner(NO_SESSION, { 'a session that never was': {}, 'no session': { url: '/api/log/sessions/none' } }),
          allowed: {}, // a meeting is needed; it is read in the tests of the log
        },
      ],
      ['GET /api/log/status', [], asOwner()],
      // That it can be followed is another test's: the reply never ends.
      ['GET /api/log/live', [], { ...asOwner(), allowed: {} }],
      ['GET /api/log/retention', [], asOwner()],
      [
        'PATCH /api/log/retention',
        ['retention.changed'],
        {
          allowed: {
            // Another number each time: what changes nothing is no event.
            'the owner': async (world) => ({ ...(await ownerOf(world)), body: { days: { session: 10 + randomInt(3_000) } } }),
          },
          refused: asOwner({ body: { days: {} } }, { 'days below the floor': { body: { days: { session: 1 } } } }).refused,
        },
      ],
      ['GET /api/log/alerts', [], asOwner()],
      [
        'POST /api/log/alerts/:id/acknowledge',
        ['alert.acknowledged'],
        {
          allowed: {
            'the owner': async (world) => ({ url: `/api/log/alerts/${await makeAlert(world)}/acknowledge`, ...(await ownerOf(world)) }),
          },
          refused: {
            ...FOREIGN,
            'no such alert': async (world) => ({ url: `/api/log/alerts/${randomUUID()}/acknowledge`, ...(await ownerOf(world)) }),
          },
        },
      ],
      ['GET /api/log/rules', [], asOwner()],
      [
        'PATCH /api/log/rules/:id',
        ['alert_rule.changed'],
        {
          allowed: {
            // Another one each time: what changes nothing is no event.
            'the owner': async (world) => ({
              ...REVOKED_KEY_RULE,
              ...(await ownerOf(world)),
              body: { emails: [`${randomUUID()}@example.org`] },
            }),
          },
          refused: asOwner(REVOKED_KEY_RULE, {
            'no such rule': { url: '/api/log/rules/none', body: {} },
            'no number': { body: { count: 0 } },
          }).refused,
        },
      ],
    ] satisfies Parameters<typeof row>[]
  ).map(([route, writes, attempts]) => [route, row(route, writes, attempts)]),
);

/** Addresses that are no route, and one that is no address. */
export const WRONG_ADDRESSES = ['/api', '/api/nothing', '/api/v1/nothing/at/all', '/api/auth/sign-up/email', '/api/%zz'];
