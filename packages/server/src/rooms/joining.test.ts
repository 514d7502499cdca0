import { requestTicket } from '@conclave/cli/peer/joining';
import { randomBytes, randomUUID } from 'node:crypto';
import { LIMITS } from '@conclave/protocol/limits';
import { createManualTime } from '@conclave/runtime/testing/manual-time';
import { joinRoom, resumeRoom } from '@conclave/testkit/joining';
import { startPlatform, type Platform } from '@conclave/testkit/platform';
import { connectSignal } from '@conclave/testkit/signal-client';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const stack = new AsyncDisposableStack();
const time = createManualTime();
let platform: Platform;

beforeAll(async () => {
  platform = stack.use(await startPlatform({ time }));
});
afterAll(() => stack.disposeAsync());

const secret = () => randomBytes(32).toString('base64url');
const rest = (method: string, path: string, body?: object) =>
  platform.http.ask(method, `/api/v1${path}`, { ...(body && { body }), headers: { authorization: `Bearer ${platform.team.key}` } });

async function tokenFor(room: string, claims: Record<string, unknown> = {}): Promise<string> {
  const { body } = await rest('GET', `/rooms/${room}`);
  return new SignJWT({ td: platform.team.id, rd: String(body['id']), ...claims })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(Buffer.from(platform.team.key));
}

/** The reply to `room.join`: `ok`, or the code of the refusal. */
async function tryTicket(ticket: string): Promise<string> {
  using client = await connectSignal(platform.origin, platform);
  const reply = await client.ask('room.join', { ticket });
  if (reply.ok) await client.ask('room.leave', {});
  return reply.ok ? 'ok' : reply.code;
}

describe('a ticket', () => {
  test('lets one in once', async () => {
    const ticket = await requestTicket(platform, { room: await platform.createRoom(), name: 'Ann' });
    expect(await tryTicket(ticket)).toBe('ok');
    expect(await tryTicket(ticket)).toBe('sign_in_required');
  });

  test('shown on two connections at once lets one of them in', async () => {
    const ticket = await requestTicket(platform, { room: await platform.createRoom(), name: 'Ann' });
    const results = await Promise.all([tryTicket(ticket), tryTicket(ticket), tryTicket(ticket)]);
    expect(results.toSorted()).toEqual(['ok', 'sign_in_required', 'sign_in_required']);
  });

  test('that is late or unknown is answered exactly like a used one', async () => {
    const ticket = await requestTicket(platform, { room: await platform.createRoom(), name: 'Ann' });
    time.advance(LIMITS.ticketLifetimeMs);
    expect(await tryTicket(ticket)).toBe('sign_in_required');
    expect(await tryTicket(secret())).toBe('sign_in_required');
  });

  test('is not stored: the database holds its digest', async () => {
    const ticket = await requestTicket(platform, { room: await platform.createRoom(), name: 'Ann' });
    const rows = await platform.db.selectFrom('join_tickets').selectAll().execute();
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(ticket);
    expect(rows.every((row) => !row.digest.includes(ticket))).toBe(true);
  });

  test('does not outlive a change of mind: entry is decided again when it is used', async () => {
    const room = await platform.createRoom();
    const ticket = await requestTicket(platform, { room, name: 'Ann' });
    await rest('PATCH', `/rooms/${room}`, { privacy: 'private' });
    expect(await tryTicket(ticket)).toBe('token_required');
  });

  test('of a room that was deleted meanwhile lets nobody in', async () => {
    const room = await platform.createRoom();
    const ticket = await requestTicket(platform, { room, name: 'Ann' });
    await rest('DELETE', `/rooms/${room}`);
    expect(await tryTicket(ticket)).toBe('not_found');
  });
});

