import { requestTicket } from '@conclave/cli/peer/joining';
import { randomUUID } from 'node:crypto';
import { REQUEST_TYPES } from '@conclave/protocol/signalling/messages';
import { createManualTime } from '@conclave/runtime/testing/manual-time';
import { startPlatform, type Platform } from '@conclave/testkit/platform';
import { connectSignal, type SignalClient } from '@conclave/testkit/signal-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askMedia, makeRoles, MEDIA_CALLS, must, seat, type Person } from '@conclave/testkit/matrix/scene';
import { sampleOf } from './testing.ts';

const stack = new AsyncDisposableStack();
const time = createManualTime();
const TIMEOUT_MS = 120_000;
let platform: Platform;
beforeAll(async () => {
  platform = stack.use(await startPlatform({ time }));
  await makeRoles(platform);
}, TIMEOUT_MS);
afterAll(() => stack.disposeAsync());

/** What the page at the door shows to everybody. */
const DOOR = { description: 'Quarterly figures', lobby_message: 'The chair is on the way' };
const rest = async (method: string, path: string, body: object) => {
  const reply = await platform.http.ask(method, `/api/v1${path}`, { body, headers: { authorization: `Bearer ${platform.team.key}` } });
  if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
  return reply.body;
};

interface Waiter {
  readonly client: SignalClient;
  /** Every answer over HTTP. */
  readonly replies: string[];
  ask(path: string, body?: object, method?: string): Promise<void>;
}

async function waitAtDoor(room: string): Promise<Waiter> {
  const replies: string[] = [];
  const ask = async (path: string, body?: object, method = 'POST') => {
    const { status, headers, body: replied } = await platform.http.ask(method, path, { ...(body && { body }) });
    replies.push(JSON.stringify({ status, headers, replied }));
  };
  await ask('/api/entry', { room });
  const joined = await platform.http.ask('POST', '/api/join', { body: { room, name: 'Wanda Outside' } });
  replies.push(JSON.stringify(joined));
  const client = await connectSignal(platform.origin, platform);
  const reply = await must({ client }, 'room.join', { ticket: String(joined.body['ticket']) });
  if (!('waiting' in reply)) throw new Error('need not wait');
  return { client, replies, ask };
}

/** Everything that there is to know of a meeting: what the database and the media node hold of it. */
async function secretsOf(people: readonly Person[]): Promise<Map<string, string>> {
  const [one] = people;
  if (!one) throw new Error('nobody is in the room');
  const { id: roomId, sessionId } = one.joined.room;
  const secrets = new Map<string, string>([
    [roomId, 'id of the room'],
    [sessionId, 'id of the meeting'],
  ]);
  const { db } = platform;
  for (const { id, name } of await db.selectFrom('participants').select(['id', 'name']).where('session_id', '=', sessionId).execute())
    secrets.set(id, 'id of a participant').set(name, 'name of a participant');
  for (const { id, text } of await db.selectFrom('chat_messages').select(['id', 'text']).where('session_id', '=', sessionId).execute())
    secrets.set(id, 'id of a message').set(text, 'text of a message');
  for (const { id, name } of await db.selectFrom('knocks').select(['id', 'name']).where('room_id', '=', roomId).execute())
    if (name !== 'Wanda Outside') secrets.set(id, 'id of somebody who waits').set(name, 'name of somebody who waits');
  for (const { id, reason } of await db.selectFrom('bans').select(['id', 'reason']).where('room_id', '=', roomId).execute())
    secrets.set(id, 'id of a ban').set(reason ?? '', 'reason of a ban');
  for (const { id, email } of await db.selectFrom('invites').select(['id', 'email']).where('room_id', '=', roomId).execute())
    secrets.set(id, 'id of an invite').set(email ?? '', 'address of an invite');
  for (const { joined } of people) {
    secrets.set(joined.self.resumeToken, 'resume token');
    const { media } = joined;
    if (!media) continue;
    secrets.set(media.capability, 'capability');
    for (const { id, iceParameters, iceCandidates, dtlsParameters } of [media.send, media.recv]) {
      secrets.set(id, 'id of a transport').set(iceParameters.usernameFragment, 'ICE user').set(iceParameters.password, 'ICE password');
      for (const { value } of dtlsParameters.fingerprints) secrets.set(value, 'DTLS fingerprint');
      for (const candidate of iceCandidates) secrets.set(`"port":${candidate.port}`, 'port of the media node');
    }
  }
  for (const { id } of platform.media.ctx.producers.values()) secrets.set(id, 'id of a producer');
  secrets.delete('');
  return secrets;
}

