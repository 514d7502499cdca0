import type { Asked } from '@conclave/cli/peer/joining';
import { randomBytes } from 'node:crypto';
import { openSrtpPath } from '@conclave/cli/peer/srtp-path';
import type { ProducerId } from '@conclave/protocol/ids';
import type { MediaAccess } from '@conclave/protocol/media-api/public';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { untilFlows, untilSilent } from '../src/hostile/flow.ts';
import { createDoors, enterHostile, openHostile, tryMedia, type Doors, type HostileClient } from '../src/hostile/hostile-client.ts';
import { openTap, type Tap } from '../src/hostile/tap.ts';
import { joinNatively, udpAddress, type NativeParticipant } from '../src/native-participant.ts';
import { resumeRoom } from '../src/joining.ts';
import { startPlatform, type Platform } from '../src/platform.ts';
import { connectSignal, type SignalClient } from '../src/signal-client.ts';
import '../src/database.ts'; // these tests need a database

const stack = new AsyncDisposableStack();
let platform: Platform;

beforeAll(async () => {
  platform = stack.use(await startPlatform());
});
afterAll(() => stack.disposeAsync());

interface Meeting extends AsyncDisposable {
  readonly room: string;
  /** A moderator who sends microphone and camera. */
  readonly mod: NativeParticipant;
}

async function meet(settings: object = {}): Promise<Meeting> {
  await using began = new AsyncDisposableStack();
  const room = await platform.createRoom(settings);
  const token = await platform.roomToken(room, { role: 'moderator' });
  const mod = began.use(await joinNatively(platform, { room, name: 'Mona', token }));
  for (const source of ['microphone', 'camera'] as const) await mod.peer.send(source);
  const ends = began.move();
  return { room, mod, [Symbol.asyncDispose]: () => ends.disposeAsync() };
}

/** Both hear each other. */
async function bothFlow(mod: NativeParticipant, mallory: HostileClient): Promise<void> {
  for (const source of ['microphone', 'camera'] as const) await mallory.peer.send(source);
  await untilFlows(() => mod.received(mallory.id, 'camera'));
  await untilFlows(() => mallory.received(mod.id, 'camera'));
}

/**
 * Milliseconds from the acknowledgement of what a moderator does until the last datagram of the node came to the hostile sockets, and
 * until the last packet of the hostile one came to the moderator. That the hostile one goes on sending is checked after it.
 */
async function untilCutOff(mod: NativeParticipant, mallory: HostileClient, act: () => Promise<{ ok: boolean }>) {
  const { send, recv } = mallory.taps;
  for (const tap of [send, recv]) await expect.poll(() => answersCheck(tap)).toBe(true);
  expect(await act()).toMatchObject({ ok: true });
  const sinceMs = performance.now();
  const [toMallory, fromMallory] = await Promise.all([
    untilSilent(() => ({ lastAtMs: Math.max(send.fromNode.lastAtMs, recv.fromNode.lastAtMs) }), sinceMs),
    untilSilent(() => mod.received(mallory.id), sinceMs),
  ]);
  await expect.poll(() => send.toNode.lastAtMs - sinceMs).toBeGreaterThan(1_000);
  expect([await answersCheck(send), await answersCheck(recv)]).toEqual([false, false]);
  expect(mod.received(mallory.id).lastAtMs - sinceMs).toBeLessThan(1_000);
  return { toMallory, fromMallory };
}

/** Whether the node answers a connectivity check that is right; loopback takes no tenth of the time that is waited. */
async function answersCheck(tap: Tap): Promise<boolean> {
  const before = tap.fromNode.stunDatagrams;
  tap.checkAgain();
  try {
    await expect.poll(() => tap.fromNode.stunDatagrams, { timeout: 300 }).toBeGreaterThan(before);
    return true;
  } catch {
    return false;
  }
}

const WITHIN_A_SECOND = { toMallory: expect.toSatisfy(isUnderASecond), fromMallory: expect.toSatisfy(isUnderASecond) };
function isUnderASecond(ms: number): boolean {
  return ms < 1_000;
}

