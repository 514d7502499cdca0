import type { Asked } from '@conclave/cli/peer/joining';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { joinRoom } from '../src/joining.ts';
import { startPlatform, type Platform } from '../src/platform.ts';
import { connectSignal } from '../src/signal-client.ts';
import '../src/database.ts'; // these tests need a database

const stack = new AsyncDisposableStack();
let platform: Platform;

beforeAll(async () => {
  platform = stack.use(await startPlatform());
});
afterAll(() => stack.disposeAsync());

const tokenFor = async (room: string, claims: object) => {
  const headers = { authorization: `Bearer ${platform.team.key}` };
  return String((await platform.http.ask('POST', `/api/v1/rooms/${room}/token`, { body: claims, headers })).body['token']);
};

/** A ticket as a browser with these cookies gets it, and the cookies it has then. */
async function ticketOf(asked: Asked, cookie?: string): Promise<{ ticket: string; cookie: string }> {
  const { body, headers } = await platform.http.ask('POST', '/api/join', { body: asked, headers: { ...(cookie && { cookie }) } });
  const [given] = headers['set-cookie'] ?? [];
  return { ticket: String(body['ticket']), cookie: given?.split(';')[0] ?? cookie ?? '' };
}

/** Who arrives by a ticket: in the room, in the lobby, or the code of the refusal. */
async function arriveBy(ticket: string) {
  const client = stack.use(await connectSignal(platform.origin, platform));
  const reply = await client.ask('room.join', { ticket });
  if (!reply.ok) return { client, arrival: reply.code };
  return 'waiting' in reply.data ? { client, arrival: 'lobby' } : { client, arrival: 'room', self: reply.data.self };
}

describe('[P1] somebody who was sent back to the lobby while nobody else waits', () => {
  test('waits also when they come anew by the same device under another name, until let in', async () => {
    const room = await platform.createRoom({ roles: ['moderator', 'speaker'], default_role: 'speaker' });
    using mod = await joinRoom(platform, { room, name: 'Mod', token: await tokenFor(room, { role: 'moderator' }) });
    const { ticket, cookie } = await ticketOf({ room, name: 'Eve' });
    const { client, self } = await arriveBy(ticket);
    if (!self) throw new Error('Eve is not in');
    expect(await mod.client.ask('participant.send-to-lobby', { participantId: self.participantId })).toMatchObject({ ok: true });
    await client.until('lobby.sent-back');

    const again = await ticketOf({ room, name: 'Somebody else' }, cookie);
    const second = await arriveBy(again.ticket);
    expect(second.arrival).toBe('lobby');
    const other = await arriveBy((await ticketOf({ room, name: 'Ann' })).ticket);
    expect(other.arrival).toBe('room');

    const { knock } = await mod.client.until('lobby.knocked', ({ knock: { name } }) => name === 'Somebody else');
    expect(await mod.client.ask('lobby.admit', { knockId: knock.id })).toMatchObject({ ok: true });
    const admitted = await second.client.until('lobby.admitted');
    expect((await second.client.ask('room.join', { ticket: admitted.ticket })).ok).toBe(true);
    expect(await second.client.ask('room.leave', {})).toMatchObject({ ok: true });
    expect((await arriveBy((await ticketOf({ room, name: 'Eve' }, cookie)).ticket)).arrival).toBe('room');
  });

  test('waits also with a token whose role opens doors, and a ticket of before does not help', async () => {
    const room = await platform.createRoom({ roles: ['moderator', 'speaker'], default_role: 'speaker' });
    using mod = await joinRoom(platform, { room, name: 'Mod', token: await tokenFor(room, { role: 'moderator', ud: 'mod-1' }) });
    const token = await tokenFor(room, { role: 'moderator', ud: 'rogue-1', u: 'Rogue' });
    using rogue = await joinRoom(platform, { room, name: 'Rogue', token });
    const before = await ticketOf({ room, token });
    await mod.client.ask('participant.send-to-lobby', { participantId: rogue.joined.self.participantId });
    expect((await arriveBy(before.ticket)).arrival).toBe('lobby');
    expect((await arriveBy((await ticketOf({ room, token })).ticket)).arrival).toBe('lobby');
  });
});
