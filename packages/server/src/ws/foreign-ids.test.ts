import { randomUUID } from 'node:crypto';
import { REQUESTS, type RequestType } from '@conclave/protocol/signalling/messages';
import { createManualTime } from '@conclave/runtime/testing/manual-time';
import { startPlatform } from '@conclave/testkit/platform';
import { z } from 'zod';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  askMedia,
  endScene,
  makeRoles,
  makeScene,
  must,
  seat,
  speak,
  type Person,
  type Scene,
  type World,
} from '@conclave/testkit/matrix/scene';
import { everybodyElse, refusalsIn, rowOf } from '@conclave/testkit/matrix/tries';
import { watchPlatform, type Watcher } from '@conclave/testkit/matrix/watcher';

const TIMEOUT_MS = 120_000;
const stack = new AsyncDisposableStack();
const time = createManualTime();
let world: World;
let watcher: Watcher;
/** The room in which somebody asks, another room of the same team, and a room of another team. */
let own: Scene;
const others: Record<string, Scene> = {};
let actor: Person;

beforeAll(async () => {
  const platform = stack.use(await startPlatform({ time }));
  world = platform;
  const another = await platform.addTeam('Quay');
  for (const place of [platform, another]) await makeRoles(place);
  own = await makeScene(platform);
  others['another room of the team'] = await makeScene(platform);
  others['a room of another team'] = await makeScene(another);
  actor = await seat(platform, own.room, 'moderator');
  watcher = stack.use(await watchPlatform(platform));
}, TIMEOUT_MS);
afterAll(async () => {
  for (const scene of [own, ...Object.values(others)]) await endScene(scene);
  await stack.disposeAsync();
}, TIMEOUT_MS);
afterEach(() => time.advance(10_000));

/** The fields of a message that hold an id, read from its schema. */
function idsIn(type: RequestType): string[] {
  const schema = z.toJSONSchema(REQUESTS[type].data, { io: 'input', unrepresentable: 'any' }) as { properties?: Record<string, object> }; // each is an object
  return Object.entries(schema.properties ?? {}).flatMap(([field, of]) => (JSON.stringify(of).includes('"format":"uuid"') ? [field] : []));
}

/** Of each kind of id one that is good in its room. */
const IDS: Readonly<Record<string, (scene: Scene) => string>> = {
  participantId: ({ cast }) => cast.speaker.id,
  messageId: ({ messageId }) => messageId,
  replyTo: ({ messageId }) => messageId,
  knockId: ({ waiting }) => waiting.knockId,
  banId: ({ banId }) => banId,
  inviteId: ({ inviteId }) => inviteId,
};
/** Chosen by who sends it, and known together with the sender alone. */
const NO_ID_OF_A_THING = ['clientMessageId'];

const FIELDS = (Object.keys(REQUESTS) as RequestType[]).flatMap((type) =>
  idsIn(type)
    .filter((field) => !NO_ID_OF_A_THING.includes(field))
    .map((field) => ({ type, field })),
);
const everybody = () =>
  [own, ...Object.values(others)].flatMap((scene) => everybodyElse({ outsider: own.host.client }, scene, actor.client));

/** What somebody is answered, and what came of it anywhere. */
async function refusal(type: RequestType, data: object) {
  let code = '';
  const act = async () => {
    time.advance(50);
    const reply = await actor.client.ask(type, data);
    code = reply.ok ? 'ok' : reply.code;
  };
  const traces = await watcher.traces([...new Set(everybody())], act, 1);
  return { code, written: refusalsIn(traces), changes: traces.changes, frames: traces.frames, media: traces.media };
}
const notFound = (type: RequestType) => ({
  code: 'not_found',
  written: [`participant ${actor.id}: not_found ${type}`],
  changes: [],
  frames: [],
  media: [],
});
const dataOf = (type: RequestType): object =>
  rowOf(type).data({ world, scene: own, actor, role: 'moderator', verb: type, target: 'attendee' });

