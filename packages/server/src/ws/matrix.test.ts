import { requestTicket } from '@conclave/cli/peer/joining';
import type { ErrorCode } from '@conclave/protocol/errors';
import type { KnockView } from '@conclave/protocol/signalling/views';
import { VERBS } from '@conclave/protocol/signalling/verbs';
import { createManualTime } from '@conclave/runtime/testing/manual-time';
import { resumeRoom } from '@conclave/testkit/joining';
import { startPlatform, type Platform } from '@conclave/testkit/platform';
import { connectSignal, type SignalClient } from '@conclave/testkit/signal-client';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  answerInLobby,
  answerInRoom,
  CELLS,
  grantsLeft,
  ROLE_NAMES,
  WAITING_ROLES,
  type Cell,
  type Role,
} from '@conclave/testkit/matrix/oracle';
import {
  askMedia,
  endScene,
  knock,
  MEDIA_CALLS,
  makeRoles,
  makeRoom,
  makeScene,
  must,
  seat,
  type Person,
  type Scene,
} from '@conclave/testkit/matrix/scene';
import {
  everybodyElse,
  faultsOfAllowed,
  faultsOfRefused,
  refusalsIn,
  rowOf,
  type Matrix,
  type Tried,
} from '@conclave/testkit/matrix/tries';
import { VERB_ROWS } from '@conclave/testkit/matrix/verbs';
import { watchPlatform } from '@conclave/testkit/matrix/watcher';

const stack = new AsyncDisposableStack();
const time = createManualTime();
const GROUP_TIMEOUT_MS = 120_000;
vi.setConfig({ testTimeout: GROUP_TIMEOUT_MS, hookTimeout: GROUP_TIMEOUT_MS });
let platform: Platform;
let matrix: Matrix;
let scene: Scene;

beforeAll(async () => {
  platform = stack.use(await startPlatform({ time }));
  await makeRoles(platform);
  const outsider = await seat(platform, await makeRoom(platform), 'moderator');
  matrix = { watcher: stack.use(await watchPlatform(platform)), time, outsider: outsider.client, tried: 0 };
}, GROUP_TIMEOUT_MS);
afterAll(() => stack.disposeAsync());
// Refusals are counted anew.
afterEach(() => time.advance(10_000));

function useScene(): void {
  beforeAll(async () => void (scene = await makeScene(platform)), GROUP_TIMEOUT_MS);
  afterAll(() => endScene(scene), GROUP_TIMEOUT_MS);
}

const asParticipant = (person: Person, role: Role): Tried => ({
  client: person.client,
  who: `participant ${person.id}`,
  attempt: { world: platform, scene, actor: person, role },
});
const asNobody = (client: SignalClient, role: Role = 'attendee'): Tried => ({
  client,
  who: 'visitor',
  attempt: { world: platform, scene, actor: scene.cast[role], role },
});
const isAllowed = ({ code }: { code: string }) => code === 'ok';

/** How somebody of a role came to be in the room in each of the states. */
const IN_ROOM = {
  joined: (room: string, role: Role, host: Person) => seat(platform, room, role, host),
  'of a lowered role': async (room: string, role: Role, host: Person) => {
    const person = await seat(platform, room, 'moderator');
    await must(host, 'participant.set-role', { participantId: person.id, role });
    return person;
  },
  muted: async (room: string, role: Role, host: Person) => {
    const person = await seat(platform, room, role, host);
    await must(host, 'participant.set-broadcast', { participantId: person.id, microphone: false, camera: false });
    await must(host, 'participant.set-screenshare', { participantId: person.id, screen: false });
    return person;
  },
} as const;
type StateInRoom = keyof typeof IN_ROOM;
const STATES_IN_ROOM = Object.keys(IN_ROOM) as StateInRoom[]; // keys of a const object

