import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:https';
import { Event } from '@conclave/protocol/events/event';
import { internalHostName, loadInternalIdentity } from '@conclave/runtime/internal-identity';
import { createPersonKeys } from '@conclave/server/event-log/person-keys';
import { loadMasterKeys } from '@conclave/runtime/sealing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { joinRoom, type Guest } from '../src/joining.ts';
import { startPlatform, type Platform } from '../src/platform.ts';
import { findTcpPort } from '../src/ports.ts';
import { openGate, type TcpGate } from '../src/tcp-gate.ts';
import '../src/database.ts'; // these tests need a database

const stack = new AsyncDisposableStack();
let platform: Platform;
/** Between the server and its database, and between the server and the media node. */
let database: TcpGate;
let link: TcpGate;
let agent: Agent;

beforeAll(async () => {
  const port = await findTcpPort();
  link = stack.use(await openGate({ host: '127.0.0.1', port }));
  platform = stack.use(
    await startPlatform({
      env: { CONCLAVE_MEDIA_INTERNAL_PORT: String(port), CONCLAVE_MEDIA_NODE_URL: `https://127.0.0.1:${link.port}` },
      reroute: async (url) => {
        const rerouted = new URL(url);
        database = stack.use(await openGate({ host: rerouted.hostname, port: Number(rerouted.port) }));
        rerouted.host = `127.0.0.1:${database.port}`;
        return rerouted.href;
      },
    }),
  );
  const { ca } = await loadInternalIdentity(platform.config.dataDir, 'media');
  agent = stack.adopt(new Agent({ keepAlive: true, ca, servername: internalHostName('media') }), (open) => open.destroy());
});
afterAll(() => stack.disposeAsync());

const PRODUCERS = '/media/v1/producers';
const MICROPHONE = {
  source: 'microphone',
  kind: 'audio',
  rtpParameters: {
    mid: '0',
    codecs: [{ mimeType: 'audio/opus', payloadType: 111, clockRate: 48_000, channels: 2 }],
    encodings: [{ ssrc: 11_111_111 }],
    rtcp: { cname: 'a' },
  },
};

/** Asks the node itself, as the proxy does: also while the server is away. */
function askNode(method: string, path: string, { capability, body }: { capability: string; body?: unknown }) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: Record<string, unknown> }>();
  const headers = {
    authorization: `Bearer ${capability}`,
    'x-forwarded-for': '192.0.2.77',
    ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
  };
  const call = request(platform.media.url + path, { method, headers, agent }, (reply) => {
    let got = '';
    reply.setEncoding('utf8').on('data', (chunk: string) => (got += chunk));
    reply.on('end', () => resolve({ status: reply.statusCode ?? 0, body: JSON.parse(got) as Record<string, unknown> })); // it answers objects
  });
  call.on('error', reject).end(text);
  return promise;
}

/** Every event of the log, in order, once the node's journal is stored and all has its place. */
async function events(): Promise<Event[]> {
  const { journal } = platform.media.ctx;
  journal.flush();
  await expect.poll(() => journal.size(), { timeout: 15_000 }).toBe(0);
  const pending = () => platform.db.selectFrom('event_log_pending').select('id').execute();
  await expect.poll(pending, { timeout: 5_000 }).toEqual([]);
  const rows = await platform.db.selectFrom('event_log_entries').select('entry').orderBy('seq').execute();
  return rows.map(({ entry }) => Event.parse(JSON.parse(entry ?? '')));
}

const capabilityOf = ({ joined }: Guest) => joined.media?.capability ?? '';
const sessionOf = async (guest: Guest) =>
  (await platform.db.selectFrom('participants').select('session_id').where('id', '=', idOf(guest)).executeTakeFirstOrThrow()).session_id;
const idOf = ({ joined }: Guest) => joined.self.participantId;

const STEPS = ['produce', 'pause', 'resume', 'close', 'refuse', 'flood', 'cut', 'restart', 'database away', 'server away'] as const;
const step = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...STEPS.slice(0, 5)) },
  { weight: 2, arbitrary: fc.constantFrom('flood', 'cut') },
  { weight: 1, arbitrary: fc.constantFrom('restart', 'database away', 'server away') },
);