describe('entry', () => {
  test('a room that does not exist is not_found at both doors', async () => {
    expect((await platform.http.ask('POST', '/api/entry', { body: { room: 'nowhere-at-all' } })).body).toMatchObject({
      status: 404,
      code: 'not_found',
    });
    await expect(requestTicket(platform, { room: 'nowhere-at-all', name: 'Ann' })).rejects.toThrow('not_found');
  });

  test('a private room wants a token, and takes no other', async () => {
    const room = await platform.createRoom({ privacy: 'private' });
    const other = await platform.createRoom({ privacy: 'private' });
    await expect(requestTicket(platform, { room, name: 'Ann' })).rejects.toThrow('token_required');
    await expect(requestTicket(platform, { room, name: 'Ann', token: 'x.y.z' })).rejects.toThrow('token_invalid');
    await expect(requestTicket(platform, { room, token: await tokenFor(other), name: 'Ann' })).rejects.toThrow('token_wrong_room');
    await expect(
      requestTicket(platform, { room, token: await tokenFor(room, { exp: Math.floor(time.nowMs() / 1000) - 1 }), name: 'Ann' }),
    ).rejects.toThrow('token_expired');
    using guest = await joinRoom(platform, { room, token: await tokenFor(room, { u: 'Ada', role: 'moderator' }), name: 'Mallory' });
    expect(guest.joined.participants[0]).toMatchObject({ name: 'Ada', role: 'moderator' });
  });

  test('a public room refuses a bad token instead of overlooking it', async () => {
    const room = await platform.createRoom();
    await expect(requestTicket(platform, { room, name: 'Ann', token: 'x.y.z' })).rejects.toThrow('token_invalid');
  });

  test('who has no name in a token must give one', async () => {
    const { status, body } = await platform.http.ask('POST', '/api/join', { body: { room: await platform.createRoom() } });
    expect([status, body['code'], body['details']]).toEqual([400, 'bad_request', { paths: ['name'] }]);
  });

  test('a full room takes nobody more, and somebody again when one has left', async () => {
    const room = await platform.createRoom({ max_participants: 2 });
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    const late = await requestTicket(platform, { room, name: 'Cyd' });
    using _ben = await joinRoom(platform, { room, name: 'Ben' });
    await expect(requestTicket(platform, { room, name: 'Dan' })).rejects.toThrow('room_full');
    expect(await tryTicket(late)).toBe('room_full');
    await ann.client.ask('room.leave', {});
    using cyd = await joinRoom(platform, { room, name: 'Cyd' });
    expect(cyd.joined.participants.map((participant) => participant.name)).toEqual(['Ben', 'Cyd']);
  });

  test('an expired room takes nobody', async () => {
    const expiresAt = new Date(time.nowMs() + 60_000).toISOString().slice(0, 19).replace('T', ' ');
    const room = await platform.createRoom({ expires_at: expiresAt });
    const ticket = await requestTicket(platform, { room, name: 'Ann' });
    expect(await tryTicket(ticket)).toBe('ok');
    time.advance(61_000);
    await expect(requestTicket(platform, { room, name: 'Ann' })).rejects.toThrow('session_ended');
  });

  test('a page of another origin cannot ask in the name of a visitor', async () => {
    const { status } = await platform.http.ask('POST', '/api/join', {
      body: { room: await platform.createRoom(), name: 'Ann' },
      headers: { origin: 'https://evil.example' },
    });
    expect(status).toBe(403);
  });

  test('an attendee is granted to receive and nothing else', async () => {
    const room = await platform.createRoom({ roles: ['attendee'], default_role: 'attendee' });
    const entry = await platform.http.ask('POST', '/api/entry', { body: { room } });
    expect(entry.body).toMatchObject({
      may: { microphone: false, camera: false, screen: false },
      microphoneOnJoin: false,
      cameraOnJoin: false,
    });
    using guest = await joinRoom(platform, { room, name: 'Ann' });
    expect(guest.joined.self.grants).toEqual({ microphone: false, camera: false, screen: false, receive: true });
  });
});

describe('codecs that cannot be', () => {
  const kind = 'audio' as const;
  test.each([
    ['none', { codecs: [] }],
    ['of a type that nobody knows', { codecs: [{ kind, mimeType: 'audio/nonsense', clockRate: 1 }] }],
    [
      'of a type that is none',
      {
        codecs: [{ kind, mimeType: '../../etc', clockRate: -1, preferredPayloadType: 1e9 }],
        headerExtensions: [{ uri: 'x', preferredId: -5 }],
      },
    ],
  ])('%s neither keep anybody out nor stay behind', async (_what, rtpCapabilities) => {
    const room = await platform.createRoom();
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    using client = await connectSignal(platform.origin, platform);
    const reply = await client.ask('room.join', { ticket: await requestTicket(platform, { room, name: 'Ben' }), rtpCapabilities });
    expect(reply.ok || reply.code).toBeOneOf([true, 'bad_request']);
    using cyd = await joinRoom(platform, { room, name: 'Cyd' });
    expect(cyd.joined.participants.map(({ name }) => name)).toEqual(reply.ok ? ['Ann', 'Ben', 'Cyd'] : ['Ann', 'Cyd']);
    expect(await ann.client.ask('connection.ping', {})).toMatchObject({ ok: true });
  });
});

describe('the roster', () => {
  test('shows who comes, renames and goes to everybody, in order of joining', async () => {
    const room = await platform.createRoom();
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    using ben = await joinRoom(platform, { room, name: 'Ben' });
    expect(ben.joined.participants.map((participant) => participant.name)).toEqual(['Ann', 'Ben']);
    const { participant } = await ann.client.until('participant.joined');
    expect(participant).toMatchObject({ id: ben.joined.self.participantId, name: 'Ben', connection: 'connected' });
    await ben.client.ask('participant.rename', { name: 'Benno' });
    expect(await ann.client.until('participant.updated')).toEqual({ participantId: participant.id, name: 'Benno' });
    await ben.client.ask('room.leave', {});
    expect(await ann.client.until('participant.left')).toEqual({ participantId: participant.id });
  });

  test('a session ends when the last one has left, and the next one is another', async () => {
    const room = await platform.createRoom();
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    await ann.client.ask('room.leave', {});
    using again = await joinRoom(platform, { room, name: 'Ann' });
    expect(again.joined.room.sessionId).not.toBe(ann.joined.room.sessionId);
    await expect
      .poll(
        async () =>
          (await platform.db.selectFrom('sessions').select('ended_at').where('id', '=', ann.joined.room.sessionId).executeTakeFirst())
            ?.ended_at,
      )
      .toBeInstanceOf(Date);
  });

  test('deleting a room puts everybody out with 4410', async () => {
    const room = await platform.createRoom();
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    await rest('DELETE', `/rooms/${room}`);
    expect((await ann.client.closed).code).toBe(4410);
  });
});

