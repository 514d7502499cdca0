import { randomUUID } from 'node:crypto';
import { Event } from '@conclave/protocol/events/event';
import { LIMITS } from '@conclave/protocol/limits';
import { loadMasterKeys } from '@conclave/runtime/sealing';
import { createManualTime } from '@conclave/runtime/testing/manual-time';
import { createPersonKeys, type Revealed } from '@conclave/server/event-log/person-keys';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { joinRoom, resumeRoom, type Guest } from '../src/joining.ts';
import { startPlatform, type Platform } from '../src/platform.ts';
import { openGate, type TcpGate } from '../src/tcp-gate.ts';
import '../src/database.ts'; // these tests need a database

const stack = new AsyncDisposableStack();
const time = createManualTime();
let platform: Platform;
let database: TcpGate;

beforeAll(async () => {
  platform = stack.use(
    await startPlatform({
      time,
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

const rest = (method: string, path: string) =>
  platform.http.ask(method, `/api/v1${path}`, { headers: { authorization: `Bearer ${platform.team.key}` } });
const say = (guest: Guest, text: string, clientMessageId: string = randomUUID()) =>
  guest.client.ask('chat.send', { clientMessageId, text });
const lost = async (guest: Guest) => {
  guest.client.socket.terminate();
  await guest.client.closed;
};

/** The events of a room once there are `count`, in the order of the log. */
async function eventsOf(room: string, count: number): Promise<Event[]> {
  const look = async () => {
    // The sequencer of a platform with manual time moves on when time does.
    time.advance(500);
    return findEvents(room);
  };
  await expect.poll(async () => (await look()).length, { timeout: 10_000 }).toBeGreaterThanOrEqual(count);
  return findEvents(room);
}

async function findEvents(roomId: string): Promise<Event[]> {
  const rows = await platform.db
    .selectFrom('event_log_entries')
    .select('entry')
    .where('room_id', '=', roomId as never)
    .where('category', '=', 'session')
    .orderBy('seq')
    .execute();
  return rows.map(({ entry }) => Event.parse(JSON.parse(entry ?? '')));
}

const revealed = async (events: Event[]): Promise<Revealed[]> =>
  createPersonKeys((await loadMasterKeys(platform.config.dataDir)).persons).reveal(platform.db, events);

/** `participant.left connection_lost`: the name, and the reason where there is one. */
const told = (events: readonly Event[]) =>
  events.map(({ name, data }) => (data['reason'] === undefined ? name : `${name} ${JSON.stringify(data['reason']).slice(1, -1)}`));

describe('[E1] a whole meeting', () => {
  test('leaves its events in order: who came, wrote, was renamed, lost, came back, left; and the restart of the server', async () => {
    const room = await platform.createRoom();
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    const { id } = ann.joined.room;
    await say(ann, 'hello');
    await ann.client.ask('participant.rename', { name: 'Anna' });
    await lost(ann);
    using annAgain = await resumeRoom(platform, { resumeToken: ann.joined.self.resumeToken });
    using ben = await joinRoom(platform, { room, name: 'Ben' });
    await eventsOf(id, 8); // Whoever leaves is written when nobody waits for it.
    await ben.client.ask('room.leave', {});
    await eventsOf(id, 9);
    using cyd = await joinRoom(platform, { room, name: 'Cyd' });
    await platform.restartServer();
    using annThird = await resumeRoom(platform, { resumeToken: annAgain.joined.self.resumeToken });
    expect(annThird.joined.participants.map(({ name }) => name)).toEqual(['Anna', 'Cyd']);
    for (let passedMs = 0; passedMs < LIMITS.restoreGraceMs; passedMs += 6_000) {
      time.advance(6_000);
      await annThird.client.ask('connection.ping', {});
    }
    await annThird.client.until('participant.left', (data) => data.participantId === cyd.joined.self.participantId);
    await annThird.client.ask('room.leave', {});
    const events = await eventsOf(id, 15);
    expect(told(events)).toEqual([
      'ticket.issued',
      'session.started',
      'participant.joined',
      'message.posted',
      'participant.renamed',
      'participant.resumed',
      'ticket.issued',
      'participant.joined',
      'participant.left left',
      'ticket.issued',
      'participant.joined',
      'participant.resumed',
      'participant.left server_restarted',
      'participant.left left',
      'session.ended empty',
    ]);
    const people = await revealed(events.filter(({ name }) => name !== 'ticket.issued'));
    expect(people.map(({ name }) => name).filter(Boolean)).toEqual(['Ann', 'Anna', 'Ben', 'Cyd']);
    const annsActs = events.filter(({ actor }) => actor.id === ann.joined.self.participantId);
    expect(annsActs.map(({ actor }) => actor.authenticatedBy)).toEqual([
      ...Array.from({ length: 4 }, () => 'room-link'),
      ...Array.from({ length: 4 }, () => 'resume-token'),
    ]);
    expect(new Set(annsActs.map(({ personal }) => personal.network?.key)).size).toBe(1);
  });

  test('that is ended by deleting its room names who deleted it, and everybody has left', async () => {
    const room = await platform.createRoom();
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    using _ben = await joinRoom(platform, { room, name: 'Ben' });
    await rest('DELETE', `/rooms/${room}`);
    const events = await eventsOf(ann.joined.room.id, 8);
    expect(told(events).slice(-3)).toEqual([
      'participant.left session_ended',
      'participant.left session_ended',
      'session.ended room_deleted',
    ]);
    expect(events.at(-1)?.actor.kind).toBe('key');
  });

  test('knows somebody with an id of the team as the same person in each of its rooms, and tells nobody the id', async () => {
    const rooms = [await platform.createRoom(), await platform.createRoom()];
    const keys = await Promise.all(
      rooms.map(async (room) => {
        const { body } = await rest('GET', `/rooms/${room}`);
        const token = await new SignJWT({ td: platform.team.id, rd: String(body['id']), ud: 'employee-4711', u: 'Ann' })
          .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
          .sign(Buffer.from(platform.team.key));
        using _ann = await joinRoom(platform, { room, token });
        const events = await eventsOf(String(body['id']), 3);
        expect(JSON.stringify(events)).not.toContain('4711');
        const joined = events.filter(({ name }) => name === 'participant.joined');
        expect(await revealed(joined)).toMatchObject([{ name: 'Ann', externalId: 'employee-4711' }]);
        expect(joined[0]?.actor.authenticatedBy).toBe('room-token');
        return joined[0]?.personal.name?.key;
      }),
    );
    expect(keys[0]).toBeDefined();
    expect(keys[0]).toBe(keys[1]);
  });
});

describe('names that are made to break a log', () => {
  const ODD = [
    ['line breaks', 'Ann\r\n{"seq":0}\r\nBen', 'Ann\r\n{"seq":0}\r\nBen'],
    ['colours of a terminal', '\u001b[2J\u001b[31mAnn', '\u001b[2J\u001b[31mAnn'],
    ['NUL', 'An\0n', 'An\ufffdn'],
    ['text that runs backwards', 'Ann \u202egnp.exe', 'Ann \u202egnp.exe'],
    ['half a surrogate', 'Ann \ud83d', 'Ann \ufffd'],
    ['other line separators', 'Ann\u2028Ben\u0085', 'Ann\u2028Ben\u0085'],
  ] as const;

  test.each(ODD)('%s: joining and renaming is one event of one line each', async (_what, name, stored) => {
    const room = await platform.createRoom();
    using ann = await joinRoom(platform, { room, name });
    expect(await ann.client.ask('participant.rename', { name: `${name}!` })).toMatchObject({ ok: true });
    const events = await eventsOf(ann.joined.room.id, 4);
    expect(told(events)).toEqual(['ticket.issued', 'session.started', 'participant.joined', 'participant.renamed']);
    const rows = await platform.db
      .selectFrom('event_log_entries')
      .select('entry')
      .where('session_id', '=', ann.joined.room.sessionId)
      .execute();
    // oxlint-disable-next-line no-control-regex -- that there is none is the point
    for (const { entry } of rows) expect(entry).toMatch(/^[^\u0000-\u001f\u007f-\u009f\u2028-\u202e]*$/);
    expect((await revealed(events)).slice(2)).toMatchObject([{ name: stored }, { name: `${stored}!`, formerName: stored }]);
  });

  test('10,000 letters are refused, at the door and in the room', async () => {
    const room = await platform.createRoom();
    const name = 'A'.repeat(10_000);
    await expect(joinRoom(platform, { room, name })).rejects.toThrow('bad_request');
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    expect(await ann.client.ask('participant.rename', { name })).toMatchObject({ ok: false, code: 'bad_request' });
    expect(told(await eventsOf(ann.joined.room.id, 3))).toEqual(['ticket.issued', 'session.started', 'participant.joined']);
  });
});

describe('[E1] while the database is away', () => {
  test('media goes on, what needs an event is unavailable, and what happened is written once when it is back', async () => {
    const room = await platform.createRoom();
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    using ben = await joinRoom(platform, { room, name: 'Ben' });
    using cyd = await joinRoom(platform, { room, name: 'Cyd' });
    const { id } = ann.joined.room;
    const cydId = cyd.joined.self.participantId;
    const acknowledged = randomUUID();
    expect(await say(ann, 'acknowledged', acknowledged)).toMatchObject({ ok: true });
    await eventsOf(id, 8);
    await database.close();
    const goneAtMs = time.nowMs();
    try {
      expect(await say(ann, 'refused')).toMatchObject({ ok: false, code: 'unavailable' });
      expect(await ann.client.ask('participant.rename', { name: 'Anna' })).toMatchObject({ ok: false, code: 'unavailable' });
      expect(await ann.client.ask('media.restart', {})).toMatchObject({ ok: true });
      using back = await resumeRoom(platform, { resumeToken: ben.joined.self.resumeToken, keepMedia: true });
      expect(await back.client.ask('room.leave', {})).toMatchObject({ ok: true });
      await lost(cyd);
      await ann.client.until('participant.updated', (data) => data.participantId === cydId && data.connection === 'reconnecting');
      for (let passedMs = 0; passedMs < 60_000; passedMs += 6_000) {
        time.advance(6_000);
        expect(await ann.client.ask('connection.ping', {})).toMatchObject({ ok: true });
      }
      await ann.client.until('participant.left', (data) => data.participantId === cydId);
      expect(await ann.client.ask('room.leave', {})).toMatchObject({ ok: true });
    } finally {
      await database.open();
    }
    const events = (await eventsOf(id, 14)).slice(8);
    expect(told(events)).toEqual([
      'media.restarted',
      'participant.resumed',
      'participant.left left',
      'participant.left connection_lost',
      'participant.left left',
      'session.ended empty',
    ]);
    const secondsAfter = events.map(({ time: at }) => Math.round((Date.parse(at) - goneAtMs) / 1_000));
    expect(secondsAfter).toEqual([0, 0, 0, 30, 60, 60]);
    using again = await joinRoom(platform, { room, name: 'Ann' });
    expect(told(await eventsOf(id, 17)).slice(14)).toEqual(['ticket.issued', 'session.started', 'participant.joined']);
    expect(again.joined.room.sessionId).not.toBe(ann.joined.room.sessionId);
    expect(
      await platform.db.selectFrom('chat_messages').select('text').where('session_id', '=', ann.joined.room.sessionId).execute(),
    ).toEqual([{ text: 'acknowledged' }]);
  });
});
