import { randomBytes, randomUUID } from 'node:crypto';
import { LIMITS } from '@conclave/protocol/limits';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { ALL_GRANTS, newParticipant, newSession, startTestNode, type TestNode } from '../testing/node-fixture.ts';
import { camera, microphone, ROUTER_CAPABILITIES } from '../testing/rtp-fixture.ts';

let t: TestNode;
beforeAll(async () => {
  t = await startTestNode();
});
afterAll(() => t[Symbol.asyncDispose]());

const FINGERPRINT = { algorithm: 'sha-256', value: Array.from({ length: 32 }, () => 'AB').join(':') };
const ROUTES = [
  ['POST', '/media/v1/transports/send/connect', { dtlsParameters: { role: 'client', fingerprints: [FINGERPRINT] } }],
  ['POST', '/media/v1/transports/recv/restart-ice', undefined],
  ['POST', '/media/v1/producers', microphone()],
  ['PATCH', `/media/v1/producers/${randomUUID()}`, { paused: true }],
  ['DELETE', `/media/v1/producers/${randomUUID()}`, undefined],
  ['POST', '/media/v1/consumers', { rtpCapabilities: ROUTER_CAPABILITIES, producerIds: [randomUUID()] }],
  ['PATCH', '/media/v1/consumers', { consumers: [{ id: randomUUID(), paused: false }] }],
] as const;

