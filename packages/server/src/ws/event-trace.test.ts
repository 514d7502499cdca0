import { requestTicket } from '@conclave/cli/peer/joining';
import { randomBytes, randomUUID } from 'node:crypto';
import { LIMITS } from '@conclave/protocol/limits';
import type { RequestType } from '@conclave/protocol/signalling/messages';
import { VERBS, type Verb } from '@conclave/protocol/signalling/verbs';
import { createManualTime } from '@conclave/runtime/testing/manual-time';
import { expectAccounted, watchChanges, type ChangeWatch, type WatchedTransaction } from '@conclave/testkit/changes';
import { joinRoom, resumeRoom, type Guest } from '@conclave/testkit/joining';
import { startPlatform, type Platform } from '@conclave/testkit/platform';
import { connectSignal } from '@conclave/testkit/signal-client';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';

const stack = new AsyncDisposableStack();
const time = createManualTime();
let platform: Platform;
let watch: ChangeWatch;
let hall: string;
/** Gone after each test. */
const people: Disposable[] = [];
function keep<T extends Disposable>(one: T): T {
  people.push(one);
  return one;
}

beforeAll(async () => {
  platform = stack.use(await startPlatform({ time }));
  watch = await watchChanges(platform.db);
  hall = await platform.createRoom();
  stack.use(await joinRoom(platform, { room: hall, name: 'Resident' }));
});
afterAll(() => stack.disposeAsync());
afterEach(() => people.splice(0).forEach((one) => one[Symbol.dispose]()));

const secret = () => randomBytes(32).toString('base64url');
const message = (type: string, data: unknown, id = 7) => JSON.stringify({ id, type, data });
const join = (room = hall) => joinRoom(platform, { room, name: 'Ann' });
const rest = (method: string, path: string) =>
  platform.http.ask(method, `/api/v1${path}`, { headers: { authorization: `Bearer ${platform.team.key}` } });

/** `participant.joined`, or `refused chat.send bad_request`; as many times as it happened. */
function namesOf(transactions: readonly WatchedTransaction[]): string[] {
  return transactions.flatMap(({ events }) =>
    events.flatMap(({ name, result, data }) =>
      name === 'request.refused'
        ? Array.from({ length: Number(data['count']) }, () => `refused ${String(data['verb'])} ${result}`)
        : [name as string],
    ),
  );
}

/** The events that come of it, sorted, each with its change in its transaction and no change without its event. Waits for `count` of them. */
async function traceOf(act: () => Promise<unknown>, count: number): Promise<string[]> {
  await watch.take();
  await act();
  const seen: WatchedTransaction[] = [];
  const look = async () => {
    seen.push(...(await watch.take()));
    return namesOf(seen).length;
  };
  // If there are fewer, the caller's comparison says which.
  await vi.waitUntil(async () => (await look()) >= count, { timeout: 5_000 }).catch(() => undefined);
  expectAccounted(seen);
  return namesOf(seen).toSorted();
}

interface Case {
  readonly what: string;
  /** Somebody on a new connection, in the hall, or in a room where one may do nothing. */
  readonly who: 'new' | 'joined' | 'silent';
  readonly data: () => Promise<object> | object;
  /** `ok`, or the code of the refusal. */
  readonly answer: string;
  readonly events: readonly string[];
}

const refused = (type: string, code: string) => [`refused ${type} ${code}`];
const unknownField = { unknown: true };

async function usedTicket(): Promise<object> {
  const ticket = await requestTicket(platform, { room: hall, name: 'Ann' });
  using client = await connectSignal(platform.origin, platform);
  await client.ask('room.join', { ticket });
  return { ticket };
}

async function ticketOfFullRoom(): Promise<object> {
  const room = await platform.createRoom({ max_participants: 2 });
  const ticket = await requestTicket(platform, { room, name: 'Ann' });
  keep(await join(room));
  keep(await join(room));
  return { ticket };
}

