import { requestTicket } from '@conclave/cli/peer/joining';
import { randomUUID } from 'node:crypto';
import { LIMITS } from '@conclave/protocol/limits';
import { REQUEST_TYPES } from '@conclave/protocol/signalling/messages';
import { createManualTime } from '@conclave/runtime/testing/manual-time';
import { joinRoom, type Guest } from '@conclave/testkit/joining';
import { startPlatform, type Platform } from '@conclave/testkit/platform';
import { connectSignal } from '@conclave/testkit/signal-client';
import { WebSocket } from 'ws';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sampleOf } from './testing.ts';

const stack = new AsyncDisposableStack();
const time = createManualTime();
let platform: Platform;
let room: string;
let bystander: Guest;

beforeAll(async () => {
  platform = stack.use(await startPlatform({ time }));
  room = await platform.createRoom();
});
afterAll(() => stack.disposeAsync());
beforeEach(async () => {
  bystander = await joinRoom(platform, { room, name: 'Bystander' });
});
// Whatever a test did to its own connection, this one still works.
afterEach(async () => {
  const pong = await bystander.client.ask('connection.ping', {});
  if (!pong.ok) throw new Error(`the bystander got ${pong.code}`);
  await bystander.client.ask('room.leave', {});
});

const connect = () => connectSignal(platform.origin, platform);
const join = (name = 'Ann') => joinRoom(platform, { room, name });

const message = (id: number, type: string, data: unknown) => JSON.stringify({ id, type, data });

describe('every message in every state', () => {
  test.each(REQUEST_TYPES)('%s on a connection that has not joined is refused and the connection closed with 4401', async (type) => {
    using client = await connect();
    expect(await client.askRaw(7, message(7, type, sampleOf(type)))).toMatchObject({ id: 7, ok: false, code: 'sign_in_required' });
    expect((await client.closed).code).toBe(4401);
  });

  test.each(['room.join', 'room.resume', 'lobby.resume', 'lobby.leave'] as const)(
    '%s on a connection that has joined is a conflict',
    async (type) => {
      using guest = await join();
      expect(await guest.client.askRaw(7, message(7, type, sampleOf(type)))).toMatchObject({ ok: false, code: 'conflict' });
      expect(await guest.client.ask('connection.ping', {})).toMatchObject({ ok: true });
    },
  );

  // Who may send the others, and what they are answered: `matrix.test.ts`.
  test.each(['connection.ping', 'room.leave', 'media.restart', 'chat.send', 'participant.rename', 'hand.raise', 'hand.lower'] as const)(
    '%s of somebody in the room is answered',
    async (type) => {
      using guest = await join();
      expect(await guest.client.askRaw(7, message(7, type, sampleOf(type)))).toMatchObject({ ok: true });
    },
  );

  test.each(REQUEST_TYPES)('%s after leaving has no effect', async (type) => {
    using guest = await join();
    const left = guest.client.ask('room.leave', {});
    guest.client.socket.send(message(99, type, sampleOf(type)));
    expect(await left).toMatchObject({ ok: true });
    expect((await guest.client.closed).code).toBe(1000);
    expect(guest.client.frames.filter((text) => text.includes('"id":99'))).toEqual([]);
  });

  test('what the role does not permit is refused: an attendee has no self_rename', async () => {
    const hall = await platform.createRoom({ roles: ['attendee'], default_role: 'attendee' });
    using guest = await joinRoom(platform, { room: hall, name: 'Ann' });
    expect(await guest.client.ask('participant.rename', { name: 'Queen' })).toMatchObject({ ok: false, code: 'not_allowed' });
  });
});