describe('the door for browsers', () => {
  test.each(ROUTES.map(([method, path, body]) => ({ method, path, body, name: path.replace(/[0-9a-f-]{36}/, ':id') })))(
    '[T5] $method $name without a capability, or with one that was never given, is refused',
    async ({ method, path, body }) => {
      for (const capability of [undefined, '', 'x', randomBytes(32).toString('base64url')]) {
        const reply = await t.ask(method, path, { body, ...(capability !== undefined && { capability }) });
        expect(reply.status).toBe(401);
        expect(reply.body['code']).toBe('capability_invalid');
      }
    },
  );

  test('[T5] the certificate of the server does not stand in for a capability', async () => {
    const reply = await t.ask('POST', '/media/v1/producers', { as: 'server', body: microphone() });
    expect(reply.body['code']).toBe('capability_invalid');
  });

  test.each([
    ['broken JSON', 'POST', '/media/v1/producers', '{'],
    ['an empty body', 'POST', '/media/v1/producers', '{}'],
    ['a list', 'POST', '/media/v1/producers', '[]'],
    ['an unknown source', 'POST', '/media/v1/producers', JSON.stringify({ ...microphone(), source: 'webcam' })],
    ['a kind that does not fit the source', 'POST', '/media/v1/producers', JSON.stringify({ ...microphone(), kind: 'video' })],
    ['a field that names a sender', 'POST', '/media/v1/producers', JSON.stringify({ ...microphone(), participantId: randomUUID() })],
    ['no codecs', 'POST', '/media/v1/producers', JSON.stringify({ ...microphone(), rtpParameters: { codecs: [] } })],
    [
      'an unknown codec',
      'POST',
      '/media/v1/producers',
      JSON.stringify({ ...microphone(), rtpParameters: { codecs: [{ mimeType: 'audio/unknown', payloadType: 1, clockRate: 1 }] } }),
    ],
    [
      'a negative SSRC',
      'POST',
      '/media/v1/producers',
      JSON.stringify({ ...camera(), rtpParameters: { ...camera().rtpParameters, encodings: [{ ssrc: -5 }] } }),
    ],
    [
      'an SSRC of more than 32 bits',
      'POST',
      '/media/v1/producers',
      JSON.stringify({ ...camera(), rtpParameters: { ...camera().rtpParameters, encodings: [{ ssrc: 2 ** 40 }] } }),
    ],
    [
      'an impossible header extension',
      'POST',
      '/media/v1/producers',
      JSON.stringify({ ...microphone(), rtpParameters: { ...microphone().rtpParameters, headerExtensions: [{ uri: 'odd', id: 'x' }] } }),
    ],
    ['no fingerprint', 'POST', '/media/v1/transports/send/connect', '{"dtlsParameters":{"fingerprints":[]}}'],
    [
      'an unknown fingerprint algorithm',
      'POST',
      '/media/v1/transports/send/connect',
      '{"dtlsParameters":{"fingerprints":[{"algorithm":"md5","value":"AB"}]}}',
    ],
    [
      'an unknown direction',
      'POST',
      '/media/v1/transports/both/connect',
      JSON.stringify({ dtlsParameters: { fingerprints: [FINGERPRINT] } }),
    ],
    [
      'impossible capabilities',
      'POST',
      '/media/v1/consumers',
      JSON.stringify({ rtpCapabilities: { codecs: [{ kind: 'audio', mimeType: 'x', clockRate: 0 }] }, producerIds: [randomUUID()] }),
    ],
    ['no producers', 'POST', '/media/v1/consumers', JSON.stringify({ rtpCapabilities: ROUTER_CAPABILITIES, producerIds: [] })],
    [
      'too many producers',
      'POST',
      '/media/v1/consumers',
      JSON.stringify({ rtpCapabilities: ROUTER_CAPABILITIES, producerIds: Array.from({ length: 201 }, () => randomUUID()) }),
    ],
    ['a consumer id that is a path', 'PATCH', '/media/v1/consumers', '{"consumers":[{"id":"../../x"}]}'],
    ['a producer id that is a number', 'PATCH', '/media/v1/producers/1', '{"paused":true}'],
  ])('%s is answered bad_request', async (_title, method, path, text) => {
    const { capability } = await t.put(newSession(), newParticipant());
    const reply = await t.ask(method, path, { capability, text });
    expect(reply.body['code']).toBe('bad_request');
    expect(JSON.stringify(reply.body)).not.toContain('at ');
    // The participant goes on as if nothing had been.
    expect((await t.ask('POST', '/media/v1/producers', { capability, body: microphone() })).status).toBe(200);
  });

  test('a body over the limit is refused and read no further', async () => {
    const { capability } = await t.put(newSession(), newParticipant());
    const reply = await t.ask('POST', '/media/v1/producers', {
      capability,
      text: JSON.stringify({ x: 'x'.repeat(LIMITS.mediaBodyBytes) }),
    });
    expect(reply.body['code']).toBe('too_large');
  });

  test('one who asks too often is slowed down, and nobody else', async () => {
    const session = newSession();
    const [loud, quiet] = [await t.put(session, newParticipant()), await t.put(session, newParticipant())];
    const hammer = (capability: string) =>
      t.ask('PATCH', '/media/v1/consumers', { capability, body: { consumers: [{ id: randomUUID() }] } });
    const replies = await Promise.all(Array.from({ length: LIMITS.mediaRequestsBurst * 2 }, () => hammer(loud.capability)));
    expect(replies.some(({ status }) => status === 429)).toBe(true);
    expect((await hammer(quiet.capability)).status).toBe(200);
  });

  test('connecting again with the same parameters is no error, with others it is', async () => {
    const { capability } = await t.put(newSession(), newParticipant());
    const connect = (value: string) =>
      t.ask('POST', '/media/v1/transports/recv/connect', {
        capability,
        body: { dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value }] } },
      });
    expect((await Promise.all([connect(FINGERPRINT.value), connect(FINGERPRINT.value)])).map(({ status }) => status)).toEqual([200, 200]);
    expect((await connect(FINGERPRINT.value.replace('AB', 'CD'))).body['code']).toBe('conflict');
  });

  test('an ICE restart gives new credentials and keeps the capability', async () => {
    const { capability, recv } = await t.put(newSession(), newParticipant());
    const reply = await t.ask('POST', '/media/v1/transports/recv/restart-ice', { capability });
    expect(reply.status).toBe(200);
    expect(reply.body['iceParameters']).not.toEqual(recv.iceParameters);
    expect((await t.ask('POST', '/media/v1/producers', { capability, body: microphone() })).status).toBe(200);
  });
});

