import { randomBytes, randomUUID } from 'node:crypto';
import { LIMITS } from '@conclave/protocol/limits';
import { MediaCheck, type CheckTransport } from '@conclave/protocol/media-api/internal';
import type { TransportView } from '@conclave/protocol/media-api/public';
import { createManualTime } from '@conclave/runtime/testing/manual-time';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { newParticipant, newSession, startTestNode, type TestNode } from '../testing/node-fixture.ts';
import { camera, microphone, opusPacket, ROUTER_CAPABILITIES } from '../testing/rtp-fixture.ts';
import { openSender } from '../testing/webrtc-peer.ts';

const time = createManualTime();
let t: TestNode;
beforeAll(async () => {
  t = await startTestNode({ time, workers: 2 });
});
afterAll(() => t[Symbol.asyncDispose]());
afterEach(async () => {
  time.advance(LIMITS.checkLifetimeMs);
  for (const id of t.node.ctx.sessions.keys()) await t.ask('DELETE', `/internal/v1/sessions/${id}`, { as: 'server' });
  await vi.waitUntil(async () => (await routers()) === 0, 15_000);
});

const fingerprint = () => ({
  algorithm: 'sha-256',
  value: [...randomBytes(32)].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':'),
});
const body = () => ({ dtlsParameters: { role: 'client', fingerprints: [fingerprint()] } });
const ask = (sent: unknown) => t.ask('POST', '/internal/v1/checks', { as: 'server', body: sent });
const open = async (sent: unknown = body()) => MediaCheck.parse((await ask(sent)).body);

/** Routers of all workers, as the workers themselves know them. */
async function routers(): Promise<number> {
  const dumps = await Promise.all(t.node.ctx.pool.alive().map(({ worker }) => worker.dump()));
  return dumps.reduce((sum, { routerIds }) => sum + routerIds.length, 0);
}
interface Forwarding {
  mapProducerIdConsumerIds: unknown[];
  mapConsumerIdProducerId: unknown[];
}
/** What each router forwards. */
function forwarded(): Promise<Forwarding[]> {
  const all = t.node.ctx.pool
    .alive()
    .flatMap(({ worker }) => [...(worker as unknown as { routersForTesting: Set<{ dump(): Promise<Forwarding> }> }).routersForTesting]);
  return Promise.all(all.map((router) => router.dump()));
}
const protocols = (transport: CheckTransport | null) => new Set(transport?.iceCandidates.map(({ protocol }) => protocol));