async function ticketOfDeletedRoom(): Promise<object> {
  const room = await platform.createRoom();
  const ticket = await requestTicket(platform, { room, name: 'Ann' });
  await rest('DELETE', `/rooms/${room}`);
  return { ticket };
}

async function lostGuest(): Promise<object> {
  const guest = await join();
  guest.client.socket.terminate();
  await guest.client.closed;
  return { resumeToken: guest.joined.self.resumeToken, keepMedia: true };
}

const joinedOnly = (type: RequestType, good: object): Case[] => [
  { what: 'before joining', who: 'new', data: () => good, answer: 'sign_in_required', events: refused(type, 'sign_in_required') },
  {
    what: 'with a field that is unknown',
    who: 'joined',
    data: () => ({ ...good, ...unknownField }),
    answer: 'bad_request',
    events: refused(type, 'bad_request'),
  },
];
const newOnly = (type: RequestType, good: object): Case[] => [
  { what: 'again', who: 'joined', data: () => good, answer: 'conflict', events: refused(type, 'conflict') },
  {
    what: 'with a field that is unknown',
    who: 'new',
    data: () => ({ ...good, ...unknownField }),
    answer: 'bad_request',
    events: refused(type, 'bad_request'),
  },
  {
    what: 'with a secret that is none',
    who: 'new',
    data: () => good,
    answer: 'sign_in_required',
    events: refused(type, 'sign_in_required'),
  },
];
const text = () => ({ clientMessageId: randomUUID(), text: 'hello' });

/** The verbs of moderators, of the lobby and of chat are tried in every state and with every role by `matrix.test.ts`. */
type TracedType = 'room.join' | 'room.resume' | 'connection.ping' | 'room.leave' | 'media.restart' | 'chat.send' | 'participant.rename';

const CASES: { readonly [T in TracedType]: readonly Case[] } = {
  'room.join': [
    {
      what: 'with a ticket',
      who: 'new',
      data: async () => ({ ticket: await requestTicket(platform, { room: hall, name: 'Ann' }) }),
      answer: 'ok',
      events: ['participant.joined'],
    },
    {
      what: 'as the first',
      who: 'new',
      data: async () => ({ ticket: await requestTicket(platform, { room: await platform.createRoom(), name: 'Ann' }) }),
      answer: 'ok',
      events: ['session.started', 'participant.joined'],
    },
    {
      what: 'with a used ticket',
      who: 'new',
      data: usedTicket,
      answer: 'sign_in_required',
      events: refused('room.join', 'sign_in_required'),
    },
    { what: 'into a full room', who: 'new', data: ticketOfFullRoom, answer: 'room_full', events: refused('room.join', 'room_full') },
    { what: 'into a deleted room', who: 'new', data: ticketOfDeletedRoom, answer: 'not_found', events: refused('room.join', 'not_found') },
    ...newOnly('room.join', { ticket: secret() }),
  ],
  'room.resume': [
    { what: 'after a loss', who: 'new', data: lostGuest, answer: 'ok', events: ['participant.resumed'] },
    {
      what: 'after a reload',
      who: 'new',
      data: async () => ({ ...(await lostGuest()), keepMedia: false }),
      answer: 'ok',
      events: ['participant.resumed'],
    },
    ...newOnly('room.resume', { resumeToken: secret(), keepMedia: true }),
  ],
  'connection.ping': [
    { what: 'of somebody in the room', who: 'joined', data: () => ({}), answer: 'ok', events: [] },
    ...joinedOnly('connection.ping', {}),
  ],
  'room.leave': [
    { what: 'of one of several', who: 'joined', data: () => ({}), answer: 'ok', events: ['participant.left'] },
    { what: 'of the last one', who: 'silent', data: () => ({}), answer: 'ok', events: ['participant.left', 'session.ended'] },
    ...joinedOnly('room.leave', {}),
  ],
  'media.restart': [
    { what: 'of somebody in the room', who: 'joined', data: () => ({}), answer: 'ok', events: ['media.restarted'] },
    ...joinedOnly('media.restart', {}),
  ],
  'chat.send': [
    { what: 'of somebody in the room', who: 'joined', data: text, answer: 'ok', events: ['message.posted'] },
    { what: 'without the permission', who: 'silent', data: text, answer: 'not_allowed', events: refused('chat.send', 'not_allowed') },
    ...joinedOnly('chat.send', text()),
  ],
  'participant.rename': [
    { what: 'of somebody in the room', who: 'joined', data: () => ({ name: 'Anna' }), answer: 'ok', events: ['participant.renamed'] },
    { what: 'to the name that one has', who: 'joined', data: () => ({ name: 'Ann' }), answer: 'ok', events: [] },
    {
      what: 'without the permission',
      who: 'silent',
      data: () => ({ name: 'Queen' }),
      answer: 'not_allowed',
      events: refused('participant.rename', 'not_allowed'),
    },
    ...joinedOnly('participant.rename', { name: 'Anna' }),
  ],
};
const TYPES = Object.keys(CASES) as TracedType[]; // keys of a const object: exactly TracedType

