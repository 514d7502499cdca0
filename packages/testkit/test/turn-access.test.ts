import { createHmac, randomUUID } from 'node:crypto';
import { connectTurn, type TurnClient, type TurnCredential } from '@conclave/runtime/turn/turn-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COTURN_IS_INSTALLED, startCoturn } from '../src/coturn.ts';
import { joinRoom, type Guest } from '../src/joining.ts';
import { startPlatform, type Platform } from '../src/platform.ts';
import '../src/database.ts'; // these tests need a database

const SECRET = '0123456789abcdef0123456789abcdef';
const NODE = '203.0.113.10';
const stack = new AsyncDisposableStack();
let platform: Platform;

beforeAll(async () => {
  if (!COTURN_IS_INSTALLED) return;
  // As deploy/turnserver.conf, but for the list of peers: that the front alone is enough is what is shown here.
  const coturn = stack.use(await startCoturn(['--use-auth-secret', `--static-auth-secret=${SECRET}`, '--no-udp', '--no-tcp-relay']));
  const env = { CONCLAVE_TURN_PROXY_PORT: String(coturn.port), CONCLAVE_TURN_SECRET: SECRET, CONCLAVE_ANNOUNCED_IP: NODE };
  platform = stack.use(await startPlatform({ env }));
});
afterAll(() => stack.disposeAsync());

function credentialOf({ joined }: Guest): TurnCredential {
  const [server] = joined.media?.iceServers ?? [];
  if (!server?.username || !server.credential) throw new Error('there is no credential');
  return { username: server.username, credential: server.credential };
}

const connectAs = (credential: TurnCredential): Promise<TurnClient> => connectTurn(platform.origin, { ca: platform.ca, credential });

async function chairIn(room: string): Promise<Guest> {
  const headers = { authorization: `Bearer ${platform.team.key}` };
  const { body } = await platform.http.ask('POST', `/api/v1/rooms/${room}/token`, { body: { role: 'moderator', u: 'Chair' }, headers });
  return joinRoom(platform, { room, token: String(body['token']) });
}

describe.skipIf(!COTURN_IS_INSTALLED)('[T7] the relay (skipped where the Debian package coturn is not installed)', () => {
  test('is told with a credential to whoever is in, relays to the media node and to nothing else', async () => {
    using ann = await joinRoom(platform, { room: await platform.createRoom(), name: 'Ann' });
    const { port } = new URL(platform.origin);
    expect(ann.joined.media?.iceServers[0]?.urls).toEqual([`turns:localhost:${port}?transport=tcp`]);
    using relay = await connectAs(credentialOf(ann));
    expect(await relay.allocate()).toBe(0);
    expect(await relay.permit(NODE)).toBe(0);
    const mediaPort = ann.joined.media?.send.iceCandidates.find(({ protocol }) => protocol === 'udp')?.port ?? 0;
    expect(await relay.bind(NODE, mediaPort)).toBe(0);
    // Answers come in the order of what was asked: what is answered after it would have been answered before.
    const answered: number[] = [];
    const asked = [
      relay.bind(NODE, 22),
      ...['10.0.0.1', '127.0.0.1', '169.254.169.254', '203.0.113.11'].map((elsewhere) => relay.permit(elsewhere)),
    ];
    for (const [index, answer] of asked.entries())
      void answer.then(
        () => answered.push(index),
        () => undefined, // the stream ends with the test
      );
    expect(await relay.permit(NODE)).toBe(0);
    expect(answered).toEqual([]);
  });

  test('is nothing for whoever is not in, also with a credential that the secret has made, nor with a wrong password', async () => {
    const username = `${Math.floor(Date.now() / 1_000) + 600}:${randomUUID()}`;
    using stranger = await connectAs({ username, credential: createHmac('sha1', SECRET).update(username).digest('base64') });
    await expect(stranger.allocate()).rejects.toThrow('the stream has ended');
    using ann = await joinRoom(platform, { room: await platform.createRoom(), name: 'Ann' });
    using guessing = await connectAs({ ...credentialOf(ann), credential: 'guessed' });
    expect(await guessing.allocate()).toBe(401);
  });

  test('is told again, ahead of an ICE restart, to whoever is in', async () => {
    using ann = await joinRoom(platform, { room: await platform.createRoom(), name: 'Ann' });
    const again = await ann.client.ask('media.ice-servers', {});
    if (!again.ok) throw new Error(again.code);
    const [server] = again.data.iceServers;
    using relay = await connectAs({ username: server?.username ?? '', credential: server?.credential ?? '' });
    expect(await relay.allocate()).toBe(0);
  });

  test('[P3] ends for somebody who is removed, whose credential opens nothing from then on', async () => {
    const room = await platform.createRoom();
    using chair = await chairIn(room);
    using ann = await joinRoom(platform, { room, name: 'Ann' });
    using relay = await connectAs(credentialOf(ann));
    expect(await relay.allocate()).toBe(0);
    expect(await chair.client.ask('participant.remove', { participantId: ann.joined.self.participantId })).toMatchObject({ ok: true });
    await relay.ended;
    using again = await connectAs(credentialOf(ann));
    await expect(again.allocate()).rejects.toThrow('the stream has ended');
  });
});
