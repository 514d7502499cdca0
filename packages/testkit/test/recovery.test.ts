import { requestTicket } from '@conclave/cli/peer/joining';
import { randomUUID } from 'node:crypto';
import type { MediaAccess } from '@conclave/protocol/media-api/public';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { joinRoom, resumeRoom, type Guest } from '../src/joining.ts';
import { startPlatform, type Platform } from '../src/platform.ts';
import { connectSignal } from '../src/signal-client.ts';
import { openGate, type TcpGate } from '../src/tcp-gate.ts';
import '../src/database.ts'; // these tests need a database

const stack = new AsyncDisposableStack();
let platform: Platform;
let database: TcpGate;

beforeAll(async () => {
  platform = stack.use(
    await startPlatform({
      reroute: async (url) => {
        const rerouted = new URL(url);
        database = stack.use(await openGate({ host: rerouted.hostname, port: Number(rerouted.port) }));
        rerouted.hostname = '127.0.0.1';
        rerouted.port = String(database.port);
        return rerouted.href;
      },
    }),
  );
});
afterAll(() => stack.disposeAsync());

const say = (guest: Guest, text: string, clientMessageId: string = randomUUID()) =>
  guest.client.ask('chat.send', { clientMessageId, text });
const health = async () => {
  const { status, body } = await platform.http.ask('GET', '/healthz');
  return status === 200 ? 'ready' : body['away'];
};
/** What the media node answers to this capability: `not_found` says that it is good, for a producer that does not exist. */
const tryMedia = async (media: MediaAccess | null) => {
  const { body } = await platform.http.ask('DELETE', `/media/v1/producers/${randomUUID()}`, {
    headers: { authorization: `Bearer ${media?.capability ?? ''}` },
  });
  return body['code'] ?? 'ok';
};

describe('a server that comes back', () => {
  test('finds everybody who was there; they resume with the media path that flowed on, and no message is lost', async () => {
    const room = await platform.createRoom();
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    using ben = await joinRoom(platform, { room, name: 'Ben' });
    await say(ann, 'before');
    const path = ann.joined.media;
    await platform.restartServer();
    expect((await ann.client.closed).code).toBe(4503);
    expect((await ben.client.closed).code).toBe(4503);
    using annAgain = await resumeRoom(platform, { resumeToken: ann.joined.self.resumeToken });
    expect(annAgain.joined.self.participantId).toBe(ann.joined.self.participantId);
    expect(annAgain.joined.media).toBeNull();
    expect(annAgain.joined.participants.map(({ name, connection }) => [name, connection])).toEqual([
      ['Ann', 'connected'],
      ['Ben', 'reconnecting'],
    ]);
    expect(annAgain.joined.chat.map(({ text }) => text)).toEqual(['before']);
    expect(await tryMedia(path)).not.toBe('capability_invalid');
    using benAgain = await resumeRoom(platform, { resumeToken: ben.joined.self.resumeToken });
    expect(await say(benAgain, 'after')).toMatchObject({ ok: true, data: { message: { seq: 2 } } });
    expect(await annAgain.client.until('chat.posted')).toMatchObject({ message: { text: 'after', seq: 2 } });
  });

  test('after the media node came back too gives new media paths', async () => {
    const room = await platform.createRoom();
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    await platform.restartServer({ whileAway: () => platform.restartMedia() });
    using back = await resumeRoom(platform, { resumeToken: ann.joined.self.resumeToken });
    expect(back.joined.media).not.toBeNull();
    expect(await tryMedia(back.joined.media)).not.toBe('capability_invalid');
  });
});