/** One participant at the media node, and what the log must say of them. */
function createActor(guest: Guest) {
  const capability = capabilityOf(guest);
  let producer: { id: string; paused: boolean } | undefined;
  const done: [name: string, producerId: string][] = [];
  const refused = { not_found: 0, bad_request: 0, rate_limited: 0 };

  async function refuse(): Promise<void> {
    const [method, path, body] =
      Math.random() < 0.5 ? (['DELETE', `${PRODUCERS}/${randomUUID()}`, undefined] as const) : (['POST', PRODUCERS, {}] as const);
    const { body: answer } = await askNode(method, path, { capability, body });
    refused[answer['code'] as keyof typeof refused] += 1; // any other code shows as NaN
  }
  async function setPaused(paused: boolean): Promise<void> {
    if (!producer) return refuse();
    expect((await askNode('PATCH', `${PRODUCERS}/${producer.id}`, { capability, body: { paused } })).status).toBe(200);
    if (producer.paused !== paused) done.push([paused ? 'producer.paused' : 'producer.resumed', producer.id]);
    producer.paused = paused;
  }
  function closed(): void {
    if (producer) done.push(['producer.closed', producer.id]);
    producer = undefined;
  }

  const act = {
    produce: async () => {
      const { body } = await askNode('POST', PRODUCERS, { capability, body: MICROPHONE });
      closed();
      producer = { id: String(body['id']), paused: false };
      done.push(['producer.opened', producer.id]);
    },
    pause: () => setPaused(true),
    resume: () => setPaused(false),
    close: async () => {
      if (!producer) return refuse();
      await askNode('DELETE', `${PRODUCERS}/${producer.id}`, { capability });
      closed();
    },
    refuse,
    flood: async () => {
      for (let i = 0; i < 15; i++) await refuse();
    },
  };
  return { act, done, refused, participantId: idOf(guest) };
}

