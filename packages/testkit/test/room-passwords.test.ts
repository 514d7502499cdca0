import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { httpsClient, type HttpsReply } from '../src/https-client.ts';
import { joinRoom, requestTicket } from '../src/joining.ts';
import { startPlatform, type Platform } from '../src/platform.ts';
import { connectSignal } from '../src/signal-client.ts';
import '../src/database.ts'; // these tests need a database

const RIGHT = 'a word that is right';
const ATTEMPTS = 1_000;
/** Of the policy that is tested: wrong passwords of one network. */
const PER_NETWORK = 10;

const stack = new AsyncDisposableStack();
let platform: Platform;

beforeAll(async () => {
  platform = stack.use(await startPlatform({ env: { CONCLAVE_LOG_LEVEL: 'error' } }));
});
afterAll(() => stack.disposeAsync());

/** Asks for a ticket from an address of loopback. */
async function tryAt(address: string, body: object): Promise<HttpsReply> {
  using client = httpsClient(platform.origin, platform.ca, { localAddress: address });
  return await client.ask('POST', '/api/join', { body }); // before the client is put away
}

/** One wrong attempt after the other of each address, the addresses side by side. */
async function attack(room: string, addresses: readonly string[], attempts: number, between?: () => Promise<void>): Promise<HttpsReply[]> {
  const replies: HttpsReply[] = [];
  const wave = async (count: number) => {
    await Promise.all(
      addresses.map(async (address) => {
        for (let n = 0; n < count; n += 1) replies.push(await tryAt(address, { room, name: 'Mallory', password: `guess ${address} ${n}` }));
      }),
    );
  };
  const half = Math.floor(attempts / addresses.length / 2);
  await wave(half);
  await between?.();
  await wave(Math.ceil(attempts / addresses.length) - half);
  return replies;
}

/** How many were looked at with argon2, how many were refused before; and every refusal says when to come back. */
function judge(replies: readonly HttpsReply[]): { lookedAt: number; refused: number } {
  const wrong = replies.filter(({ status, body }) => status === 401 && body['code'] === 'password_wrong');
  const refused = replies.filter(({ status, body }) => status === 429 && body['code'] === 'rate_limited');
  expect(wrong.length + refused.length).toBe(replies.length);
  for (const { headers } of refused) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  return { lookedAt: wrong.length, refused: refused.length };
}

async function openRoom() {
  const room = await platform.createRoom({ roles: ['moderator', 'speaker', 'attendee'] });
  const headers = { authorization: `Bearer ${platform.team.key}` };
  const token = async (role: string) =>
    String((await platform.http.ask('POST', `/api/v1/rooms/${room}/token`, { body: { role, ud: role }, headers })).body['token']);
  const chair = stack.use(await joinRoom(platform, { room, name: 'Chair', token: await token('moderator') }));
  expect(await chair.client.ask('room.set-password', { password: RIGHT })).toMatchObject({ ok: true });
  return { room, chair };
}

describe('the password of a room', () => {
  test('[P5] 1,000 guesses from one address: ten are looked at, also over a restart of the server', async () => {
    const { room } = await openRoom();
    const replies = await attack(room, ['127.0.50.1'], ATTEMPTS, () => platform.restartServer());
    expect(replies).toHaveLength(ATTEMPTS);
    expect(judge(replies)).toEqual({ lookedAt: PER_NETWORK, refused: ATTEMPTS - PER_NETWORK });
    // The right one comes too late from there, and from elsewhere it does not.
    expect((await tryAt('127.0.50.1', { room, name: 'Mallory', password: RIGHT })).body['code']).toBe('rate_limited');
    expect((await tryAt('127.0.50.2', { room, name: 'Ann', password: RIGHT })).status).toBe(200);
  }, 300_000);

  test('[P5] fifty people behind one address who come at once with the right word are all let in, also during an attack', async () => {
    const { room } = await openRoom();
    await attack(
      room,
      Array.from({ length: 20 }, (_, n) => `127.0.80.${1 + n}`),
      200,
    );
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, n) => tryAt('127.0.81.1', { room, name: `Guest ${n}`, password: RIGHT })),
    );
    expect(replies.map(({ status, body }) => [status, body['code']])).toEqual(replies.map(() => [200, undefined]));
  }, 300_000);

  test('[P5] set, changed and removed in a running meeting: who is in stays, a ticket for the word of before is void', async () => {
    const { room, chair } = await openRoom();
    using ann = await joinRoom(platform, { room, name: 'Ann', password: RIGHT });
    const ticket = await requestTicket(platform, { room, name: 'Ben', password: RIGHT });
    expect(await chair.client.ask('room.set-password', { password: 'another word' })).toMatchObject({ ok: true });
    using ben = await connectSignal(platform.origin, platform);
    expect(await ben.ask('room.join', { ticket })).toMatchObject({ ok: false, code: 'password_required' });
    await expect(joinRoom(platform, { room, name: 'Ben', password: RIGHT })).rejects.toThrow('password_wrong');
    using cleo = await joinRoom(platform, { room, name: 'Cleo', password: 'another word' });
    expect(await chair.client.ask('room.set-password', { password: null })).toMatchObject({ ok: true });
    await ann.client.until('room.updated', ({ room: { hasPassword } }) => !hasPassword);
    using dan = await joinRoom(platform, { room, name: 'Dan' });
    expect(dan.joined.participants.map(({ name }) => name)).toEqual(['Chair', 'Ann', 'Cleo', 'Dan']);
    expect(await ann.client.ask('connection.ping', {})).toMatchObject({ ok: true });
    expect(await cleo.client.ask('connection.ping', {})).toMatchObject({ ok: true });
  }, 60_000);
});
