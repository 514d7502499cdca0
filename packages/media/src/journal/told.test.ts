import { randomBytes, randomUUID } from 'node:crypto';
import type { JournalLine } from '@conclave/protocol/media-api/internal';
import { CreateProducerReply } from '@conclave/protocol/media-api/public';
import { LIMITS } from '@conclave/protocol/limits';
import { createManualTime } from '@conclave/runtime/testing/manual-time';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALL_GRANTS, newParticipant, newSession, startTestNode, type EventLog, type TestNode } from '../testing/node-fixture.ts';
import { camera, microphone } from '../testing/rtp-fixture.ts';

const time = createManualTime();
let t: TestNode;
beforeAll(async () => {
  t = await startTestNode({ time });
});
afterAll(() => t[Symbol.asyncDispose]());

const PRODUCERS = '/media/v1/producers';
const produce = async (capability: string, body: unknown) =>
  CreateProducerReply.parse((await t.ask('POST', PRODUCERS, { capability, body })).body).id;
const ack = (reader: EventLog, upTo: number) => reader.say(JSON.stringify({ type: 'journal.ack', upTo }));
/** What a reader is told about one participant, as soon as it is as much as expected. */
const toldOf = (reader: EventLog, participantId: string) =>
  reader.journal.map(({ entry }) => entry).filter((entry) => entry.participantId === participantId);
const kindsOf = (reader: EventLog, participantId: string) => toldOf(reader, participantId).map(({ kind }) => kind);
const places = (lines: readonly JournalLine[]) => lines.map(({ n }) => n);

describe('what a participant sends', () => {
  test('[E1] begins, pauses, goes on and ends once each in the journal, however often it is asked for', async () => {
    const [session, participant] = [newSession(), newParticipant()];
    const { capability } = await t.put(session, participant);
    const reader = await t.follow();
    const id = await produce(capability, { ...microphone(), paused: true });
    for (const paused of [true, false, false, true, true]) await t.ask('PATCH', `${PRODUCERS}/${id}`, { capability, body: { paused } });
    await t.ask('DELETE', `${PRODUCERS}/${id}`, { capability });
    await t.ask('DELETE', `/internal/v1/sessions/${session}`, { as: 'server' });
    await expect
      .poll(() => kindsOf(reader, participant))
      .toEqual(['producer.opened', 'producer.resumed', 'producer.paused', 'producer.closed']);
    const about = { sessionId: session, participantId: participant, producerId: id, source: 'microphone', atMs: time.nowMs() };
    for (const entry of toldOf(reader, participant)) expect(entry).toMatchObject(about);
    expect(toldOf(reader, participant)[0]).toMatchObject({ paused: true });
    reader.close();
  });

  const path = (session: string, participant: string) => `/internal/v1/sessions/${session}/participants/${participant}`;
  test.each([
    ['its source is sent anew', (_s, _p, capability) => produce(capability, camera())],
    ['its participant is deleted', (s, p) => t.ask('DELETE', path(s, p), { as: 'server' })],
    ['its session is deleted', (s) => t.ask('DELETE', `/internal/v1/sessions/${s}`, { as: 'server' })],
    ['its participant gets a fresh path', (s, p) => t.put(s, p)],
    ['its grant is taken', (s, p) => t.ask('PATCH', path(s, p), { as: 'server', body: { grants: { ...ALL_GRANTS, camera: false } } })],
    ['its worker dies', async () => void process.kill(t.node.workerPids()[0] ?? 0, 'SIGKILL')],
  ] satisfies [
    string,
    (session: ReturnType<typeof newSession>, participant: ReturnType<typeof newParticipant>, capability: string) => Promise<unknown>,
  ][])('[E1] ends in the journal when %s', async (_title, end) => {
    const [session, participant] = [newSession(), newParticipant()];
    const { capability } = await t.put(session, participant);
    const reader = await t.follow();
    const id = await produce(capability, camera());
    await end(session, participant, capability);
    const closed = () => toldOf(reader, participant).filter((entry) => entry.kind === 'producer.closed' && entry.producerId === id);
    await expect.poll(closed, { timeout: 5_000 }).toHaveLength(1);
    reader.close();
  });
});

