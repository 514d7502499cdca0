import { setTimeout as sleep } from 'node:timers/promises';
import type { ParticipantId, SessionId } from '@conclave/protocol/ids';
import { CreateConsumersReply, CreateProducerReply } from '@conclave/protocol/media-api/public';
import type { MediaSource } from '@conclave/protocol/media-api/rtp';
import type { Grants } from '@conclave/protocol/roles';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALL_GRANTS, newParticipant, newSession, startTestNode, type EventLog, type TestNode } from '../testing/node-fixture.ts';
import { camera, microphone, opus, opusPacket, ROUTER_CAPABILITIES, vp8 } from '../testing/rtp-fixture.ts';
import { openReceiver, openSender, type Peer } from '../testing/webrtc-peer.ts';

let t: TestNode;
let events: EventLog;
beforeAll(async () => {
  t = await startTestNode();
  events = await t.follow();
});
afterAll(async () => {
  events.close();
  await t[Symbol.asyncDispose]();
});

const NOTHING: Grants = { microphone: false, camera: false, screen: false, receive: false };
const BODY_OF = {
  microphone: microphone(),
  camera: camera(),
  screen: { source: 'screen', kind: 'video', rtpParameters: vp8('2', 2) },
  'screen-audio': { source: 'screen-audio', kind: 'audio', rtpParameters: opus(33_333_333, '3') },
} as const satisfies Record<MediaSource, unknown>;

const produce = (capability: string, source: MediaSource) => t.ask('POST', '/media/v1/producers', { capability, body: BODY_OF[source] });
const consume = (capability: string, producerIds: unknown[]) =>
  t.ask('POST', '/media/v1/consumers', { capability, body: { rtpCapabilities: ROUTER_CAPABILITIES, producerIds } });
const patch = (sessionId: SessionId, participantId: ParticipantId, grants: Partial<Grants>) =>
  t.ask('PATCH', `/internal/v1/sessions/${sessionId}/participants/${participantId}`, {
    as: 'server',
    body: { grants: { ...ALL_GRANTS, ...grants } },
  });
const producersOf = (participantId: ParticipantId) =>
  [...t.node.ctx.producers.values()].filter(({ path }) => path.participant.id === participantId);

/** Packets that arrive from now on while the sender sends one every 10 ms for as long. Sequence numbers go on from call to call (SRTP refuses others). */
function countPackets(sender: Peer, receiver: Peer, ssrc: number): (packets: number) => Promise<number> {
  let sequence = 0;
  return async (packets) => {
    const before = receiver.received.length;
    for (const end = sequence + packets; sequence < end; await sleep(10)) sender.send(opusPacket(ssrc, sequence++));
    return receiver.received.length - before;
  };
}

describe('grants', () => {
  test.each([
    ['microphone', { microphone: true }],
    ['camera', { camera: true }],
    ['screen', { screen: true }],
    ['screen-audio', { screen: true }],
  ] as const)('[T5][P2] %s is refused without its grant, whatever else is granted, and taken with it', async (source, grant) => {
    const session = newSession();
    const inverse = Object.fromEntries(Object.keys(ALL_GRANTS).map((name) => [name, !(name in grant)]));
    const refused = newParticipant();
    const without = await t.put(session, refused, { grants: inverse });
    expect((await produce(without.capability, source)).body['code']).toBe('not_allowed');
    expect(producersOf(refused)).toEqual([]);
    const allowed = await t.put(session, newParticipant(), { grants: { ...NOTHING, ...grant } });
    expect((await produce(allowed.capability, source)).status).toBe(200);
  });

  test('[P2] nothing is received without the grant, neither ahead nor on request', async () => {
    const session = newSession();
    const speaker = await t.put(session, newParticipant());
    const { id } = (await produce(speaker.capability, 'microphone')).body;
    const deaf = await t.put(session, newParticipant(), { grants: { receive: false }, consumeAhead: true });
    expect(deaf.consumers).toEqual([]);
    expect((await consume(deaf.capability, [id])).body['code']).toBe('not_allowed');
  });

  test('[P2] a grant that is taken away closes its producers at once, the others go on', async () => {
    const [session, participant] = [newSession(), newParticipant()];
    const { capability } = await t.put(session, participant);
    for (const source of ['microphone', 'camera', 'screen', 'screen-audio'] as const) await produce(capability, source);
    expect((await patch(session, participant, { screen: false })).status).toBe(200);
    expect(producersOf(participant).map(({ source }) => source)).toEqual(['microphone', 'camera']);
    expect((await produce(capability, 'screen')).body['code']).toBe('not_allowed');
    expect((await patch(session, participant, {})).status).toBe(200);
    expect((await produce(capability, 'screen')).status).toBe(200);
  });

  test('[P2] a producer whose grant goes while it is being made does not stay', async () => {
    const [session, participant] = [newSession(), newParticipant()];
    const { capability } = await t.put(session, participant);
    for (let i = 0; i < 20; i++) {
      await patch(session, participant, {});
      await Promise.all([produce(capability, 'microphone'), patch(session, participant, { microphone: false })]);
      expect(producersOf(participant)).toEqual([]);
    }
  });

  test('[T5][P2] without the grant not one more byte reaches the others', async () => {
    const session = newSession();
    const [ada, ben] = [newParticipant(), newParticipant()];
    const ssrc = 4_242_424;
    const { capability, send } = await t.put(session, ada);
    using sender = openSender(send, ssrc);
    await t.ask('POST', '/media/v1/transports/send/connect', { capability, body: { dtlsParameters: sender.dtlsParameters } });
    await sender.connect();
    await t.ask('POST', '/media/v1/producers', { capability, body: microphone(ssrc) });
    const hearing = await t.put(session, ben, { consumeAhead: true });
    const [consumer] = hearing.consumers;
    if (!consumer) throw new Error('no consumer was made ahead');
    using receiver = openReceiver(hearing.recv, consumer);
    await t.ask('POST', '/media/v1/transports/recv/connect', {
      capability: hearing.capability,
      body: { dtlsParameters: receiver.dtlsParameters },
    });
    await receiver.connect();
    const count = countPackets(sender, receiver, ssrc);
    expect(await count(50)).toBeGreaterThan(20);

    await patch(session, ada, { microphone: false });
    // The node tells its workers without waiting; what they are asked after it they answer after it.
    for (const { worker } of t.node.ctx.pool.alive()) await worker.getResourceUsage();
    // What was on its way to the receiver is let through.
    await count(5);
    expect(await count(50)).toBe(0);
    expect((await t.ask('POST', '/media/v1/producers', { capability, body: microphone(ssrc) })).body['code']).toBe('not_allowed');
    expect(await count(50)).toBe(0);

    await patch(session, ada, {});
    const again = await t.ask('POST', '/media/v1/producers', { capability, body: microphone(ssrc) });
    await patch(session, ben, { receive: false });
    expect((await consume(hearing.capability, [again.body['id']])).body['code']).toBe('not_allowed');
    expect(await count(50)).toBe(0);
  });
});

