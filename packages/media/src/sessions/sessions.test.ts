import { CreateConsumersReply, CreateProducerReply } from '@conclave/protocol/media-api/public';
import type { DtlsParameters } from '@conclave/protocol/media-api/rtp';
import { createManualTime, type ManualTime } from '@conclave/runtime/testing/manual-time';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALL_GRANTS, newParticipant, newSession, startTestNode, type EventLog, type TestNode } from '../testing/node-fixture.ts';
import { camera, microphone, ROUTER_CAPABILITIES } from '../testing/rtp-fixture.ts';

let t: TestNode;
let events: EventLog;
let time: ManualTime;
beforeAll(async () => {
  time = createManualTime();
  t = await startTestNode({ time });
  events = await t.follow();
});
afterAll(async () => {
  events.close();
  await t[Symbol.asyncDispose]();
});

const produce = async (capability: string, body: unknown) =>
  CreateProducerReply.parse((await t.ask('POST', '/media/v1/producers', { capability, body })).body).id;
const consume = async (capability: string, producerIds: unknown[]) =>
  CreateConsumersReply.parse(
    (await t.ask('POST', '/media/v1/consumers', { capability, body: { rtpCapabilities: ROUTER_CAPABILITIES, producerIds } })).body,
  ).consumers;
const codeOfProduce = async (capability: string) =>
  (await t.ask('POST', '/media/v1/producers', { capability, body: microphone() })).body['code'];

const dtlsOf = (byte: string): DtlsParameters => ({
  role: 'client',
  fingerprints: [{ algorithm: 'sha-256', value: Array(32).fill(byte).join(':') }],
});

/** What the worker itself holds, so that nothing forgotten hides. */
async function inWorkers() {
  const [worker] = t.node.ctx.pool.alive();
  const { routerIds } = worker ? await worker.worker.dump() : { routerIds: [] };
  const { webRtcTransportIds } = worker ? await worker.server.dump() : { webRtcTransportIds: [] };
  return { routers: routerIds.length, transports: webRtcTransportIds.length };
}