const leaksIn = (texts: readonly string[], secrets: ReadonlyMap<string, string>) =>
  [...secrets].flatMap(([secret, kind]) => texts.flatMap((text) => (text.includes(secret) ? [`${kind}: ${text.slice(0, 200)}`] : [])));

/** Everything that people do in a meeting, and each thing that moderators do. */
async function live(room: string, [mona, sven, nora]: readonly [Person, Person, Person]): Promise<Person[]> {
  const came = [mona, sven, nora];
  const come = async (role: 'attendee' | 'moderator') => {
    const person = await seat(platform, room, role, mona);
    came.push(person);
    return person;
  };
  const text = (word: string) => ({ clientMessageId: randomUUID(), text: `${word} ${randomUUID()}` });
  await come('attendee');
  await must(sven, 'participant.rename', { name: 'Sven of the Board' });
  const [microphone, screen] = MEDIA_CALLS.flatMap(([, , body]) =>
    body?.['source'] === 'microphone' || body?.['source'] === 'screen' ? [body] : [],
  );
  const opened = await askMedia(platform, sven, 'POST', '/producers', microphone);
  await askMedia(platform, sven, 'POST', '/producers', screen);
  const { message } = await must(sven, 'chat.send', text('to all'));
  await must(nora, 'chat.send', { ...text('an answer'), replyTo: message.id });
  await must(nora, 'chat.send-private', { ...text('in private'), participantId: sven.id });
  await must(mona, 'chat.send-group', text('among us'));
  await must(nora, 'chat.react', { messageId: message.id, emoji: '🎉', on: true });
  await must(nora, 'hand.raise', {});
  await must(mona, 'participant.lower-hand', { participantId: nora.id });
  await must(mona, 'participant.set-name', { participantId: nora.id, name: 'Nora of the Bank' });
  await must(mona, 'participant.set-role', { participantId: nora.id, role: 'speaker' });
  await must(mona, 'participant.mute', { participantId: sven.id, source: 'microphone' });
  await must(mona, 'participant.ask-unmute', { participantId: sven.id, source: 'microphone' });
  await askMedia(platform, sven, 'PATCH', `/producers/${String(opened.body['id'])}`, { paused: false });
  await must(mona, 'participant.set-broadcast', { participantId: nora.id, microphone: false, camera: false });
  await must(mona, 'participant.set-screenshare', { participantId: sven.id, screen: false });
  await must(mona, 'room.set-chat', { closedTo: ['attendee'], privateClosedTo: ['attendee'] });
  await must(mona, 'invite.create', { name: 'Ivo Invited', email: 'ivo@bank.example' });
  await must(mona, 'room.set-password', { password: 'a word of the house' });
  await must(mona, 'room.set-lock', { on: true });
  await must(mona, 'room.set-lock', { on: false });
  await must(mona, 'room.set-password', { password: null });
  const [removed, banned, back] = [await come('attendee'), await come('attendee'), await come('attendee')];
  await must(mona, 'participant.remove', { participantId: removed.id });
  await must(mona, 'participant.ban', { participantId: banned.id, lasts: 'room', address: false, reason: 'sold the minutes' });
  await must(mona, 'participant.send-to-lobby', { participantId: back.id });
  const other = await waitAtDoorAs(room, 'Otto Otherwise');
  await must(mona, 'lobby.turn-away', { knockId: await knockIdOf(mona, 'Otto Otherwise'), word: 'not today' });
  await other.closed;
  await rest('PATCH', `/rooms/${room}`, { chat_reactions_enabled: false, max_participants: 77 });
  await must(mona, 'chat.delete-any', { messageId: message.id });
  await must(mona, 'media.restart', {});
  return came;
}

async function waitAtDoorAs(room: string, name: string): Promise<SignalClient> {
  const client = await connectSignal(platform.origin, platform);
  await must({ client }, 'room.join', { ticket: await requestTicket(platform, { room, name }) });
  return client;
}

