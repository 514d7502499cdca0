import { askerOf } from '@conclave/cli/peer/joining';
import type { ParticipantId } from '@conclave/protocol/ids';
import type { MediaSource } from '@conclave/protocol/media-api/rtp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { untilFlows, untilSilent } from '../src/hostile/flow.ts';
import { enterHostile, type HostileClient } from '../src/hostile/hostile-client.ts';
import { joinNatively, type NativeParticipant } from '../src/native-participant.ts';
import { startPlatform, type Platform } from '../src/platform.ts';
import '../src/database.ts'; // these tests need a database

const stack = new AsyncDisposableStack();
let platform: Platform;

beforeAll(async () => {
  platform = stack.use(await startPlatform());
});
afterAll(() => stack.disposeAsync());

/** A moderator who sends a microphone, and somebody hostile who may speak. */
async function meet(): Promise<{ mod: NativeParticipant; mallory: HostileClient } & AsyncDisposable> {
  await using began = new AsyncDisposableStack();
  const room = await platform.createRoom();
  const mod = began.use(await joinNatively(platform, { room, name: 'Mona', token: await platform.roomToken(room, { role: 'moderator' }) }));
  await mod.peer.send('microphone');
  const mallory = began.use(await enterHostile(platform, { room, name: 'Mallory' }));
  const ends = began.move();
  return { mod, mallory, [Symbol.asyncDispose]: () => ends.disposeAsync() };
}

const comes = (mod: NativeParticipant, from: ParticipantId, source: MediaSource) => () => mod.received(from, source);

/** Mallory goes on sending, whatever it is told: at its socket packets leave after that moment. */
async function sendsOn({ taps }: HostileClient, sinceMs: number): Promise<void> {
  const before = taps.send.toNode.mediaDatagrams;
  await expect.poll(() => taps.send.toNode.mediaDatagrams > before && taps.send.toNode.lastAtMs > sinceMs).toBe(true);
}

const ofSource = {
  microphone: 'participant.set-broadcast',
  camera: 'participant.set-broadcast',
  screen: 'participant.set-screenshare',
} as const;

// Each waits for real silence several times, on machines that may be busy.
describe('somebody hostile who sends', { timeout: 60_000 }, () => {
  test.each(['microphone', 'camera', 'screen'] as const)(
    '[P2] is not received within a second of being disallowed the %s, goes on with all else, and is received when allowed again',
    async (source) => {
      await using meeting = await meet();
      const { mod, mallory } = meeting;
      const other = source === 'microphone' ? 'camera' : 'microphone';
      for (const one of [source, other] as const) expect(await mallory.trySending(one)).toMatchObject({ answer: 200 });
      for (const one of [source, other] as const) await untilFlows(comes(mod, mallory.id, one));

      const allow = (on: boolean) => mod.client.ask(ofSource[source], { participantId: mallory.id, [source]: on });
      expect(await allow(false)).toMatchObject({ ok: true });
      const sinceMs = performance.now();
      expect(await untilSilent(comes(mod, mallory.id, source), sinceMs)).toBeLessThan(1_000);
      await sendsOn(mallory, sinceMs);
      expect(await mallory.trySending(source)).toMatchObject({ answer: 'not_allowed' });
      await untilFlows(comes(mod, mallory.id, other));
      await untilFlows(() => mallory.received(mod.id, 'microphone'));
      expect(mod.received(mallory.id, source).lastAtMs).toBeLessThan(sinceMs + 1_000);

      expect(await allow(true)).toMatchObject({ ok: true });
      await expect.poll(() => mallory.trySending(source)).toMatchObject({ answer: 200 });
      await untilFlows(comes(mod, mallory.id, source));
    },
  );

  test('[P2] is stopped at the node when muted, and nobody else can let it go on', async () => {
    await using meeting = await meet();
    const { mod, mallory } = meeting;
    const sending = await mallory.peer.send('microphone');
    await mallory.trySending('camera');
    for (const source of ['microphone', 'camera'] as const) await untilFlows(comes(mod, mallory.id, source));

    expect(await mod.client.ask('participant.mute', { participantId: mallory.id, source: 'microphone' })).toMatchObject({ ok: true });
    const sinceMs = performance.now();
    expect(await untilSilent(comes(mod, mallory.id, 'microphone'), sinceMs)).toBeLessThan(1_000);
    await sendsOn(mallory, sinceMs);
    await untilFlows(comes(mod, mallory.id, 'camera'));
    const resume = (capability: string) => askerOf(platform, capability)('PATCH', `/producers/${sending.id}`, { paused: false });
    expect((await resume(mod.joined.media?.capability ?? '')).body).toMatchObject({ code: 'not_found' });
    expect(mod.received(mallory.id, 'microphone').lastAtMs).toBeLessThan(sinceMs + 1_000);

    expect((await resume(mallory.media.capability)).status).toBe(200);
    await untilFlows(comes(mod, mallory.id, 'microphone'));
  });

  test('[P2] whose screen is stopped shares neither picture nor sound of it any more, and nothing brings them back but sharing anew', async () => {
    await using meeting = await meet();
    const { mod, mallory } = meeting;
    const [screen, sound] = [await mallory.peer.send('screen'), await mallory.peer.send('screen-audio')];
    for (const source of ['screen', 'screen-audio'] as const) await untilFlows(comes(mod, mallory.id, source));
    expect(await mod.client.ask('participant.mute', { participantId: mallory.id, source: 'screen' })).toMatchObject({ ok: true });
    const sinceMs = performance.now();
    expect(await untilSilent(() => mod.received(mallory.id), sinceMs)).toBeLessThan(1_000);
    await sendsOn(mallory, sinceMs);
    const ask = askerOf(platform, mallory.media.capability);
    for (const { id } of [screen, sound])
      expect((await ask('PATCH', `/producers/${id}`, { paused: false })).body).toMatchObject({ code: 'not_found' });
    expect(mod.received(mallory.id).lastAtMs).toBeLessThan(sinceMs + 1_000);
  });

  test('[P6] sends nothing any more within a second of becoming an attendee, hears on, and speaks when raised again', async () => {
    await using meeting = await meet();
    const { mod, mallory } = meeting;
    const sources = ['microphone', 'camera', 'screen'] as const;
    for (const source of sources) expect(await mallory.trySending(source)).toMatchObject({ answer: 200 });
    for (const source of sources) await untilFlows(comes(mod, mallory.id, source));
    await untilFlows(() => mallory.received(mod.id, 'microphone'));

    const become = (role: string) => mod.client.ask('participant.set-role', { participantId: mallory.id, role });
    expect(await become('attendee')).toMatchObject({ ok: true });
    const sinceMs = performance.now();
    expect(await untilSilent(() => mod.received(mallory.id), sinceMs)).toBeLessThan(1_000);
    await sendsOn(mallory, sinceMs);
    for (const source of sources) expect(await mallory.trySending(source)).toMatchObject({ answer: 'not_allowed' });
    await untilFlows(() => mallory.received(mod.id, 'microphone'));

    expect(await become('speaker')).toMatchObject({ ok: true });
    await expect.poll(() => mallory.trySending('camera')).toMatchObject({ answer: 200 });
    await untilFlows(comes(mod, mallory.id, 'camera'));
  });
});