describe('[A1] [P6] an id that is not of this room', () => {
  test('is tried in every field that holds one, whatever verbs there will be', () => {
    expect(FIELDS.length).toBeGreaterThan(20);
    expect([...new Set(FIELDS.map(({ field }) => field))].toSorted()).toEqual(Object.keys(IDS).toSorted());
  });

  test.each(FIELDS)(
    '$field of $type is not found, and nothing changes anywhere',
    async ({ type, field }) => {
      for (const [whose, scene] of Object.entries(others)) {
        const data = { ...dataOf(type), [field]: IDS[field]?.(scene) };
        expect({ whose, ...(await refusal(type, data)) }).toEqual({ whose, ...notFound(type) });
      }
      expect(await refusal(type, { ...dataOf(type), [field]: randomUUID() })).toEqual(notFound(type));
    },
    TIMEOUT_MS,
  );

  test('[P7] a message between two others is not found either, not even by a moderator', async () => {
    const { student, attendee } = own.cast;
    const sent = await must(student, 'chat.send-private', { clientMessageId: randomUUID(), text: 'psst', participantId: attendee.id });
    const messageId = sent.message.id;
    for (const type of ['chat.delete', 'chat.delete-any', 'chat.react'] as const)
      expect(await refusal(type, { ...dataOf(type), messageId })).toEqual(notFound(type));
    expect(await refusal('chat.send', { ...dataOf('chat.send'), replyTo: messageId })).toEqual(notFound('chat.send'));
  });

  test('[P7] the number that somebody else gave a message does not bring that message to light', async () => {
    const clientMessageId = randomUUID();
    const { student, attendee } = own.cast;
    const secret = await must(student, 'chat.send-private', { clientMessageId, text: 'psst', participantId: attendee.id });
    const mine = await must(actor, 'chat.send', { clientMessageId, text: 'hello' });
    expect(mine.message).toMatchObject({ participantId: actor.id, text: 'hello' });
    expect(mine.message.id).not.toBe(secret.message.id);
  });

  test(
    'at the media node a producer of somebody else is not found, and one of another room is not to be received',
    async () => {
      const stops: (() => Promise<void>)[] = [];
      const rtpCapabilities = actor.joined.media?.routerRtpCapabilities;
      for (const scene of Object.values(others)) stops.push(await speak(world, scene.cast.speaker, scene.host));
      const ofOthers = Object.values(others).map(({ host }) => {
        const opened = host.client.seen.findLast(({ type }) => type === 'producer.opened');
        return opened?.type === 'producer.opened' ? opened.data.producer.id : '';
      });
      for (const id of [...ofOthers, randomUUID()]) {
        const answers: unknown[] = [];
        const act = async () => {
          const ask = async (method: string, path: string, body?: object) => {
            const reply = await askMedia(world, actor, method, path, body);
            answers.push([reply.status, reply.body['code'] ?? reply.body['consumers'] ?? 'done']);
          };
          await ask('PATCH', `/producers/${id}`, { paused: true });
          await ask('DELETE', `/producers/${id}`);
          await ask('POST', '/consumers', { producerIds: [id], rtpCapabilities });
          await ask('PATCH', '/consumers', { consumers: [{ id, close: true }] });
        };
        const traces = await watcher.traces([...new Set(everybody())], act, 2);
        expect(answers).toEqual([
          [404, 'not_found'],
          [404, 'not_found'],
          [200, []],
          [200, 'done'],
        ]);
        const [changed, deleted] = ['PATCH', 'DELETE'].map(
          (method) => `participant ${actor.id}: not_found ${method} /media/v1/producers/:producerId`,
        );
        expect({ ...traces, events: refusalsIn(traces) }).toEqual({ events: [deleted, changed], changes: [], frames: [], media: [] });
      }
      for (const stop of stops) await stop();
    },
    TIMEOUT_MS,
  );

  test('the positive control: the same ids are found in their room', async () => {
    const { host } = own;
    const answers = [
      await host.client.ask('participant.set-name', { participantId: own.cast.speaker.id, name: 'Found' }),
      await host.client.ask('invite.renew', { inviteId: own.inviteId }),
      await host.client.ask('ban.lift', { banId: own.banId }),
      await host.client.ask('chat.send', { clientMessageId: randomUUID(), text: 'an answer', replyTo: own.messageId }),
      await host.client.ask('chat.delete-any', { messageId: own.messageId }),
      await host.client.ask('lobby.admit', { knockId: own.waiting.knockId }),
    ];
    expect(answers.map(({ ok }) => ok)).toEqual(answers.map(() => true));
  });
});