describe.each(ROLE_NAMES)('[A1] [P6] what a %s asks for', (role) => {
  useScene();
  const LAST: readonly string[] = ['room.leave', 'room.end'];
  test.each(STATES_IN_ROOM)(
    '%s is allowed or refused as the table says, and a refusal does nothing but stand in the log',
    async (state) => {
      const person = await IN_ROOM[state](scene.room, role, scene.host);
      const tried = asParticipant(person, role);
      const cells = CELLS.map((cell) => ({ cell, code: answerInRoom(cell, role) }));
      const faults = await faultsOfRefused(
        matrix,
        cells.filter((one) => !isAllowed(one)),
        tried,
      );
      for (const { cell } of cells.filter((one) => isAllowed(one) && !LAST.includes(one.cell.verb)))
        faults.push(...(await faultsOfAllowed(matrix, cell, tried)));
      faults.push(...(await faultsOfAllowed(matrix, { verb: 'room.leave', target: null }, tried)));
      expect(faults).toEqual([]);
    },
    GROUP_TIMEOUT_MS,
  );

  test.each(STATES_IN_ROOM)('[P2] %s opens at the media node what the grants say', async (state) => {
    const person = await IN_ROOM[state](scene.room, role, scene.host);
    const answers = await Promise.all(
      (['microphone', 'camera', 'screen'] as const).map(async (source) => {
        const call = MEDIA_CALLS.find(([, , body]) => body?.['source'] === source);
        const { body } = await askMedia(platform, person, 'POST', '/producers', call?.[2]);
        return body['code'] ?? 'ok';
      }),
    );
    expect(answers).toEqual(grantsLeft(role, state === 'muted').map((granted) => (granted ? 'ok' : 'not_allowed')));
    await must(person, 'room.leave', {});
  });
});

const END: Cell = { verb: 'room.end', target: null };
const MAY_END = ROLE_NAMES.filter((role) => answerInRoom(END, role) === 'ok');
describe.each(MAY_END)('[A1] [P6] a %s', (role) => {
  test.each(STATES_IN_ROOM)('who is %s ends the meeting for everybody', async (state) => {
    const room = await makeRoom(platform);
    const host = await seat(platform, room, 'moderator');
    const person = await IN_ROOM[state](room, role, host);
    expect(await faultsOfAllowed(matrix, END, asParticipant(person, role))).toEqual([]);
    expect([(await host.client.closed).code, (await person.client.closed).code]).toEqual([4410, 4410]);
  });
});

describe('[A1] who waits', () => {
  useScene();
  const refused = CELLS.map((cell) => ({ cell, code: answerInLobby(cell) })).filter((one) => !isAllowed(one));
  const asWaiting = (client: SignalClient, knockId: string, role: Role): Tried => ({
    ...asNobody(client, role),
    who: `visitor of knock ${knockId}`,
  });

  test.each(WAITING_ROLES)(
    '[P1] as %s may go and come in when let in, and nothing else',
    async (role) => {
      const one = await knock(platform, scene.room, role, scene.host);
      const tried = asWaiting(one.client, one.knockId, role);
      const faults = await faultsOfRefused(matrix, refused, tried);
      faults.push(...(await faultsOfAllowed(matrix, { verb: 'connection.ping', target: null }, tried)));
      faults.push(...(await faultsOfAllowed(matrix, { verb: 'lobby.leave', target: null }, tried)));
      const other = await knock(platform, scene.room, role, scene.host);
      await must(scene.host, 'lobby.admit', { knockId: other.knockId });
      const ticket = await other.client.until('lobby.admitted');
      const comesIn = { ...asNobody(other.client, role), who: 'participant' };
      const entered = { data: ticket, events: ['participant.joined'] } as const;
      faults.push(...(await faultsOfAllowed(matrix, { verb: 'room.join', target: null }, comesIn, entered)));
      expect(faults).toEqual([]);
      await must(other, 'room.leave', {});
    },
    GROUP_TIMEOUT_MS,
  );

  test.each(ROLE_NAMES)(
    '[P1] as %s, who was in the room and was sent back, has nothing of the room any more',
    async (role) => {
      const person = await seat(platform, scene.room, role, scene.host);
      await must(scene.host, 'participant.send-to-lobby', { participantId: person.id });
      const { waiting } = await person.client.until('lobby.sent-back');
      await person.client.closed;
      // Not the knock by which they came in the first time.
      const isTheirs = ({ knock: { name, connection } }: { knock: KnockView }) => name === person.name && connection === 'reconnecting';
      const heard = await scene.host.client.until('lobby.knocked', isTheirs);
      const client = await connectSignal(platform.origin, platform);
      await must({ client }, 'lobby.resume', waiting);
      const tried = asWaiting(client, heard.knock.id, role);
      const faults = await faultsOfRefused(matrix, refused, tried);
      faults.push(...(await faultsOfAllowed(matrix, { verb: 'connection.ping', target: null }, tried)));
      faults.push(...(await faultsOfAllowed(matrix, { verb: 'lobby.leave', target: null }, tried)));
      expect(faults).toEqual([]);
    },
    GROUP_TIMEOUT_MS,
  );
});