describe('the transports of a connection check', () => {
  test('one is over UDP alone and one over TCP alone, and nothing of a session is told', async () => {
    const session = newSession();
    const { capability } = await t.put(session, newParticipant());
    const check = await open();
    expect([protocols(check.udp), protocols(check.tcp)]).toEqual([new Set(['udp']), new Set(['tcp'])]);
    expect(Object.keys(check).toSorted()).toEqual(['lifetimeMs', 'tcp', 'udp']);
    expect(JSON.stringify(check)).not.toMatch(new RegExp(`${session}|${capability}|capabilit`));
  });

  test.each(['media', undefined] as const)('only the server may open them, not %s', async (as) => {
    const reply = await t.ask('POST', '/internal/v1/checks', { body: body(), ...(as && { as }) });
    expect(reply.body['code']).toBe('not_allowed');
    expect(t.node.ctx.checks.size).toBe(0);
  });

  test.each([
    ['nothing', {}],
    ['no fingerprint', { dtlsParameters: { fingerprints: [] } }],
    ['an unknown algorithm', { dtlsParameters: { fingerprints: [{ algorithm: 'md5', value: 'AB' }] } }],
    ['a session', { ...body(), sessionId: randomUUID() }],
  ])('%s is refused and leaves nothing behind', async (_title, sent) => {
    expect((await ask(sent)).body['code']).toBe('bad_request');
    expect(t.node.ctx.checks.size).toBe(0);
    await expect.poll(routers).toBe(0);
  });

  test('they are closed after their time by the node itself, whoever has gone meanwhile', async () => {
    await open();
    expect([t.node.ctx.checks.size, await routers()]).toEqual([1, 1]);
    time.advance(LIMITS.checkLifetimeMs - 1);
    expect(t.node.ctx.checks.size).toBe(1);
    time.advance(1);
    expect(t.node.ctx.checks.size).toBe(0);
    await expect.poll(routers).toBe(0);
  });

  test('a hundred at once are as many as the limit, spread over the workers; the others are told so, and all is free again afterwards', async () => {
    const replies = await Promise.all(Array.from({ length: 100 }, () => ask(body())));
    const refused = replies.filter(({ status }) => status !== 200);
    expect(replies.length - refused.length).toBe(LIMITS.checksAtOnce);
    expect(new Set(refused.map(({ body: { code } }) => code))).toEqual(new Set(['no_capacity']));
    expect(new Set([...t.node.ctx.checks].map(({ media }) => media.index))).toEqual(new Set([0, 1]));
    // Meetings go on meanwhile.
    await t.put(newSession(), newParticipant());
    time.advance(LIMITS.checkLifetimeMs);
    expect(t.node.ctx.checks.size).toBe(0);
    await open();
  });

  test('with DTLS up, what is sent there is heard by nobody', async () => {
    // Read when it connects: the node must know its certificate before there is a transport.
    const udp = {} as TransportView;
    using sender = openSender(udp, 7_777);
    const check = await open({ dtlsParameters: sender.dtlsParameters });
    Object.assign(udp, check.udp);
    await sender.connect();
    for (let sequence = 0; sequence < 50; sequence++) sender.send(opusPacket(7_777, sequence));
    expect(t.node.ctx.producers.size).toBe(0);
    const routing = await forwarded();
    expect(routing).toHaveLength(1);
    expect(routing[0]).toMatchObject({ mapProducerIdConsumerIds: [], mapConsumerIdProducerId: [] });
    time.advance(LIMITS.checkLifetimeMs);
    await expect.poll(routers).toBe(0);
  });

  test.each([
    ['produce', 'POST', '/media/v1/producers', microphone()],
    ['produce video', 'POST', '/media/v1/producers', camera()],
    ['consume', 'POST', '/media/v1/consumers', { rtpCapabilities: ROUTER_CAPABILITIES, producerIds: [randomUUID()] }],
    ['connect', 'POST', '/media/v1/transports/send/connect', body()],
  ])('nothing that is known of one lets anybody %s', async (_title, method, path, sent) => {
    const { udp, tcp } = await open();
    const known = [udp, tcp ?? udp].flatMap(({ iceParameters, dtlsParameters }) => [
      iceParameters.usernameFragment,
      iceParameters.password,
      dtlsParameters.fingerprints[0]?.value ?? '',
    ]);
    for (const capability of [...known, ...known.map((text) => Buffer.from(text).toString('base64url').padEnd(43, 'A').slice(0, 43))]) {
      expect((await t.ask(method, path, { capability, body: sent })).body['code']).toBe('capability_invalid');
    }
  });

  test('where media takes no TCP there is one over UDP alone', async () => {
    await using udpOnly = await startTestNode({ mediaTcp: false });
    const reply = await udpOnly.ask('POST', '/internal/v1/checks', { as: 'server', body: body() });
    const { udp, tcp } = MediaCheck.parse(reply.body);
    expect([protocols(udp), tcp]).toEqual([new Set(['udp']), null]);
    const { send } = await udpOnly.put(newSession(), newParticipant());
    expect(new Set(send.iceCandidates.map(({ protocol }) => protocol))).toEqual(new Set(['udp']));
  });

  test('a worker that dies takes its checks with it', async () => {
    await open();
    const [check] = t.node.ctx.checks;
    process.kill(check?.media.pid ?? 0, 'SIGKILL');
    await expect.poll(() => t.node.ctx.checks.size).toBe(0);
    await expect.poll(async () => (await ask(body())).status).toBe(200);
  });
});