describe('what is whose', () => {
  test('[T5] producers of another session cannot be consumed, even by an id that is known', async () => {
    const speaker = await t.put(newSession(), newParticipant());
    const { id } = CreateProducerReply.parse((await produce(speaker.capability, 'microphone')).body);
    const stranger = await t.put(newSession(), newParticipant(), { consumeAhead: true });
    expect(stranger.consumers).toEqual([]);
    expect(CreateConsumersReply.parse((await consume(stranger.capability, [id])).body).consumers).toEqual([]);
  });

  test('[T5] the producers and consumers of another participant can be neither seen nor changed', async () => {
    const session = newSession();
    const [ada, ben] = [await t.put(session, newParticipant()), await t.put(session, newParticipant())];
    const { id } = CreateProducerReply.parse((await produce(ada.capability, 'camera')).body);
    const [consumer] = CreateConsumersReply.parse((await consume(ben.capability, [id])).body).consumers;
    expect((await t.ask('PATCH', `/media/v1/producers/${id}`, { capability: ben.capability, body: { paused: true } })).body['code']).toBe(
      'not_found',
    );
    expect((await t.ask('DELETE', `/media/v1/producers/${id}`, { capability: ben.capability })).body['code']).toBe('not_found');
    await t.ask('PATCH', '/media/v1/consumers', { capability: ada.capability, body: { consumers: [{ id: consumer?.id, close: true }] } });
    expect(t.node.ctx.producers.get(id)?.producer.paused).toBe(false);
    expect(CreateConsumersReply.parse((await consume(ben.capability, [id])).body).consumers[0]?.id).toBe(consumer?.id);
  });

  test("one's own producers are not sent back", async () => {
    const { capability } = await t.put(newSession(), newParticipant());
    const { id } = (await produce(capability, 'microphone')).body;
    expect((await consume(capability, [id])).body).toEqual({ consumers: [] });
  });

  test('a second producer of a source replaces the first, and a bad one does not', async () => {
    const [session, participant] = [newSession(), newParticipant()];
    const { capability } = await t.put(session, participant);
    const first = CreateProducerReply.parse((await produce(capability, 'microphone')).body).id;
    const bad = await t.ask('POST', '/media/v1/producers', { capability, body: { ...microphone(), rtpParameters: { codecs: [] } } });
    expect(bad.status).toBe(400);
    expect(producersOf(participant).map(({ id }) => id)).toEqual([first]);
    const second = CreateProducerReply.parse((await produce(capability, 'microphone')).body).id;
    expect(producersOf(participant).map(({ id }) => id)).toEqual([second]);
    await events.until('producer.closed', ({ producerId }) => producerId === first);
  });

  test('an SSRC that is in use is a conflict and costs nothing', async () => {
    const [session, participant] = [newSession(), newParticipant()];
    const { capability } = await t.put(session, participant);
    await produce(capability, 'microphone');
    const clash = { ...BODY_OF['screen-audio'], rtpParameters: opus(11_111_111, '0') };
    expect((await t.ask('POST', '/media/v1/producers', { capability, body: clash })).body['code']).toBe('conflict');
    expect(producersOf(participant).map(({ source }) => source)).toEqual(['microphone']);
  });
});
