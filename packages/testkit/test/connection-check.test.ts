import { randomBytes } from 'node:crypto';
import { LIMITS } from '@conclave/protocol/limits';
import { OpenCheckReply } from '@conclave/protocol/rest/connection-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { httpsClient, type HttpsClient } from '@conclave/cli/peer/https-client';
import { joinRoom } from '../src/joining.ts';
import { startPlatform, type Platform } from '../src/platform.ts';
import '../src/database.ts'; // these tests need a database

const stack = new AsyncDisposableStack();
let platform: Platform;
beforeAll(async () => {
  platform = stack.use(await startPlatform());
});
afterAll(() => stack.disposeAsync());

/** Each test comes from an address of its own, so that none is slowed down by another. */
let hosts = 1;
const visitor = (): HttpsClient => stack.use(httpsClient(platform.origin, platform.ca, { localAddress: `127.0.9.${++hosts}` }));

const body = () => {
  const value = [...randomBytes(32)].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':');
  return { dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value }] } };
};
const mediaOf = () => platform.media.ctx;

describe('the connection check', () => {
  test('a visitor without any link is told where media is reached, the time, and nothing of a room', async () => {
    const room = await platform.createRoom();
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    const http = visitor();
    const reply = await http.ask('POST', '/api/check', { body: body() });
    expect(reply.status).toBe(200);
    const { udp, tcp, iceServers, expiresAtMs } = OpenCheckReply.parse(reply.body);
    expect(udp.iceCandidates.map(({ protocol, port }) => [protocol, port])).toEqual([['udp', platform.config.mediaPort]]);
    expect(tcp?.iceCandidates.map(({ protocol, port }) => [protocol, port])).toEqual([['tcp', platform.config.mediaPort]]);
    expect([iceServers, expiresAtMs - Date.now() <= LIMITS.checkLifetimeMs]).toEqual([[], true]);
    for (const secret of [room, ann.joined.room.id, ann.joined.room.sessionId, ann.joined.self.participantId, 'Ann', 'capability'])
      expect(reply.text).not.toContain(secret);
    const time = await http.ask('GET', '/api/check');
    expect(Math.abs(Number(time.body['nowMs']) - Date.now())).toBeLessThan(5_000);
    expect([reply, time].map(({ headers }) => [headers['cache-control'], headers['set-cookie']])).toEqual([
      ['no-store', undefined],
      ['no-store', undefined],
    ]);
  });

  test('[P1] who waits in the lobby may check, and stays as far outside as before', async () => {
    const room = await platform.createRoom({ is_locked: true });
    const http = visitor();
    const { ticket } = (await http.ask('POST', '/api/join', { body: { room, name: 'Wanda' } })).body;
    expect(ticket).toBeTypeOf('string');
    const before = { sessions: mediaOf().sessions.size, producers: mediaOf().producers.size };
    const reply = await http.ask('POST', '/api/check', { body: body() });
    expect(reply.status).toBe(200);
    expect({ sessions: mediaOf().sessions.size, producers: mediaOf().producers.size }).toEqual(before);
    for (const [method, path] of [
      ['POST', '/media/v1/producers'],
      ['POST', '/media/v1/consumers'],
      ['POST', '/media/v1/transports/send/connect'],
    ] as const) {
      const { udp } = OpenCheckReply.parse(reply.body);
      for (const shown of [udp.iceParameters.password, String(ticket)]) {
        const asked = await http.ask(method, path, { body: {}, headers: { authorization: `Bearer ${shown}` } });
        expect([path, asked.body['code']]).toEqual([path, 'capability_invalid']);
      }
    }
  });

  test('a hundred at once of one address are as many as the limit, and another address is served meanwhile', async () => {
    const [crowd, other] = [visitor(), visitor()];
    const replies = await Promise.all(Array.from({ length: 100 }, () => crowd.ask('POST', '/api/check', { body: body() })));
    const codes = replies.map((reply) => (reply.status === 200 ? 'opened' : String(reply.body['code'])));
    expect(codes.filter((code) => code === 'opened')).toHaveLength(LIMITS.checksPerMinute);
    expect(new Set(codes)).toEqual(new Set(['opened', 'rate_limited']));
    expect((await other.ask('POST', '/api/check', { body: body() })).status).toBe(200);
    expect(mediaOf().checks.size).toBeLessThanOrEqual(LIMITS.checksAtOnce);
  });

  test.each([
    ['no body', undefined, 'bad_request'],
    ['a room', { ...body(), room: 'x' }, 'bad_request'],
    ['no fingerprint', { dtlsParameters: { fingerprints: [] } }, 'bad_request'],
  ])('%s is refused', async (_title, sent, code) => {
    expect((await visitor().ask('POST', '/api/check', { body: sent })).body['code']).toBe(code);
  });

  test('a page of another origin cannot have it done by who visits it', async () => {
    const headers = { origin: 'https://evil.example' };
    for (const [method, path] of [
      ['GET', '/api/check'],
      ['POST', '/api/check'],
      ['GET', '/api/check/bytes?size=1'],
    ] as const)
      expect((await visitor().ask(method, path, { headers })).body['code']).toBe('not_allowed');
  });

  test('pieces that measure bandwidth have the size that was asked for, up to the limit, both ways', async () => {
    const http = visitor();
    const down = await http.ask('GET', '/api/check/bytes?size=65536');
    expect([down.status, down.headers['content-length'], down.headers['content-encoding']]).toEqual([200, '65536', undefined]);
    for (const size of ['0', '-1', String(LIMITS.checkBytes + 1), '1e9', '', 'x'])
      expect((await http.ask('GET', `/api/check/bytes?size=${size}`)).body['code']).toBe('bad_request');
    const up = (bytes: number) =>
      http.ask('POST', '/api/check/bytes', { body: 'x'.repeat(bytes - 2), headers: { 'content-type': 'application/octet-stream' } });
    expect((await up(LIMITS.checkBytes)).status).toBe(200);
    expect((await up(LIMITS.checkBytes + 1)).body['code']).toBe('too_large');
  });
});