describe('messages that do not fit', () => {
  test.each([
    ['an unknown type', { id: 5, type: 'room.explode', data: {} }],
    ['a type from the prototype', { id: 5, type: 'constructor', data: {} }],
    ['an unknown field in the envelope', { id: 5, type: 'connection.ping', data: {}, sender: 'me' }],
    ['an unknown field in the data', { id: 5, type: 'chat.send', data: { ...sampleOf('chat.send'), participantId: randomUUID() } }],
    ['a field of a wrong kind', { id: 5, type: 'chat.send', data: { clientMessageId: randomUUID(), text: 5 } }],
    ['data that is missing', { id: 5, type: 'chat.send' }],
    ['an empty chat message', { id: 5, type: 'chat.send', data: { clientMessageId: randomUUID(), text: '   ' } }],
    ['a name that is too long', { id: 5, type: 'participant.rename', data: { name: 'x'.repeat(LIMITS.nameLength + 1) } }],
    ['a type that is too long', { id: 5, type: 'x'.repeat(65), data: {} }],
  ])('%s is answered with bad_request, and the connection goes on', async (_what, sent) => {
    using guest = await join();
    expect(await guest.client.askRaw(5, JSON.stringify(sent))).toMatchObject({ id: 5, ok: false, code: 'bad_request' });
    expect(await guest.client.ask('connection.ping', {})).toMatchObject({ ok: true });
  });

  test('a refusal names the paths that failed and never the values', async () => {
    using guest = await join();
    const reply = await guest.client.askRaw(5, message(5, 'chat.send', { clientMessageId: 'hunter2', text: 'x' }));
    expect(reply).toMatchObject({ details: { paths: ['data.clientMessageId'] } });
    expect(JSON.stringify(reply)).not.toContain('hunter2');
  });

  test.each([
    ['no JSON', 'hello'],
    ['an empty frame', ''],
    ['no object', '[]'],
    ['an object without an id', '{"type":"connection.ping","data":{}}'],
    ['an id that is no number', '{"id":"1","type":"connection.ping","data":{}}'],
    ['an id out of range', `{"id":${2 ** 31},"type":"connection.ping","data":{}}`],
    ['JSON of 20 000 levels', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
  ])('%s cannot be answered and closes the connection with 1007', async (_what, text) => {
    using guest = await join();
    guest.client.socket.send(text);
    expect((await guest.client.closed).code).toBe(1007);
  });

  test('a frame above the limit closes the connection with 1009', async () => {
    using guest = await join();
    guest.client.socket.send('x'.repeat(LIMITS.signalMessageBytes + 1));
    expect((await guest.client.closed).code).toBe(1009);
  });

  test('many fragments that are too much together close the connection with 1009', async () => {
    using guest = await join();
    for (let part = 0; part < 80; part += 1) guest.client.socket.send('x'.repeat(1024), { fin: false });
    expect((await guest.client.closed).code).toBe(1009);
  });

  test('a binary frame closes the connection with 1003', async () => {
    using guest = await join();
    guest.client.socket.send(Buffer.from(message(1, 'connection.ping', {})));
    expect((await guest.client.closed).code).toBe(1003);
  });
});

describe('too much', () => {
  test('beyond the burst each message is answered with rate_limited and when to come back, and who goes on is closed with 4429', async () => {
    using guest = await join();
    for (let n = 0; n < 2 * LIMITS.signalBurst + 20; n += 1) guest.client.socket.send(message(n, 'connection.ping', {}));
    expect((await guest.client.closed).code).toBe(4429);
    expect(guest.client.frames.filter((text) => text.includes('rate_limited')).length).toBeGreaterThanOrEqual(LIMITS.signalBurst);
  });

  test('after a pause one may go on', async () => {
    using guest = await join();
    for (let n = 0; n < LIMITS.signalBurst; n += 1) guest.client.socket.send(message(n, 'connection.ping', {}));
    expect(await guest.client.askRaw(500, message(500, 'connection.ping', {}))).toMatchObject({
      code: 'rate_limited',
      retryAfterMs: expect.any(Number),
    });
    time.advance(1_000);
    expect(await guest.client.ask('connection.ping', {})).toMatchObject({ ok: true });
  });

  test('a client that does not read is cut off, and nothing is kept for it', async () => {
    using guest = await join();
    const lost = bystander.client.until(
      'participant.updated',
      (data) => data.participantId === guest.joined.self.participantId && data.connection === 'reconnecting',
    );
    guest.client.socket.pause();
    const text = 'x'.repeat(LIMITS.chatTextLength);
    const flood = async (): Promise<void> => {
      for (let n = 0; n < 3_000; n += 1) {
        if (n % 40 === 39) time.advance(2_000);
        await bystander.client.ask('chat.send', { clientMessageId: randomUUID(), text });
        if (
          bystander.client.seen.some(
            (notification) => notification.type === 'participant.updated' && notification.data.connection === 'reconnecting',
          )
        )
          return;
      }
    };
    await flood();
    expect(await lost).toMatchObject({ connection: 'reconnecting' });
  }, 60_000);
});

describe('who may connect', () => {
  test('a connection that does not authenticate in 5 s is closed with 4401', async () => {
    using client = await connect();
    time.advance(LIMITS.signalAuthTimeoutMs - 1);
    expect(client.socket.readyState).toBe(client.socket.OPEN);
    time.advance(1);
    expect((await client.closed).code).toBe(4401);
  });

  test('requests that do not authenticate buy no time', async () => {
    using client = await connect();
    for (let n = 0; n < 4; n += 1) {
      time.advance(LIMITS.signalAuthTimeoutMs / 4 - 1);
      expect(await client.askRaw(n, message(n, 'room.join', { ticket: 'short' }))).toMatchObject({ ok: false, code: 'bad_request' });
    }
    time.advance(4);
    expect((await client.closed).code).toBe(4401);
  });

  test('a page of another origin is refused, our own and a program without one are not', async () => {
    await expect(connectSignal(platform.origin, { ca: platform.ca, origin: 'https://evil.example' })).rejects.toThrow('403');
    await expect(connectSignal(platform.origin, { ca: platform.ca, origin: 'null' })).rejects.toThrow('403');
    using own = await connectSignal(platform.origin, { ca: platform.ca, origin: platform.origin });
    expect(own.socket.protocol).toBe('');
  });

  test('[T4] there is no plain WebSocket: not on the port of HTTPS, and the port of HTTP only redirects', async () => {
    const open = (port: number) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}/signal`);
        socket.on('open', () => resolve('open'));
        socket.on('error', (error) => resolve(error.message));
      });
    expect(await open(platform.config.httpsPort)).toMatch(/socket hang up|ECONNRESET/);
    expect(await open(platform.config.httpPort)).toMatch(/308/);
  });

  test('no other path takes WebSockets', async () => {
    await expect(connectSignal(platform.origin, { ca: platform.ca, path: '/dashboard' })).rejects.toThrow('404');
    await expect(connectSignal(platform.origin, { ca: platform.ca, path: '/signal/' })).rejects.toThrow('404');
    const { status } = await platform.http.ask('GET', '/signal');
    expect(status).toBe(404);
  });

  test('a connection whose pongs stay away is cut off and its participant reconnects', async () => {
    const ticket = await requestTicket(platform, { room, name: 'Ann' });
    using client = await connect();
    const reply = await client.ask('room.join', { ticket });
    const participantId = reply.ok && 'self' in reply.data ? reply.data.self.participantId : '';
    client.socket.pause();
    const gone = bystander.client.until(
      'participant.updated',
      (data) => data.participantId === participantId && data.connection === 'reconnecting',
    );
    for (let beat = 0; beat < 3; beat += 1) {
      time.advance(LIMITS.signalPingIntervalMs);
      await bystander.client.ask('connection.ping', {});
    }
    time.advance(LIMITS.signalPingIntervalMs);
    expect(await gone).toMatchObject({ connection: 'reconnecting' });
  });
});