async function seated(who: Case['who']): Promise<Pick<Guest, 'client'>> {
  if (who === 'new') return { client: keep(await connectSignal(platform.origin, platform)) };
  if (who === 'joined') return keep(await join());
  const room = await platform.createRoom({ roles: ['attendee'], default_role: 'attendee', chat_enabled: false });
  return keep(await join(room));
}

describe('[E1] every message, allowed and refused, and its events', () => {
  describe.each(TYPES)('%s', (type) => {
    test.each(CASES[type])('$what: $answer', async ({ who, data, answer, events }) => {
      const sent = message(type, await data());
      const { client } = await seated(who);
      let reply: { ok: boolean; code?: string } = { ok: false };
      const trace = await traceOf(async () => (reply = await client.askRaw(7, sent)), events.length);
      expect([reply.code ?? 'ok', ...trace]).toEqual([answer, ...events.toSorted()]);
    });

    test('is tried allowed, in the wrong state, with bad data, and without each permission that it needs', () => {
      const answers = CASES[type].map((one) => one.answer);
      const { states, permission }: Verb = VERBS[type];
      const needed = ['ok', 'bad_request', states.includes('new') ? 'conflict' : 'sign_in_required'];
      if (permission !== null) needed.push('not_allowed');
      expect(answers).toEqual(expect.arrayContaining(needed));
    });
  });

  test('the same message again is one event', async () => {
    using guest = await join();
    const data = text();
    const twice = async () => {
      await guest.client.ask('chat.send', data);
      await guest.client.ask('chat.send', data);
    };
    expect(await traceOf(twice, 1)).toEqual(['message.posted']);
  });

  test('of two who show a ticket at once one joins and the other is refused', async () => {
    const ticket = await requestTicket(platform, { room: hall, name: 'Ann' });
    using one = await connectSignal(platform.origin, platform);
    using other = await connectSignal(platform.origin, platform);
    const both = () => Promise.all([one.ask('room.join', { ticket }), other.ask('room.join', { ticket })]);
    expect(await traceOf(both, 2)).toEqual(['participant.joined', 'refused room.join sign_in_required']);
  });

  test('the connection that is replaced', async () => {
    using guest = await join();
    const resume = async () => keep(await resumeRoom(platform, { resumeToken: guest.joined.self.resumeToken }));
    expect(await traceOf(resume, 2)).toEqual(['participant.resumed', 'refused replaced replaced']);
  });
});

