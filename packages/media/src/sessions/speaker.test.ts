import type { ParticipantId } from '@conclave/protocol/ids';
import { createManualTime, type ManualTime } from '@conclave/runtime/testing/manual-time';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { newParticipant, newSession, startTestNode, type EventLog, type TestNode } from '../testing/node-fixture.ts';
import { microphone, opusPacket } from '../testing/rtp-fixture.ts';
import { openSender, type Peer } from '../testing/webrtc-peer.ts';

let t: TestNode;
let events: EventLog;
let time: ManualTime;
const session = newSession();
const [ada, ben] = [newParticipant(), newParticipant()];
const peers: Peer[] = [];

beforeAll(async () => {
  time = createManualTime();
  // On two workers, so that one of them is heard through a pipe.
  t = await startTestNode({ time, workers: 2, consumersPerWorker: 1 });
  events = await t.follow();
});
afterAll(async () => {
  for (const peer of peers) peer[Symbol.dispose]();
  events.close();
  await t[Symbol.asyncDispose]();
});

/** Loud and quiet by turns: an even level counts as background noise. */
const speech = (sequence: number) => (sequence % 10 < 6 ? -12 - (sequence % 6) : -75);

/** Joins and opens a microphone; returns a switch that makes it heard. */
async function join(participant: ParticipantId, ssrc: number): Promise<(on: boolean) => void> {
  const { capability, send } = await t.put(session, participant);
  const peer = openSender(send, ssrc);
  peers.push(peer);
  await t.ask('POST', '/media/v1/transports/send/connect', { capability, body: { dtlsParameters: peer.dtlsParameters } });
  await peer.connect();
  await t.ask('POST', '/media/v1/producers', { capability, body: microphone(ssrc) });
  let sequence = 0;
  let timer: NodeJS.Timeout | undefined;
  return (on) => {
    clearInterval(timer);
    timer = on ? setInterval(() => peer.send(opusPacket(ssrc, sequence, { levelDbov: speech(sequence++) })), 20) : undefined;
  };
}

const told = () =>
  events.seen.flatMap((event) => (event.type === 'speaker.changed' && event.sessionId === session ? [event.participantId] : []));
const waitOptions = { timeout: 10_000, interval: 100 };

test('the speaker is told when somebody is heard, again when another takes over, and nobody after a silence', async () => {
  const [adaSpeaks, benSpeaks] = [await join(ada, 1_111), await join(ben, 2_222)];
  expect(told()).toEqual([]);
  adaSpeaks(true);
  await vi.waitFor(() => expect(told()).toEqual([ada]), waitOptions);
  adaSpeaks(false);
  benSpeaks(true);
  await vi.waitFor(() => expect(told()).toEqual([ada, ben]), waitOptions);
  benSpeaks(false);
  await vi.waitFor(() => {
    time.advance(3000);
    expect(told()).toEqual([ada, ben, null]);
  }, waitOptions);
  // The dominant speaker is still the same for mediasoup; for people somebody begins to speak.
  benSpeaks(true);
  await vi.waitFor(() => expect(told()).toEqual([ada, ben, null, ben]), waitOptions);
  await t.ask('DELETE', `/internal/v1/sessions/${session}/participants/${ben}`, { as: 'server' });
  await vi.waitFor(() => expect(told()).toEqual([ada, ben, null, ben, null]), waitOptions);
  benSpeaks(false);
});