async function expectDead(mallory: HostileClient, capability = mallory.media.capability): Promise<void> {
  const about = { producerIds: knownProducers(mallory), consumerIds: [] };
  const attempts = await tryMedia(platform, capability, about);
  expect(attempts.length).toBeGreaterThan(10);
  expect(attempts.filter(({ answer }) => answer !== 'capability_invalid')).toEqual([]);
}

function knownProducers({ joined, client }: HostileClient): ProducerId[] {
  const told = client.seen.flatMap((one) => (one.type === 'producer.opened' ? [one.data.producer.id] : []));
  return [...new Set([...joined.participants.flatMap(({ producers }) => producers.map(({ id }) => id)), ...told])];
}

const resumed = ({ joined }: HostileClient) => resumeRoom(platform, { resumeToken: joined.self.resumeToken, keepMedia: false });

/** Each waits for real silence several times, on machines that may be busy. */
const PATIENT = { timeout: 60_000 };

describe('[P1] the lobby', PATIENT, () => {
  /** A connection that waits, with what it was told. */
  async function knock(room: string): Promise<{ client: SignalClient; knockToken: string }> {
    const ticket = await createDoors(platform).ticket({ room, name: 'Mallory' });
    const client = await connectSignal(platform.origin, platform);
    const reply = await client.ask('room.join', { ticket });
    if (!reply.ok || !('waiting' in reply.data)) throw new Error('it is let in');
    return { client, knockToken: reply.data.waiting.knockToken };
  }

  test('[P1] who waits gets nothing of the room: no frame tells of it, no media API answers, no port sends', async () => {
    await using meeting = await meet({ is_locked: true });
    const { room, mod } = meeting;
    const { client, knockToken } = await knock(room);
    using _waiting = client;
    await mod.client.ask('chat.send', { clientMessageId: crypto.randomUUID(), text: 'a word among us' });
    const { id: screen } = await mod.peer.send('screen');
    await mod.client.until('producer.opened', ({ producer }) => producer.id === screen);

    const refusals = [];
    for (const [id, type] of (['media.restart', 'chat.send', 'room.leave', 'ban.list', 'lobby.admit-all'] as const).entries())
      refusals.push((await client.askRaw(1_000 + id, JSON.stringify({ id: 1_000 + id, type, data: {} }))).ok);
    expect(refusals).not.toContain(true);
    const about = { producerIds: [screen], consumerIds: [] };
    for (const guess of [knockToken, randomBytes(32).toString('base64url'), '']) {
      const attempts = await tryMedia(platform, guess, about);
      expect(attempts.filter(({ answer }) => answer !== 'capability_invalid')).toEqual([]);
    }

    const { media } = mod.joined;
    if (!media) throw new Error('there is no media path');
    using tap = await openTap(udpAddress(media.recv));
    const iceParameters = { usernameFragment: randomBytes(12).toString('hex'), password: randomBytes(16).toString('hex') };
    using guessed = openSrtpPath({ direction: 'recv', onPacket: () => undefined });
    void guessed.connect({ ...media.recv, iceParameters }, tap.address).catch(() => undefined);
    await expect.poll(() => tap.toNode.datagrams, { timeout: 5_000 }).toBeGreaterThan(3);
    expect(tap.fromNode.datagrams).toBe(0);

    const told = client.frames.join('\n');
    const { joined } = mod;
    const ofTheRoom = [
      mod.id,
      joined.room.id,
      joined.room.sessionId,
      screen,
      media.capability,
      'Mona',
      'a word among us',
      'iceParameters',
      'codecs',
    ];
    expect(ofTheRoom.filter((secret) => told.includes(secret))).toEqual([]);
    expect(client.seen).toEqual([]);
  });

  test('[P1] who is sent back is cut off within a second both ways, and flows again when let in', async () => {
    await using meeting = await meet();
    const { room, mod } = meeting;
    using mallory = await enterHostile(platform, { room, name: 'Mallory' });
    await bothFlow(mod, mallory);
    expect(await mod.client.ask('room.set-lobby', { on: true })).toMatchObject({ ok: true });
    const took = await untilCutOff(mod, mallory, () => mod.client.ask('participant.send-to-lobby', { participantId: mallory.id }));
    expect(took).toMatchObject(WITHIN_A_SECOND);
    await expectDead(mallory);
    await expect(resumed(mallory)).rejects.toThrow(/sign_in_required|removed/);
    await expect(enterHostile(platform, { room, name: 'Another' })).rejects.toThrow('waiting');

    const { waiting } = await mallory.client.until('lobby.sent-back');
    const client = await connectSignal(platform.origin, platform);
    expect(await client.ask('lobby.resume', waiting)).toMatchObject({ ok: true, data: { waiting } });
    const { knock: told } = await mod.client.until('lobby.knocked', ({ knock: { name } }) => name === 'Mallory');
    expect(await mod.client.ask('lobby.admit', { knockId: told.id })).toMatchObject({ ok: true });
    const reply = await client.ask('room.join', await client.until('lobby.admitted'));
    if (!reply.ok || 'waiting' in reply.data) throw new Error('it is not let in');
    using back = await openHostile(platform, client, reply.data);
    await bothFlow(mod, back);
    await expectDead(mallory);
  });
});