describe('[A1] who is nobody', () => {
  useScene();
  test(
    'without a ticket is asked to sign in whatever they send',
    async () => {
      const faults: string[] = [];
      // Each secret is one that was good once, or never.
      const used = { 'room.join': { ticket: scene.host.usedTicket }, 'room.resume': { resumeToken: 'x'.repeat(43), keepMedia: true } };
      const cells = CELLS.filter(({ verb }) => !VERBS[verb].states.some((state) => state === 'new'));
      for (const cell of cells) {
        const client = await connectSignal(platform.origin, platform);
        faults.push(...(await faultsOfRefused(matrix, [{ cell, code: 'sign_in_required' }], asNobody(client))));
        faults.push(...((await client.closed).code === 4401 ? [] : [`${cell.verb} leaves the connection open`]));
      }
      expect(faults).toEqual([]);
      for (const [verb, data] of Object.entries({ ...used, 'lobby.resume': { knockToken: 'x'.repeat(43) } }))
        expect(await refusalOf(verb, data)).toEqual({
          code: 'sign_in_required',
          written: [`visitor: sign_in_required ${verb}`],
          close: 4401,
        });
    },
    GROUP_TIMEOUT_MS,
  );
});

/** What a new connection is answered, and everything that came of it. */
async function refusalOf(verb: string, data: object) {
  const client = await connectSignal(platform.origin, platform);
  let code = '';
  const act = async () => {
    const reply = await client.ask(verb as never, data as never);
    code = reply.ok ? 'ok' : reply.code;
    await client.closed;
  };
  const present = everybodyElse(matrix, scene, client).filter(({ socket }) => socket.readyState === socket.OPEN);
  const traces = await matrix.watcher.traces(present, act, 1);
  matrix.tried += 1;
  // A ticket that does not let its bearer in is used up.
  const more = [...traces.changes.filter((change) => change !== 'join_tickets delete'), ...traces.frames, ...traces.media];
  return { code, written: [...refusalsIn(traces), ...more], close: (await client.closed).code };
}

interface Out {
  readonly close: number;
  put(people: readonly Person[]): Promise<unknown>;
  /** What they hold still, and how that is answered. */
  holds?(person: Person): Promise<readonly { verb: string; data: object; code: ErrorCode; close: number }[]>;
}
const resumed = (person: Person, code: ErrorCode = 'sign_in_required', close = 4401) => ({
  verb: 'room.resume',
  data: { resumeToken: person.joined.self.resumeToken, keepMedia: true },
  code,
  close,
});
const used = (person: Person) =>
  ({ verb: 'room.join', data: { ticket: person.usedTicket }, code: 'sign_in_required', close: 4401 }) as const;
const each = (act: (person: Person) => Promise<unknown>) => async (people: readonly Person[]) => {
  for (const person of people) await act(person);
};
const spare = new Map<Person, string>();