describe('a media node', () => {
  test('that comes back is given everybody who is connected, and they are told their new media path', async () => {
    const room = await platform.createRoom();
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    await platform.restartMedia();
    const { media } = await ann.client.until('media.restarted');
    expect(await tryMedia(ann.joined.media)).toBe('capability_invalid');
    expect(await tryMedia(media)).not.toBe('capability_invalid');
  });

  test('that is away refuses a newcomer with unavailable, and the rest of the room goes on', async () => {
    const room = await platform.createRoom();
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    await platform.restartMedia({
      whileAway: async () => {
        await expect(joinRoom(platform, { room, name: 'Ben' })).rejects.toThrow('unavailable');
        expect(await say(ann, 'still here')).toMatchObject({ ok: true });
        expect((await platform.http.ask('POST', '/media/v1/consumers', { body: {} })).body).toMatchObject({
          status: 503,
          code: 'unavailable',
        });
        await expect.poll(health).toEqual(['media node']);
      },
    });
    await expect.poll(health, { timeout: 5_000 }).toBe('ready');
    using ben = await joinRoom(platform, { room, name: 'Ben' });
    expect(ben.joined.participants.map(({ name }) => name)).toEqual(['Ann', 'Ben']);
  });

  test('that loses a worker: everybody has a new media path within 5 s', async () => {
    const room = await platform.createRoom();
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    using ben = await joinRoom(platform, { room, name: 'Ben' });
    const startedMs = performance.now();
    for (const pid of platform.media.workerPids()) process.kill(pid, 'SIGKILL');
    const [forAnn] = await Promise.all([ann.client.until('media.restarted'), ben.client.until('media.restarted')]);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect(await tryMedia(forAnn.media)).not.toBe('capability_invalid');
    expect(ann.client.seen.filter(({ type }) => type === 'media.restarted')).toHaveLength(1);
  });

  test('keeps nobody whom the server does not know', async () => {
    const room = await platform.createRoom();
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    const { joined } = ann;
    await platform.restartServer({
      whileAway: async () =>
        void (await platform.db
          .updateTable('participants')
          .set({ left_at: new Date() })
          .where('id', '=', joined.self.participantId)
          .execute()),
    });
    await expect.poll(() => tryMedia(joined.media), { timeout: 5_000 }).toBe('capability_invalid');
  });
});

describe('while the database is away', () => {
  test('the meeting goes on, what needs it is unavailable, and nothing is lost or doubled', async () => {
    const room = await platform.createRoom();
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    using ben = await joinRoom(platform, { room, name: 'Ben' });
    const ticket = await requestTicket(platform, { room, name: 'Cyd' });
    const clientMessageId = randomUUID();
    await database.close();
    try {
      expect(await say(ann, 'kept', clientMessageId)).toMatchObject({ ok: false, code: 'unavailable' });
      expect(await ann.client.ask('participant.rename', { name: 'Anna' })).toMatchObject({ ok: false, code: 'unavailable' });
      expect(await ann.client.ask('media.restart', {})).toMatchObject({ ok: true });
      using cyd = await connectSignal(platform.origin, platform);
      expect(await cyd.ask('room.join', { ticket })).toMatchObject({ ok: false, code: 'unavailable' });
      await expect(requestTicket(platform, { room, name: 'Dan' })).rejects.toThrow('unavailable');
      expect(await health()).toEqual(['database']);
      using back = await resumeRoom(platform, { resumeToken: ben.joined.self.resumeToken });
      expect(back.joined.self.resumeToken).toBe(ben.joined.self.resumeToken);
      expect(await back.client.ask('room.leave', {})).toMatchObject({ ok: true });
      await ann.client.until('participant.left');
    } finally {
      await database.open();
    }
    expect(await say(ann, 'kept', clientMessageId)).toMatchObject({ ok: true, data: { message: { seq: 1 } } });
    expect(await say(ann, 'kept', clientMessageId)).toMatchObject({ ok: true, data: { message: { seq: 1 } } });
    expect(await say(ann, 'next')).toMatchObject({ ok: true, data: { message: { seq: 2 } } });
    const benHasLeft = async () =>
      (await platform.db.selectFrom('participants').select('left_at').where('id', '=', ben.joined.self.participantId).executeTakeFirst())
        ?.left_at instanceof Date;
    await expect.poll(benHasLeft, { timeout: 10_000 }).toBe(true);
    using cyd = await joinRoom(platform, { room, name: 'Cyd' });
    expect(cyd.joined.participants.map(({ name }) => name)).toEqual(['Ann', 'Cyd']);
  });
});

describe('the way to the media node', () => {
  test.each([
    '/media/v1/../../internal/v1/sessions/x',
    '/media/v1/%2e%2e/%2e%2e/internal/v1/events',
    '/media/v1/..%2f..%2finternal/v1/events',
    '//media/v1/producers',
    '/media/v2/producers',
    '/internal/v1/events',
  ])('%s does not lead there', async (path) => {
    const { body } = await platform.http.ask('GET', path, { headers: { accept: 'application/json' } });
    expect(['bad_request', 'not_found']).toContain(body['code']);
  });

  test('a body above the limit is refused before it is read', async () => {
    const { status } = await platform.http.ask('POST', '/media/v1/consumers', { body: { x: 'x'.repeat(300_000) } });
    expect(status).toBe(413);
  });

  test('the capability of nobody is refused by the media node itself', async () => {
    const { body } = await platform.http.ask('POST', '/media/v1/producers', {
      body: {},
      headers: { authorization: `Bearer ${'A'.repeat(43)}` },
    });
    expect(body).toMatchObject({ code: 'capability_invalid' });
  });
});