describe('[P3] out of the meeting', PATIENT, () => {
  test.each(['removed', 'banned'] as const)('[P3] who is %s is cut off at the socket within a second both ways, for good', async (how) => {
    await using meeting = await meet();
    const { room, mod } = meeting;
    using mallory = await enterHostile(platform, { room, name: 'Mallory' });
    await bothFlow(mod, mallory);
    const { id: participantId } = mallory;
    const act = () =>
      how === 'removed'
        ? mod.client.ask('participant.remove', { participantId })
        : mod.client.ask('participant.ban', { participantId, lasts: 'session', address: false, reason: null });
    const took = await untilCutOff(mod, mallory, act);
    expect(took).toMatchObject(WITHIN_A_SECOND);
    expect((await mallory.client.closed).code).toBe(how === 'removed' ? 4411 : 4403);
    await expectDead(mallory);
    await expect(resumed(mallory)).rejects.toThrow(/sign_in_required|removed|banned/);
    // Nothing that it tried has changed anything for the others.
    using ann = await joinNatively(platform, { room, name: 'Ann' });
    await untilFlows(() => ann.received(mod.id, 'camera'));
    expect(ann.joined.participants.map(({ id }) => id)).not.toContain(mallory.id);
  });

  const ways: [way: string, prepare: (meeting: Meeting) => Promise<{ doors: Doors; asked: Omit<Asked, 'name'>; again: Doors }>][] = [
    [
      'link on the same device',
      async ({ room }) => {
        const doors = createDoors(platform);
        return { doors, asked: { room }, again: doors };
      },
    ],
    [
      'token identity on another device',
      async ({ room }) => ({
        doors: createDoors(platform),
        asked: { room, token: await platform.roomToken(room, { ud: 'mallory@example.org' }) },
        again: createDoors(platform),
      }),
    ],
    [
      'invite on another device',
      async ({ room, mod }) => {
        const made = await mod.client.ask('invite.create', {});
        if (!made.ok) throw new Error(made.code);
        const invite = made.data.link.split('#invite=')[1] ?? '';
        return { doors: createDoors(platform), asked: { room, invite }, again: createDoors(platform) };
      },
    ],
    [
      'account on another device',
      async ({ room }) => {
        const session = await platform.signInOwner();
        return { doors: createDoors(platform, [session]), asked: { room }, again: createDoors(platform, [session]) };
      },
    ],
  ];
  test.each(ways)(
    '[P3] who is banned is refused again by the same %s, under another name too, also with a ticket of before',
    async (_way, prepare) => {
      await using meeting = await meet();
      const { doors, asked, again } = await prepare(meeting);
      using mallory = await enterHostile(platform, { ...asked, name: 'Mallory' }, doors);
      const early = await doors.ticket({ ...asked, name: 'Early' });
      const ban = { participantId: mallory.id, lasts: 'room', address: false, reason: 'spam' } as const;
      expect(await meeting.mod.client.ask('participant.ban', ban)).toMatchObject({ ok: true });
      await expect(again.ticket({ ...asked, name: 'Mallory' })).rejects.toThrow('banned');
      await expect(again.ticket({ ...asked, name: 'Somebody Else' })).rejects.toThrow('banned');
      using late = await connectSignal(platform.origin, platform);
      expect(await late.ask('room.join', { ticket: early })).toMatchObject({ ok: false, code: 'banned' });
      await expectDead(mallory);
    },
  );

  test('[P3] when the meeting is ended everything of it is dead, and a ticket lets in once', async () => {
    await using meeting = await meet();
    const { room, mod } = meeting;
    const doors = createDoors(platform);
    const ticket = await doors.ticket({ room, name: 'Mallory' });
    const client = await connectSignal(platform.origin, platform);
    const reply = await client.ask('room.join', { ticket });
    if (!reply.ok || 'waiting' in reply.data) throw new Error('it is not let in');
    using mallory = await openHostile(platform, client, reply.data);
    using twice = await connectSignal(platform.origin, platform);
    expect(await twice.ask('room.join', { ticket })).toMatchObject({ ok: false, code: 'sign_in_required' });
    await bothFlow(mod, mallory);
    const took = await untilCutOff(mod, mallory, () => mod.client.ask('room.end', {}));
    expect(took).toMatchObject(WITHIN_A_SECOND);
    await expectDead(mallory);
    await expect(resumed(mallory)).rejects.toThrow(/session_ended|sign_in_required/);
  });
});