describe('the door for the server', () => {
  const participant = () => `/internal/v1/sessions/${newSession()}/participants/${newParticipant()}`;

  test.each(['nobody', 'media'] as const)('[T5] the certificate of %s does not open it', async (who) => {
    const as = who === 'nobody' ? {} : { as: who };
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const reply = await t.ask(method, participant(), { ...as, body: { grants: ALL_GRANTS, fresh: true } });
      expect([reply.status, reply.body['code']]).toEqual([403, 'not_allowed']);
    }
    expect((await t.ask('GET', '/internal/v1/metrics', as)).status).toBe(403);
  });

  test('[T5] events are not told to one without the certificate of the server', async () => {
    const socket = new WebSocket(`${t.node.url.replace('https', 'wss')}/internal/v1/events`, { rejectUnauthorized: false });
    const { promise, resolve } = Promise.withResolvers<string>();
    socket.on('error', (error) => resolve(error.message));
    socket.on('open', () => resolve('open'));
    expect(await promise).toContain('403');
  });

  test.each([
    ['an unknown grant', 'PUT', participant(), { grants: { ...ALL_GRANTS, god: true }, fresh: true }],
    ['a missing field', 'PUT', participant(), { grants: ALL_GRANTS }],
    [
      'impossible capabilities',
      'PUT',
      participant(),
      { grants: ALL_GRANTS, fresh: true, rtpCapabilities: { codecs: [{ kind: 'audio', mimeType: 'x', clockRate: 1 }] } },
    ],
    ['an id that is none', 'PUT', '/internal/v1/sessions/x/participants/y', { grants: ALL_GRANTS, fresh: true }],
    ['a patch of nothing', 'PATCH', participant(), {}],
  ])('%s is answered bad_request and leaves nothing', async (_title, method, path, body) => {
    const sessions = t.node.ctx.sessions.size;
    expect((await t.ask(method, path, { as: 'server', body })).body['code']).toBe('bad_request');
    expect(t.node.ctx.sessions.size).toBe(sessions);
  });

  test('deleting, patching and muting what is not there is no error', async () => {
    expect((await t.ask('DELETE', participant(), { as: 'server' })).status).toBe(200);
    expect((await t.ask('DELETE', `/internal/v1/sessions/${newSession()}`, { as: 'server' })).status).toBe(200);
    expect((await t.ask('PATCH', participant(), { as: 'server', body: { grants: ALL_GRANTS } })).status).toBe(200);
    expect((await t.ask('POST', `${participant()}/mute`, { as: 'server', body: { sources: ['camera'] } })).status).toBe(200);
  });

  test('[P2] mute pauses a microphone at the node, closes a screen, leaves the rest, and the participant may go on', async () => {
    const [session, id] = [newSession(), newParticipant()];
    const { capability } = await t.put(session, id);
    const produced = async (body: object) => String((await t.ask('POST', '/media/v1/producers', { capability, body })).body['id']);
    const voice = await produced(microphone());
    const reader = await t.follow();
    const mute = (sources: string[]) =>
      t.ask('POST', `/internal/v1/sessions/${session}/participants/${id}/mute`, { as: 'server', body: { sources } });
    const isPaused = async () => {
      const hello = (await t.follow()).seen.find((event) => event.type === 'node.hello');
      return hello?.type === 'node.hello' && hello.participants.find(({ participantId }) => participantId === id)?.producers;
    };
    expect((await mute(['camera'])).status).toBe(200);
    expect(await isPaused()).toMatchObject([{ id: voice, paused: false }]);
    expect((await mute(['microphone', 'screen'])).status).toBe(200);
    expect(await isPaused()).toMatchObject([{ id: voice, paused: true }]);
    expect((await t.ask('PATCH', `/media/v1/producers/${voice}`, { capability, body: { paused: false } })).status).toBe(200);
    expect(await isPaused()).toMatchObject([{ id: voice, paused: false }]);
    reader.close();
  });

  test('[P8] says who may receive, until they are deleted', async () => {
    const [session, id] = [newSession(), newParticipant()];
    await t.put(session, id);
    const listed = async () => {
      const { body } = await t.ask('GET', '/internal/v1/receivers', { as: 'server' });
      return (body['receivers'] as { participantId: string }[]).some(({ participantId }) => participantId === id);
    };
    expect(await listed()).toBe(true);
    await t.ask('DELETE', `/internal/v1/sessions/${session}/participants/${id}`, { as: 'server' });
    expect(await listed()).toBe(false);
    expect((await t.ask('GET', '/internal/v1/receivers', {})).status).toBe(403);
  });

  test('health is told to everybody, gauges to the server', async () => {
    expect((await t.ask('GET', '/healthz')).body).toEqual({ status: 'ok' });
    expect((await t.ask('GET', '/internal/v1/metrics', { as: 'server' })).status).toBe(200);
  });
});