const OUT: Record<string, Out> = {
  removed: {
    close: 4411,
    put: each(({ id }) => must(scene.host, 'participant.remove', { participantId: id })),
    holds: async (person) => [resumed(person), used(person)],
  },
  banned: {
    close: 4403,
    put: each(async (person) => {
      spare.set(person, await requestTicket(platform, { room: scene.room, name: 'Again', token: person.token }));
      await must(scene.host, 'participant.ban', { participantId: person.id, lasts: 'session', address: false, reason: null });
    }),
    holds: async (person) => [
      resumed(person),
      used(person),
      { verb: 'room.join', data: { ticket: spare.get(person) ?? '' }, code: 'banned', close: 4403 },
    ],
  },
  'sent back to the lobby': {
    close: 4411,
    put: each(({ id }) => must(scene.host, 'participant.send-to-lobby', { participantId: id })),
    holds: async (person) => [resumed(person), used(person)],
  },
  'replaced by a newer connection': {
    close: 4409,
    put: async (people) => {
      const resume = each(({ joined }) => resumeRoom(platform, { resumeToken: joined.self.resumeToken }));
      // The log hears twice of each: they resumed, and an older connection was replaced, which nobody waits for.
      await matrix.watcher.traces([], () => resume(people), 2 * people.length);
    },
  },
  'of a meeting that was ended': {
    close: 4410,
    put: () => must(scene.host, 'room.end', {}),
    holds: async (person) => [resumed(person, 'session_ended', 4410), used(person)],
  },
};

describe.each(Object.entries(OUT))('[A1] who was %s', (state, { close, put, holds }) => {
  useScene();
  let people: Person[] = [];

  test(
    'may keep the connection open and send what they like: nothing is answered and nothing happens, as any role',
    async () => {
      people = await Promise.all(ROLE_NAMES.map((role) => seat(platform, scene.room, role, scene.host)));
      // They do not read that they are to go.
      for (const { client } of people) client.socket.pause();
      await put(people);
      await matrix.watcher.gone(state.startsWith('replaced') ? [] : people.map(({ id }) => id));
      const act = async () => {
        for (const [index, actor] of people.entries()) {
          const role = ROLE_NAMES[index] ?? 'attendee';
          for (const [n, cell] of CELLS.entries()) {
            const data: object = rowOf(cell.verb).data({ world: platform, scene, actor, role, ...cell });
            actor.client.socket.send(JSON.stringify({ id: 1_000 + n, type: cell.verb, data }));
          }
          actor.client.socket.resume();
          matrix.tried += CELLS.length;
        }
        await Promise.all(people.map(({ client }) => client.closed));
        // Refusals are written in order: once this one is answered, the log has any that came of the messages above.
        using stranger = await connectSignal(platform.origin, platform);
        await stranger.ask('room.resume', { resumeToken: 'x'.repeat(43), keepMedia: true });
      };
      const present = everybodyElse(matrix, scene, matrix.outsider).filter(({ socket }) => socket.readyState === socket.OPEN);
      const traces = await matrix.watcher.traces([matrix.outsider, ...present], act, 1);
      const nothingElse = { events: ['visitor: sign_in_required room.resume'], changes: [], frames: [], media: [] };
      expect({ ...traces, events: refusalsIn(traces) }).toEqual(nothingElse);
      expect(await Promise.all(people.map(async ({ client }) => (await client.closed).code))).toEqual(people.map(() => close));
      const answered = people.flatMap(({ client }) => client.frames.filter((frame) => /"id":1\d\d\d\b/.test(frame)));
      expect(answered).toEqual([]);
    },
    GROUP_TIMEOUT_MS,
  );

  // Who was replaced by themselves is there still, on the newer connection.
  if (!holds) return;

  test('[P3] does not come back by what they hold still', async () => {
    for (const person of people)
      for (const { verb, data, code, close: closed } of await holds(person))
        expect([person.name, await refusalOf(verb, data)]).toEqual([
          person.name,
          { code, written: [`visitor: ${code} ${verb}`], close: closed },
        ]);
  });

  test('[P2] has nothing at the media node any more', async () => {
    for (const person of people)
      for (const [method, path, body] of MEDIA_CALLS) {
        const { status, body: replied } = await askMedia(platform, person, method, path, body);
        expect([person.name, method, path, status, replied['code']]).toEqual([person.name, method, path, 401, 'capability_invalid']);
      }
  });
});

test('[A1] every verb of the protocol is in the matrix', () => {
  expect(Object.keys(VERB_ROWS).toSorted()).toEqual(Object.keys(VERBS).toSorted());
  expect(matrix.tried).toBeGreaterThan(5_000);
});