describe('capabilities', () => {
  test('[T5] a fresh path makes the capability before void, also while requests with it are under way', async () => {
    const [session, participant] = [newSession(), newParticipant()];
    let { capability } = await t.put(session, participant);
    for (let i = 0; i < 20; i++) {
      const [late, next] = await Promise.all([
        t.ask('POST', '/media/v1/producers', { capability, body: camera() }),
        t.put(session, participant),
      ]);
      expect([200, 401]).toContain(late.status);
      expect(await codeOfProduce(capability)).toBe('capability_invalid');
      ({ capability } = next);
      expect(t.node.ctx.sessions.get(session)?.producers.size).toBe(0);
    }
    expect(t.node.ctx.sessions.get(session)?.participants.size).toBe(1);
    await t.ask('DELETE', `/internal/v1/sessions/${session}`, { as: 'server' });
  });

  test('[T5] a deleted participant is out at once and leaves nothing behind', async () => {
    const before = await inWorkers();
    const [session, ada, ben] = [newSession(), newParticipant(), newParticipant()];
    const { capability } = await t.put(session, ada);
    const other = await t.put(session, ben);
    const id = await produce(capability, camera());
    await consume(other.capability, [id]);
    await t.ask('DELETE', `/internal/v1/sessions/${session}/participants/${ada}`, { as: 'server' });
    expect(await codeOfProduce(capability)).toBe('capability_invalid');
    await events.until('producer.closed', ({ producerId }) => producerId === id);
    expect(await consume(other.capability, [id])).toEqual([]);
    await t.ask('DELETE', `/internal/v1/sessions/${session}/participants/${ben}`, { as: 'server' });
    expect(t.node.ctx.sessions.has(session)).toBe(false);
    expect(await inWorkers()).toEqual(before);
  });

  test('a PUT that is repeated without `fresh` is answered with the same', async () => {
    const [session, participant] = [newSession(), newParticipant()];
    const first = await t.put(session, participant, { fresh: false });
    const again = await t.put(session, participant, { fresh: false });
    expect(again).toEqual(first);
  });

  test('with the DTLS parameters of a client both transports are connected, to that client alone', async () => {
    const [session, participant] = [newSession(), newParticipant()];
    const { capability, connected } = await t.put(session, participant, { dtlsParameters: { send: dtlsOf('AB'), recv: dtlsOf('CD') } });
    expect(connected).toBe(true);
    const connect = async (direction: string, of: string) =>
      (await t.ask('POST', `/media/v1/transports/${direction}/connect`, { capability, body: { dtlsParameters: dtlsOf(of) } })).status;
    expect([await connect('send', 'AB'), await connect('recv', 'CD')]).toEqual([200, 200]);
    expect([await connect('send', 'CD'), await connect('recv', 'AB')]).toEqual([409, 409]);
    expect((await t.put(session, participant)).connected).toBeUndefined();
    await t.ask('DELETE', `/internal/v1/sessions/${session}`, { as: 'server' });
  });

  test('impossible DTLS parameters are refused and leave nothing behind', async () => {
    const before = await inWorkers();
    const [session, participant] = [newSession(), newParticipant()];
    const impossible = { ...dtlsOf('AB'), fingerprints: [{ algorithm: 'sha-3', value: 'AB' }] };
    for (const dtlsParameters of [
      { send: dtlsOf('AB'), recv: impossible },
      { send: impossible, recv: dtlsOf('AB') },
    ])
      await expect(t.put(session, participant, { dtlsParameters })).rejects.toThrow('bad_request');
    expect(t.node.ctx.sessions.has(session)).toBe(false);
    await expect.poll(inWorkers).toEqual(before);
  });

  test('of two overlapping PUTs the later wins and the other leaves nothing', async () => {
    const [session, participant] = [newSession(), newParticipant()];
    const before = await inWorkers();
    const puts = await Promise.all([t.put(session, participant), t.put(session, participant), t.put(session, participant)]);
    const codes = await Promise.all(puts.map(({ capability }) => codeOfProduce(capability)));
    expect(codes.filter((code) => code === undefined)).toHaveLength(1);
    expect((await inWorkers()).transports).toBe(before.transports + 2);
    await t.ask('DELETE', `/internal/v1/sessions/${session}`, { as: 'server' });
  });

  test('a participant that is deleted while its path is being made gets none', async () => {
    const [session, participant] = [newSession(), newParticipant()];
    const before = await inWorkers();
    const put = t.put(session, participant).catch((error: unknown) => error);
    await t.ask('DELETE', `/internal/v1/sessions/${session}`, { as: 'server' });
    await put;
    await t.ask('DELETE', `/internal/v1/sessions/${session}`, { as: 'server' });
    expect(t.node.ctx.sessions.has(session)).toBe(false);
    expect(await inWorkers()).toEqual(before);
  });
});

describe('consumers', () => {
  test('made ahead they flow, asked for they are paused, and the same producer has one', async () => {
    const session = newSession();
    const { capability } = await t.put(session, newParticipant());
    const ids = [await produce(capability, microphone()), await produce(capability, camera())];
    const ahead = await t.put(session, newParticipant(), { consumeAhead: true });
    expect(ahead.consumers.map(({ source, type, paused }) => [source, type, paused])).toEqual([
      ['microphone', 'simple', false],
      ['camera', 'simulcast', false],
    ]);
    const asking = await t.put(session, newParticipant());
    const [first, second] = await Promise.all([consume(asking.capability, ids), consume(asking.capability, [...ids, ...ids])]);
    expect(first.every(({ paused }) => paused)).toBe(true);
    expect(second).toEqual(first);
  });

  test('what a client asks of its consumers is done, and ids that are gone are passed over', async () => {
    const session = newSession();
    const sender = await t.put(session, newParticipant());
    const id = await produce(sender.capability, camera());
    const viewer = newParticipant();
    const { capability } = await t.put(session, viewer);
    const [consumer] = await consume(capability, [id]);
    const update = (change: object) =>
      t.ask('PATCH', '/media/v1/consumers', {
        capability,
        body: {
          consumers: [
            { id: consumer?.id, ...change },
            { id: newParticipant(), paused: true },
          ],
        },
      });
    const inNode = () => [...(t.node.ctx.sessions.get(session)?.participants.get(viewer)?.path?.consumers.values() ?? [])][0]?.consumer;
    expect((await update({ paused: false, maxSpatialLayer: 1, maxTemporalLayer: 0, priority: 200 })).status).toBe(200);
    expect(inNode()).toMatchObject({ paused: false, priority: 200, preferredLayers: { spatialLayer: 1, temporalLayer: 0 } });
    await update({ maxSpatialLayer: 3 });
    expect(inNode()?.preferredLayers).toEqual({ spatialLayer: 2, temporalLayer: 0 });
    await update({ close: true });
    expect(inNode()).toBeUndefined();
    expect((await update({ paused: true })).status).toBe(200);
  });
});