describe('[E1] what is no request leaves its refusal', () => {
  test.each([
    ['a type that nobody knows', message('room.explode', {}), 'unknown', 'bad_request'],
    ['a type of the prototype', message('constructor', {}), 'unknown', 'bad_request'],
    ['an envelope with more in it', JSON.stringify({ id: 7, type: 'connection.ping', data: {}, sender: 'me' }), 'malformed', 'bad_request'],
  ])('%s', async (_what, sent, verb, code) => {
    using guest = await join();
    expect(await traceOf(() => guest.client.askRaw(7, sent), 1)).toEqual(refused(verb, code));
  });

  test.each([
    ['no JSON', 'hello', 'bad_request'],
    ['a binary frame', Buffer.from('{}'), 'bad_request'],
    ['a frame above the limit', 'x'.repeat(LIMITS.signalMessageBytes + 1), 'too_large'],
  ])('%s, which closes the connection', async (_what, sent, code) => {
    using guest = await join();
    const send = () => {
      guest.client.socket.send(sent);
      return guest.client.closed;
    };
    expect(await traceOf(send, 1)).toEqual(refused('malformed', code));
  });

  test('a connection that never says who it is', async () => {
    using client = await connectSignal(platform.origin, platform);
    const wait = () => {
      time.advance(LIMITS.signalAuthTimeoutMs);
      return client.closed;
    };
    expect(await traceOf(wait, 1)).toEqual(refused('deadline', 'sign_in_required'));
  });

  test.each([
    ['of another origin', { origin: 'https://evil.example' }, 'not_allowed'],
    ['to another path', { path: '/dashboard' }, 'not_found'],
  ])('an upgrade %s', async (_what, how, code) => {
    const open = () => connectSignal(platform.origin, { ca: platform.ca, ...how }).catch(() => undefined);
    expect(await traceOf(open, 1)).toEqual(refused('upgrade', code));
  });

  test('a flood is counted to the last message that was answered, in a few events', async () => {
    using guest = await join();
    let transactions: WatchedTransaction[] = [];
    await watch.take();
    for (let n = 0; n < 3 * LIMITS.signalBurst; n += 1) guest.client.socket.send(message('connection.ping', {}, n));
    await guest.client.closed;
    const warned = guest.client.frames.filter((frame) => frame.includes('rate_limited')).length;
    time.advance(10_000);
    const expected = [...Array.from({ length: warned }, () => 'refused connection.ping rate_limited'), 'refused flood rate_limited'];
    const look = async () => {
      transactions = [...transactions, ...(await watch.take())];
      return namesOf(transactions).filter((name) => name.endsWith('rate_limited'));
    };
    await expect.poll(async () => (await look()).toSorted()).toEqual(expected.toSorted());
    expect(transactions.flatMap(({ events }) => events).length).toBeLessThan(20);
  });
});

/** What one of three people may do next, and what it leaves. Fewer of each refusal than would be counted together. */
const STEPS = {
  rename: { type: 'participant.rename', data: () => ({ name: randomUUID() }), event: 'participant.renamed' },
  write: { type: 'chat.send', data: text, event: 'message.posted' },
  restart: { type: 'media.restart', data: () => ({}), event: 'media.restarted' },
  ping: { type: 'connection.ping', data: () => ({}), event: null },
  joinAgain: { type: 'room.join', data: () => ({ ticket: secret() }), event: 'refused room.join conflict' },
  nonsense: { type: 'chat.send', data: () => ({ text: '' }), event: 'refused chat.send bad_request' },
  unknown: { type: 'room.explode', data: () => ({}), event: 'refused unknown bad_request' },
} as const;

test('[E1] whatever several people do at once in a room, each change has its event and each event its change', async () => {
  const step = fc.constantFrom(...(Object.keys(STEPS) as (keyof typeof STEPS)[])); // keys of a const object
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { maxLength: 9 }), { minLength: 3, maxLength: 3 }), async (plans) => {
      const guests = await Promise.all(plans.map(async () => keep(await join())));
      const act = async () => {
        await Promise.all(
          plans.map(async (plan, index) => {
            for (const [n, name] of plan.entries()) await guests[index]?.client.askRaw(n, message(STEPS[name].type, STEPS[name].data(), n));
            await guests[index]?.client.ask('room.leave', {});
          }),
        );
      };
      const expected = plans.flatMap((plan) => [...plan.flatMap((name) => STEPS[name].event ?? []), 'participant.left']);
      expect(await traceOf(act, expected.length)).toEqual(expected.toSorted());
    }),
    { numRuns: 8 },
  );
}, 60_000);
