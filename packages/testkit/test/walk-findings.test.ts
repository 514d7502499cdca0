import { createManualTime } from '@conclave/runtime/testing/manual-time';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { joinRoom, type Guest } from '../src/joining.ts';
import { connectSignal } from '../src/signal-client.ts';
import { startPlatform, type Platform } from '../src/platform.ts';
import '../src/database.ts'; // these tests need a database

const stack = new AsyncDisposableStack();
const time = createManualTime();
let platform: Platform;

beforeAll(async () => {
  platform = stack.use(await startPlatform({ time }));
});
afterAll(() => stack.disposeAsync());

const rest = (method: string, path: string, body: object) =>
  platform.http.ask(method, `/api/v1${path}`, { body, headers: { authorization: `Bearer ${platform.team.key}` } });

async function moderatorIn(room: string): Promise<Guest> {
  const { body } = await rest('POST', `/rooms/${room}/token`, { role: 'moderator', u: 'Chair' });
  return joinRoom(platform, { room, token: String(body['token']) });
}

async function say(guest: Guest, type: 'chat.send' | 'chat.send-group', text: string) {
  time.advance(100);
  const reply = await guest.client.ask(type, { clientMessageId: crypto.randomUUID(), text });
  if (!reply.ok) throw new Error(reply.code);
  return reply.data.message;
}

describe('what walks have found', () => {
  test('[P1] whoever waits before a room that is deleted is told so at once, also while nobody is in', async () => {
    const room = await platform.createRoom({ is_locked: true });
    const { body } = await platform.http.ask('POST', '/api/join', { body: { room, name: 'Ann' } });
    using client = await connectSignal(platform.origin, platform);
    const knocked = await client.ask('room.join', { ticket: String(body['ticket']) });
    if (!knocked.ok || !('waiting' in knocked.data)) throw new Error('Ann does not wait');
    const { knockToken } = knocked.data.waiting;
    expect((await rest('DELETE', `/rooms/${room}`, {})).status).toBe(204);
    expect((await client.closed).code).toBe(4410);
    using again = await connectSignal(platform.origin, platform);
    expect(await again.ask('lobby.resume', { knockToken })).toMatchObject({ ok: false, code: 'sign_in_required' });
  });

  test('[P2] what was decided just before a server ended holds at the media node once it is back', async () => {
    const room = await platform.createRoom({ default_role: 'attendee' });
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    const { participantId } = ann.joined.self;
    const held = platform.media.ctx.sessions.get(ann.joined.room.sessionId)?.participants.get(participantId);
    if (!held) throw new Error('the media node does not know Ann');
    expect(held.grants).toEqual(ann.joined.self.grants);
    // It was not told that Ann may no longer speak.
    held.grants = { ...held.grants, microphone: true };
    await platform.restartServer();
    await vi.waitFor(() => expect(held.grants).toEqual(ann.joined.self.grants), 10_000);
  });

  test('[P7] whoever may read something else from now on is shown that and nothing else, live', async () => {
    const room = await platform.createRoom({ private_group_chat_enabled: true });
    using chair = await moderatorIn(room);
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    const { participantId } = ann.joined.self;
    const [open, secret] = [await say(chair, 'chat.send', 'To all'), await say(chair, 'chat.send-group', 'To the group')];
    await ann.client.until('chat.posted');
    const listed = async (count: number) => {
      const shown = () => ann.client.seen.flatMap((one) => (one.type === 'chat.listed' ? [one.data.messages.map(({ id }) => id)] : []));
      await ann.client.until('chat.listed', () => shown().length === count);
      return shown().at(-1);
    };
    await chair.client.ask('participant.set-role', { participantId, role: 'moderator' });
    expect(await listed(1)).toEqual([open.id, secret.id]);
    await chair.client.ask('participant.set-role', { participantId, role: 'attendee' });
    expect(await listed(2)).toEqual([open.id]);
    expect((await rest('PATCH', `/rooms/${room}`, { chat_enabled: false })).status).toBe(200);
    expect(await listed(3)).toEqual([]);
    // What does not touch it shows nothing again.
    await chair.client.ask('participant.set-role', { participantId, role: 'speaker' });
    await ann.client.until('self.updated', ({ role }) => role === 'speaker');
    expect(ann.client.seen.filter(({ type }) => type === 'chat.listed')).toHaveLength(3);
  });
});
