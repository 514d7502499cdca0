import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { ParticipantId, SessionId } from '@conclave/protocol/ids';
import { loadInternalIdentity } from '@conclave/runtime/internal-identity';
import { createManualTime } from '@conclave/runtime/testing/manual-time';
import { createMediaClient, type MediaClient } from '@conclave/server/media-link/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { joinRoom } from '../src/joining.ts';
import { startPlatform, type Platform } from '../src/platform.ts';
import { findTcpPort } from '../src/ports.ts';
import { writtenEvents } from '../src/written-events.ts';
import '../src/database.ts'; // these tests need a database

const GRANTS = { microphone: false, camera: false, screen: false, receive: true };
const stack = new AsyncDisposableStack();
const time = createManualTime();
let platform: Platform;
let node: MediaClient;
let metricsPort: number;

beforeAll(async () => {
  metricsPort = await findTcpPort();
  platform = stack.use(await startPlatform({ time, env: { CONCLAVE_METRICS_PORT: String(metricsPort) } }));
  const identity = await loadInternalIdentity(platform.config.dataDir, 'server');
  node = stack.use(createMediaClient({ url: String(platform.config.mediaNodeUrl), identity }));
});
afterAll(() => stack.disposeAsync());

async function metrics(host = `127.0.0.1:${metricsPort}`): Promise<{ status: number; read(name: string): number }> {
  const [reply] = (await once(get({ port: metricsPort, host: '127.0.0.1', path: '/metrics', headers: { host } }), 'response')) as [
    IncomingMessage,
  ]; // the event's own signature
  const text = Buffer.concat(await reply.toArray()).toString('utf8');
  return { status: reply.statusCode ?? 0, read: (name) => Number(new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, 'm').exec(text)?.[1]) };
}

/** Lets the server's time pass until something is so. */
async function untilTrue(look: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await look()); tries += 1) {
    if (tries > 400) throw new Error('it did not come about');
    time.advance(250);
    await delay(10);
  }
}

const pathsOf = async (participantId: string) => (await node.receivers()).filter((one) => one.participantId === participantId).length;

describe('whoever receives is on the list', () => {
  test('[P8] who is put at the media node past the list is closed there, told in the log, alarmed of, and counted', async () => {
    using ann = await joinRoom(platform, { room: await platform.createRoom(), name: 'Ann' });
    const { sessionId } = ann.joined.room;
    await untilTrue(async () => (await metrics()).read('conclave_receivers') === 1);
    const before = await metrics();
    expect(before.read('conclave_stray_receivers')).toBe(0);
    expect(before.read('conclave_stray_receivers_closed_total')).toBe(0);

    const stray = ParticipantId.parse(randomUUID());
    const nobodysSession = SessionId.parse(randomUUID());
    await node.putParticipant(sessionId, stray, { grants: GRANTS, fresh: true });
    const elsewhere = ParticipantId.parse(randomUUID());
    await node.putParticipant(nobodysSession, elsewhere, { grants: GRANTS, fresh: true });
    expect([await pathsOf(stray), await pathsOf(elsewhere)]).toEqual([1, 1]);

    await untilTrue(async () => (await pathsOf(stray)) + (await pathsOf(elsewhere)) === 0);
    expect(await pathsOf(ann.joined.self.participantId)).toBe(1);
    await untilTrue(async () => (await metrics()).read('conclave_stray_receivers_closed_total') === 2);

    const told = async () => (await writtenEvents(platform.db)).filter(({ name }) => name === 'receiver.stray');
    await untilTrue(async () => (await told()).length === 2);
    const { id: room } = ann.joined.room;
    const of = async (id: string) => (await told()).find(({ target }) => target?.id === id);
    expect(await of(stray)).toMatchObject({ room, team: platform.team.id, session: sessionId, data: { consumers: 0 } });
    expect(await of(elsewhere)).toMatchObject({ room: null, team: null, session: nobodysSession });
    const alerts = () => platform.db.selectFrom('alerts').selectAll().where('rule', '=', 'stray-receiver').execute();
    await untilTrue(async () => (await alerts()).length === 2);
    expect((await alerts()).map(({ severity }) => severity)).toEqual(['critical', 'critical']);

    await untilTrue(async () => (await metrics()).read('conclave_stray_receivers') === 0);
    expect(await pathsOf(ann.joined.self.participantId)).toBe(1);
  });

  test('metrics are told on loopback to nobody who was lured there by another name', async () => {
    expect((await metrics()).status).toBe(200);
    expect((await metrics('evil.example')).status).toBe(404);
    expect(await platform.http.ask('GET', '/metrics').then(({ headers }) => headers['content-type'])).not.toContain('version=0.0.4');
  });
});