describe('events', () => {
  test('a publisher learns what is watched: nobody after 2 s, the largest layer at once', async () => {
    const session = newSession();
    const { capability } = await t.put(session, newParticipant());
    const id = await produce(capability, camera());
    time.advance(2000);
    await events.until('producer.demanded', ({ producerId, maxSpatialLayer }) => producerId === id && maxSpatialLayer === -1);
    const viewer = await t.put(session, newParticipant(), { consumeAhead: true });
    await events.until('producer.demanded', ({ producerId, maxSpatialLayer }) => producerId === id && maxSpatialLayer === 0);
    const [consumer] = viewer.consumers;
    await t.ask('PATCH', '/media/v1/consumers', {
      capability: viewer.capability,
      body: { consumers: [{ id: consumer?.id, maxSpatialLayer: 2 }] },
    });
    await events.until('producer.demanded', ({ producerId, maxSpatialLayer }) => producerId === id && maxSpatialLayer === 2);
    await t.ask('PATCH', '/media/v1/consumers', {
      capability: viewer.capability,
      body: { consumers: [{ id: consumer?.id, paused: true }] },
    });
    time.advance(2000);
    const last = () => events.seen.findLast((event) => event.type === 'producer.demanded' && event.producerId === id);
    await t.ask('DELETE', `/media/v1/producers/${id}`, { capability });
    await events.until('producer.closed', ({ producerId }) => producerId === id);
    expect(last()).toMatchObject({ maxSpatialLayer: -1 });
  });

  test('opening, muting and closing are told once each', async () => {
    const [session, participant] = [newSession(), newParticipant()];
    const { capability } = await t.put(session, participant);
    const id = await produce(capability, { ...microphone(), paused: true });
    for (const paused of [true, false, false]) await t.ask('PATCH', `/media/v1/producers/${id}`, { capability, body: { paused } });
    await t.ask('DELETE', `/media/v1/producers/${id}`, { capability });
    expect((await t.ask('DELETE', `/media/v1/producers/${id}`, { capability })).body['code']).toBe('not_found');
    await events.until('producer.closed', ({ producerId }) => producerId === id);
    const who = { sessionId: session, participantId: participant };
    const producer = { id, source: 'microphone', kind: 'audio' };
    expect(events.seen.filter((event) => 'sessionId' in event && event.sessionId === session)).toEqual([
      { type: 'producer.opened', ...who, producer: { ...producer, paused: true } },
      { type: 'producer.updated', ...who, producer: { ...producer, paused: false } },
      { type: 'producer.closed', ...who, producerId: id },
    ]);
  });

  test('a server that was away is current after the snapshot', async () => {
    const [session, participant] = [newSession(), newParticipant()];
    const { capability } = await t.put(session, participant);
    const id = await produce(capability, camera());
    time.advance(2000);
    const log = await t.follow();
    const hello = await log.until('node.hello');
    expect(hello.bootId).toBe((await events.until('node.hello')).bootId);
    expect(hello.participants).toContainEqual({
      sessionId: session,
      participantId: participant,
      grants: ALL_GRANTS,
      producers: [{ id, source: 'camera', kind: 'video', paused: false }],
      lost: false,
    });
    expect(await log.until('producer.demanded', ({ producerId }) => producerId === id)).toMatchObject({ maxSpatialLayer: -1 });
    log.close();
  });
});