async function knockIdOf({ client }: Person, name: string) {
  return (await client.until('lobby.knocked', ({ knock }) => knock.name === name)).knock.id;
}

describe('[P1] who waits in the lobby', () => {
  test(
    'gets nothing of the room from the knock until they are let in, whatever happens there',
    async () => {
      const settings = {
        roles: ['moderator', 'speaker', 'attendee'],
        default_role: 'attendee',
        is_locked: true,
        private_group_chat_enabled: true,
      };
      const room = String((await rest('POST', '/rooms', { ...settings, ...DOOR }))['friendly_url']);
      const mona = await seat(platform, room, 'moderator');
      const [sven, nora] = [await seat(platform, room, 'speaker', mona), await seat(platform, room, 'attendee', mona)];
      const wanda = await waitAtDoor(room);
      const knockId = await knockIdOf(mona, 'Wanda Outside');

      const came = await live(room, [mona, sven, nora]);
      // She asks for what she can think of.
      for (const type of REQUEST_TYPES.filter((one) => !['lobby.leave', 'room.join'].includes(one))) {
        time.advance(50);
        await wanda.client.ask(type, sampleOf(type));
      }
      await wanda.ask('/api/entry', { room });
      for (const [method, path, body] of MEDIA_CALLS) await wanda.ask(`/media/v1${path}`, body, method);
      for (const path of ['', '/live', '/token'])
        await wanda.ask(`/api/v1/rooms/${room}${path}`, undefined, path === '/token' ? 'POST' : 'GET');
      await must(wanda, 'connection.ping', {});
      const secrets = await secretsOf(came);
      await must(mona, 'lobby.admit', { knockId });
      await wanda.client.until('lobby.admitted');

      const told = [...wanda.client.frames, ...wanda.replies];
      expect(leaksIn(told, secrets)).toEqual([]);
      // Of what she was told without asking there is nothing but that she may come in.
      expect(wanda.client.seen.map(({ type }) => type)).toEqual(['lobby.admitted']);
      // The page at the door: its room, its team, its words.
      expect(told.filter((text) => text.includes(DOOR.lobby_message))).toHaveLength(2);

      // The control: who is in the room is told every kind of it.
      const witness = leaksIn(
        [mona, sven, nora].flatMap(({ client }) => client.frames),
        secrets,
      ).map((leak) => leak.split(':', 1).join());
      expect(new Set(witness)).toEqual(new Set(secrets.values()));
      expect(secrets.size).toBeGreaterThan(50);
      await must(mona, 'room.end', {});
    },
    TIMEOUT_MS,
  );

  test(
    'is told nothing when the meeting ends meanwhile, nor when another one begins, nor on another connection',
    async () => {
      const room = String(
        (await rest('POST', '/rooms', { roles: ['moderator', 'attendee'], default_role: 'attendee', is_locked: true }))['friendly_url'],
      );
      const first = await seat(platform, room, 'moderator');
      const wanda = await waitAtDoor(room);
      const { knockToken } = (JSON.parse(wanda.client.frames[0] ?? '{}') as { data: { waiting: { knockToken: string } } }).data.waiting; // as parsed in waitAtDoor
      await must(first, 'room.end', {});
      const second = await seat(platform, room, 'moderator');
      const again = await connectSignal(platform.origin, platform);
      await must({ client: again }, 'lobby.resume', { knockToken });
      expect((await wanda.client.closed).code).toBe(4409);
      await must(second, 'chat.send', { clientMessageId: randomUUID(), text: 'of the second meeting' });
      await must({ client: again }, 'connection.ping', {});
      const secrets = new Map([...(await secretsOf([first])), ...(await secretsOf([second]))]);
      expect(leaksIn([...wanda.client.frames, ...wanda.replies, ...again.frames], secrets)).toEqual([]);
      expect([...wanda.client.seen, ...again.seen]).toEqual([]);
      const { knocks } = { knocks: second.joined.lobby };
      expect(knocks.map(({ name }) => name)).toEqual(['Wanda Outside']);
      await must({ client: again }, 'lobby.leave', {});
      await must(second, 'room.end', {});
    },
    TIMEOUT_MS,
  );
});