describe('what happens at the media node', () => {
  test('[E1] is in the log once each and in order, over broken connections, restarts of the server and a database that is away', async () => {
    const property = fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
      const room = await platform.createRoom();
      using guest = await joinRoom(platform, { room, name: 'Ann' });
      const { act, done, refused, participantId } = createActor(guest);
      const meanwhile = async () => {
        for (const name of ['produce', 'pause', 'refuse', 'close', 'produce'] as const) await act[name]();
      };
      const world = {
        cut: async () => {
          const act1 = act.produce();
          await link.close();
          await act1;
          await link.open();
        },
        restart: () => platform.restartServer(),
        'server away': () => platform.restartServer({ whileAway: meanwhile }),
        'database away': async () => {
          await database.close();
          await meanwhile();
          await database.open();
        },
      };
      for (const name of steps) await { ...act, ...world }[name]();
      const about = (await events()).filter(({ actor }) => actor.id === participantId && actor.authenticatedBy === 'capability');
      const changes = about.filter(({ name }) => name.startsWith('producer.'));
      expect(changes.map(({ name, data }) => [name, data['producerId']])).toEqual(done);
      const refusals = about.filter(({ name }) => name === 'request.refused');
      for (const [code, count] of Object.entries(refused)) {
        const told = refusals.filter(({ result }) => result === code).map(({ data }) => Number(data['count']));
        expect(told.reduce((sum, one) => sum + one, 0)).toBe(count);
      }
      expect(refusals).toEqual(refusals.filter(({ data, result }) => data['door'] === 'media' && result in refused));
    });
    await fc.assert(property, { numRuns: 6 });
  }, 180_000);

  test('[E1] says who it was, in which room, and from where a refusal came', async () => {
    const room = await platform.createRoom({ roles: ['attendee'], default_role: 'attendee' });
    using guest = await joinRoom(platform, { room, name: 'Mallory' });
    const { body } = await platform.http.ask('POST', PRODUCERS, {
      body: MICROPHONE,
      headers: { authorization: `Bearer ${capabilityOf(guest)}` },
    });
    expect(body['code']).toBe('not_allowed');
    const refused = (await events()).filter(({ name, actor }) => name === 'request.refused' && actor.id === idOf(guest));
    const { id: roomId } = await platform.db.selectFrom('rooms').select('id').where('friendly_url', '=', room).executeTakeFirstOrThrow();
    expect(refused).toMatchObject([
      {
        category: 'security',
        actor: { kind: 'participant', authenticatedBy: 'capability' },
        data: { door: 'media', verb: `POST ${PRODUCERS}`, count: 1 },
        result: 'not_allowed',
        team: platform.team.id,
        room: roomId,
        session: await sessionOf(guest),
      },
    ]);
    const { persons } = await loadMasterKeys(platform.config.dataDir);
    const [personal] = await createPersonKeys(persons).reveal(platform.db, refused);
    expect(personal).toMatchObject({ address: '127.0.0.1', network: '127.0.0.0/24' });
    const { person } = await platform.db
      .selectFrom('participants')
      .select('person')
      .where('id', '=', idOf(guest))
      .executeTakeFirstOrThrow();
    const sealedUnder = platform.db.selectFrom('event_log_person_keys').select('subject');
    const keyId = refused[0]?.personal.network?.key ?? '';
    expect(await sealedUnder.where('id', '=', keyId).executeTakeFirst()).toEqual({ subject: person });
  });

  test.each([
    ['not_found', '/media/v1/%2e%2e/secret', undefined],
    ['too_large', '/media/v1/consumers', { x: 'x'.repeat(300_000) }],
  ])('[E1] is in the log too when %s keeps it from getting there', async (code, path, body) => {
    await platform.http.ask('POST', path, { body });
    const refused = (await events()).filter(({ result, data }) => result === code && data['verb'] === 'POST /media/v1/*');
    expect(refused).toMatchObject([{ name: 'request.refused', actor: { kind: 'visitor' }, data: { door: 'media', count: 1 } }]);
  });

  test('[E1] is in the log when the media node ends', async () => {
    const room = await platform.createRoom();
    using guest = await joinRoom(platform, { room, name: 'Ann' });
    const { act, participantId } = createActor(guest);
    await act.produce();
    for (let i = 0; i < 15; i++) await act.refuse();
    await platform.restartMedia();
    const about = (await events()).filter(({ actor }) => actor.id === participantId && actor.authenticatedBy === 'capability');
    expect(about.map(({ name }) => name).filter((name) => name !== 'request.refused')).toEqual(['producer.opened', 'producer.closed']);
    const counts = about.flatMap(({ data }) => (typeof data['count'] === 'number' ? data['count'] : []));
    expect(counts.reduce((sum, one) => sum + one, 0)).toBe(15);
  });

  test('[E1] has its end in the log also when the media node dies and tells nobody', async () => {
    const room = await platform.createRoom();
    using guest = await joinRoom(platform, { room, name: 'Ann' });
    const { act, done } = createActor(guest);
    await act.produce();
    await events();
    await link.close();
    await act.produce();
    await platform.restartMedia();
    await link.open();
    const first = done[0]?.[1];
    const about = async () => (await events()).filter(({ target }) => target?.id === first);
    await expect.poll(about, { timeout: 5_000 }).toMatchObject([
      { name: 'producer.opened', actor: { kind: 'participant' } },
      { name: 'producer.closed', actor: { kind: 'system', id: 'media-journal' }, data: { source: 'microphone' }, team: platform.team.id },
    ]);
    await platform.restartServer();
    expect(await about()).toHaveLength(2);
  });

  test('[E1] is written for a room that is gone', async () => {
    const room = await platform.createRoom();
    using guest = await joinRoom(platform, { room, name: 'Ann' });
    const { act, done, participantId } = createActor(guest);
    const session = await sessionOf(guest);
    await database.close();
    try {
      await act.produce();
      await platform.db.deleteFrom('rooms').where('friendly_url', '=', room).execute();
    } finally {
      await database.open();
    }
    const about = (await events()).filter(({ actor, name }) => actor.id === participantId && name.startsWith('producer.'));
    expect(about.map(({ name, data }) => [name, data['producerId']])).toEqual(done);
    expect(about).toMatchObject([{ room: null, team: null, session }]);
  });
});