describe('[T5] the media server API', PATIENT, () => {
  test('[T5] gives a capability nothing of another participant or another room', async () => {
    await using meeting = await meet();
    await using elsewhere = await meet();
    const { room, mod } = meeting;
    using mallory = await enterHostile(platform, { room, name: 'Mallory' });
    using ann = await joinNatively(platform, { room, name: 'Ann' });
    using ben = await joinNatively(platform, { room: elsewhere.room, name: 'Ben' });
    await untilFlows(() => ann.received(mod.id, 'camera'));
    await untilFlows(() => ben.received(elsewhere.mod.id, 'camera'));

    const foreign = { producerIds: producersOf(ben), consumerIds: await consumersOf(ben) };
    const ofOthers = { producerIds: producersOf(ann), consumerIds: await consumersOf(ann) };
    expect(foreign.producerIds.length * foreign.consumerIds.length * ofOthers.producerIds.length).toBeGreaterThan(0);
    for (const about of [foreign, ofOthers]) {
      const attempts = await tryMedia(platform, mallory.media.capability, about);
      const onProducers = attempts.filter(({ call }) => /^(PATCH|DELETE) \/producers\//.test(call));
      expect(onProducers.length).toBeGreaterThan(0);
      expect(onProducers.filter(({ answer }) => answer !== 'not_found')).toEqual([]);
    }
    expect(await mallory.peer.consume(foreign.producerIds)).toEqual([]);
    for (const [watcher, sender] of [
      [ann, mod.id],
      [ben, elsewhere.mod.id],
    ] as const)
      for (const source of ['microphone', 'camera'] as const) await untilFlows(() => watcher.received(sender, source));
  });

  test('[T5] takes no capability that is made up, was replaced, or belongs to somebody who has left', async () => {
    await using meeting = await meet();
    const { room, mod } = meeting;
    using mallory = await enterHostile(platform, { room, name: 'Mallory' });
    await bothFlow(mod, mallory);
    for (const guess of ['', 'x', mallory.media.capability.slice(0, 42), flipped(mallory.media), mallory.joined.self.resumeToken])
      await expectDead(mallory, guess);

    const replaced = await untilCutOff(mod, mallory, () => mallory.client.ask('media.restart', {}));
    expect(replaced).toMatchObject(WITHIN_A_SECOND);
    await expectDead(mallory);

    using leaver = await enterHostile(platform, { room, name: 'Leaver' });
    await bothFlow(mod, leaver);
    expect(await untilCutOff(mod, leaver, () => leaver.client.ask('room.leave', {}))).toMatchObject(WITHIN_A_SECOND);
    await expectDead(leaver);
  });
});

/** The same but for one bit. */
function flipped({ capability }: MediaAccess): string {
  const bytes = Buffer.from(capability, 'base64url');
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return bytes.toString('base64url');
}

function producersOf({ joined }: NativeParticipant): ProducerId[] {
  return joined.participants.flatMap(({ producers }) => producers.map(({ id }) => id));
}

/** Asked again, the node answers the consumers that are there. */
async function consumersOf(participant: NativeParticipant) {
  return (await participant.peer.consume(producersOf(participant))).map(({ id }) => id);
}