describe('what is refused', () => {
  const UNKNOWN = randomUUID();
  test.each([
    ['without its grant', 'POST', PRODUCERS, PRODUCERS, camera(), 'not_allowed'],
    ['with a broken body', 'POST', PRODUCERS, PRODUCERS, { source: 'camera' }, 'bad_request'],
    ['with a body over the limit', 'POST', PRODUCERS, PRODUCERS, { x: 'x'.repeat(LIMITS.mediaBodyBytes) }, 'too_large'],
    ['for a producer of nobody', 'DELETE', `${PRODUCERS}/${UNKNOWN}`, `${PRODUCERS}/:producerId`, undefined, 'not_found'],
    ['on a path that is none', 'GET', '/media/v1/secret/plans', '/media/v1/*', undefined, 'not_found'],
  ] as const)('[E1] %s names the participant, the route and the reason', async (_title, method, path, pattern, body, code) => {
    const [session, participant] = [newSession(), newParticipant()];
    const { capability } = await t.put(session, participant, { grants: { camera: false } });
    const reader = await t.follow();
    expect((await t.ask(method, path, { capability, body })).body['code']).toBe(code);
    await expect.poll(() => toldOf(reader, participant)).toHaveLength(1);
    expect(toldOf(reader, participant)[0]).toMatchObject({
      sessionId: session,
      verb: `${method} ${pattern}`,
      code,
      count: 1,
      address: '127.0.0.1',
    });
    expect(JSON.stringify(reader.journal)).not.toContain(capability);
    reader.close();
  });

  test('[E1] by a capability that is not good names nobody, and never the capability', async () => {
    const reader = await t.follow();
    const capability = randomBytes(32).toString('base64url');
    await t.ask('POST', '/media/v1/transports/recv/restart-ice', { capability });
    const verb = 'POST /media/v1/transports/:direction/restart-ice';
    const refused = () => reader.journal.filter(({ entry }) => entry.kind === 'refused' && entry.verb === verb);
    await expect.poll(refused).toHaveLength(1);
    expect(refused()[0]?.entry).toMatchObject({ sessionId: null, participantId: null, code: 'capability_invalid' });
    expect(JSON.stringify(reader.journal)).not.toContain(capability);
    reader.close();
  });
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8::7', '2001:db8::7'],
  ['198.51.100.1, 192.0.2.7', '192.0.2.7'],
  ['fe80::1%eth0', null],
  ['<script>', null],
])('a request for %s is refused to %s', async (forwardedFor, address) => {
  const [session, participant] = [newSession(), newParticipant()];
  const { capability } = await t.put(session, participant);
  await t.ask('DELETE', `${PRODUCERS}/${randomUUID()}`, { capability, forwardedFor });
  const reader = await t.follow();
  await expect.poll(() => toldOf(reader, participant)).toMatchObject([{ address }]);
  reader.close();
});

describe('a reader of the journal', () => {
  test('is told again on each connection what was not acknowledged, in order, and the rest never', async () => {
    const { capability } = await t.put(newSession(), newParticipant());
    const first = await t.follow();
    for (let i = 0; i < 3; i++) await produce(capability, camera());
    await expect.poll(() => places(first.journal).at(-1)).toBe(t.node.ctx.journal.acknowledged() + t.node.ctx.journal.size());
    const told = places(first.journal);
    expect(told).toEqual(told.map((_, i) => (told[0] ?? 0) + i));
    ack(first, told.at(-2) ?? 0);
    await expect.poll(() => t.node.ctx.journal.size()).toBe(1);
    first.close();
    const second = await t.follow();
    await produce(capability, microphone());
    await expect.poll(() => places(second.journal)).toEqual([told.at(-1), (told.at(-1) ?? 0) + 1]);
    expect(second.journal[0]).toEqual(first.journal.at(-1));
    second.close();
  });

  test.each(['{"type":"journal.ack","upTo":-1}', '{"type":"journal.ack"}', '{"type":"journal.ack","upTo":1,"x":1}', '{'])(
    'that says %s is closed',
    async (text) => {
      const reader = await t.follow();
      reader.say(text);
      expect(await reader.closed).toBe(1008);
    },
  );

  test('that acknowledges nothing is told no more than it can hold', async () => {
    const reader = await t.follow();
    ack(reader, t.node.ctx.journal.acknowledged() + t.node.ctx.journal.size());
    await expect.poll(() => t.node.ctx.journal.size()).toBe(0);
    const before = reader.journal.length;
    for (let i = 0; i < 3_000; i++)
      t.node.ctx.journal.refuse({ sessionId: null, participantId: null, verb: `X ${i}`, code: 'not_found', address: null });
    await expect.poll(() => reader.journal.length - before).toBe(1_000);
    const unstored = () => {
      ack(reader, reader.journal.at(-1)?.n ?? 0);
      return t.node.ctx.journal.size();
    };
    await expect.poll(unstored).toBe(0);
    expect(reader.journal.length - before).toBe(3_000);
    reader.close();
  });
});

test('[E1] 20,000 refused requests make a small journal whose counts add up', async () => {
  await using flooded = await startTestNode({ time });
  const { capability } = await flooded.put(newSession(), newParticipant());
  const strangers = [undefined, 'x', randomBytes(32).toString('base64url')];
  let refused = 0;
  const knock = async (i: number) => {
    const known = i % 4 === 3 ? { capability } : {};
    const stranger = strangers[i % 4];
    const { status } = await flooded.ask('POST', PRODUCERS, {
      ...(stranger !== undefined && { capability: stranger }),
      ...known,
      text: '{',
    });
    refused += Number(status >= 400);
  };
  for (let i = 0; i < 20_000; i += 100) await Promise.all(Array.from({ length: 100 }, (_, j) => knock(i + j)));
  expect(refused).toBe(20_000);
  expect(flooded.node.ctx.journal.size()).toBeLessThan(100);
  time.advance(10_000);
  const entries = flooded.node.ctx.journal.linesAfter(0, 100).map(({ entry }) => entry);
  expect(entries.reduce((sum, entry) => sum + (entry.kind === 'refused' ? entry.count : 0), 0)).toBe(20_000);
}, 180_000);