describe('resuming', () => {
  const lose = async (guest: Awaited<ReturnType<typeof joinRoom>>, witness: Awaited<ReturnType<typeof joinRoom>>, code?: number) => {
    const seen = witness.client.seen.length;
    if (code === undefined) guest.client.socket.terminate();
    else guest.client.socket.close(code);
    await expect
      .poll(() =>
        witness.client.seen
          .slice(seen)
          .some((notification) => notification.type === 'participant.updated' && notification.data.connection === 'reconnecting'),
      )
      .toBe(true);
  };

  test('brings the same participant back, with the same media path if it is still there', async () => {
    const room = await platform.createRoom();
    using witness = await joinRoom(platform, { room, name: 'Witness' });
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    await lose(ann, witness);
    using back = await resumeRoom(platform, { resumeToken: ann.joined.self.resumeToken });
    expect(back.joined.self.participantId).toBe(ann.joined.self.participantId);
    expect(back.joined.media).toBeNull();
    expect(back.joined.participants.map((participant) => participant.name)).toEqual(['Witness', 'Ann']);
    await witness.client.until('participant.updated', (data) => data.connection === 'connected');
  });

  test('after a reload of the page makes a new media path', async () => {
    const room = await platform.createRoom();
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    using back = await resumeRoom(platform, { resumeToken: ann.joined.self.resumeToken, keepMedia: false });
    expect(back.joined.media?.capability).toMatch(/^[\w-]{43}$/);
    expect(back.joined.media?.capability).not.toBe(ann.joined.media?.capability);
  });

  test('the newer connection wins and the older is closed with 4409', async () => {
    const room = await platform.createRoom();
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    using _back = await resumeRoom(platform, { resumeToken: ann.joined.self.resumeToken });
    expect((await ann.client.closed).code).toBe(4409);
  });

  test('a reply that was lost locks nobody out: the token before the newest works until the newest was used', async () => {
    const room = await platform.createRoom();
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    const first = ann.joined.self.resumeToken;
    using lost = await resumeRoom(platform, { resumeToken: first });
    using second = await resumeRoom(platform, { resumeToken: first });
    await expect(resumeRoom(platform, { resumeToken: lost.joined.self.resumeToken })).rejects.toThrow('sign_in_required');
    using third = await resumeRoom(platform, { resumeToken: second.joined.self.resumeToken });
    await expect(resumeRoom(platform, { resumeToken: first })).rejects.toThrow('sign_in_required');
    expect(third.joined.self.participantId).toBe(ann.joined.self.participantId);
  });

  test('an unknown token, and one of somebody who has left, is answered with sign_in_required', async () => {
    const room = await platform.createRoom();
    using _witness = await joinRoom(platform, { room, name: 'Witness' });
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    await ann.client.ask('room.leave', {});
    await expect(resumeRoom(platform, { resumeToken: ann.joined.self.resumeToken })).rejects.toThrow('sign_in_required');
    await expect(resumeRoom(platform, { resumeToken: secret() })).rejects.toThrow('sign_in_required');
  });

  test('who does not come back in 30 s has left; after a goodbye in 6 s', async () => {
    const room = await platform.createRoom();
    using witness = await joinRoom(platform, { room, name: 'Witness' });
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    using ben = await joinRoom(platform, { room, name: 'Ben' });
    await lose(ann, witness);
    await lose(ben, witness, 1001);
    const left = () =>
      witness.client.seen.flatMap((notification) => (notification.type === 'participant.left' ? [notification.data.participantId] : []));
    time.advance(LIMITS.goodbyeGraceMs);
    await expect.poll(left).toEqual([ben.joined.self.participantId]);
    // In steps, so that the witness gives signs of life.
    for (let passedMs = LIMITS.goodbyeGraceMs; passedMs < LIMITS.reconnectGraceMs; passedMs += 6_000) {
      expect(left()).toHaveLength(1);
      await witness.client.ask('connection.ping', {});
      time.advance(6_000);
    }
    await expect.poll(left).toEqual([ben.joined.self.participantId, ann.joined.self.participantId]);
    await expect(resumeRoom(platform, { resumeToken: ann.joined.self.resumeToken })).rejects.toThrow('sign_in_required');
  });

  test('brings the whole chat, which takes the place of what the page shows', async () => {
    const room = await platform.createRoom();
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    for (const text of ['one', 'two', 'three']) await ann.client.ask('chat.send', { clientMessageId: randomUUID(), text });
    using back = await resumeRoom(platform, { resumeToken: ann.joined.self.resumeToken });
    expect(back.joined.chat.map(({ seq, text }) => [seq, text])).toEqual([
      [1, 'one'],
      [2, 'two'],
      [3, 'three'],
    ]);
  });
});
