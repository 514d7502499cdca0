import { randomUUID } from 'node:crypto';
import { ChatMessageId, ParticipantId, RoomId, SessionId } from '@conclave/protocol/ids';
import { createBackground } from '@conclave/runtime/background';
import { loadConfig } from '@conclave/runtime/config';
import { createTestDatabase } from '@conclave/testkit/database';
import { expect, test, vi } from 'vitest';
import { createTeam } from '../access/actions.ts';
import { inTransaction } from '../db/transaction.ts';
import { guestPerson, operatorCause, systemCause, visitorCause } from '../event-log/cause.ts';
import type { NewEvent } from '../event-log/event-log.ts';
import { leafHash } from '../event-log/merkle.ts';
import { sequenceBatch } from '../event-log/sequencer.ts';
import { startTestLog } from '../event-log/test-log.ts';
import { inclusionProof, rootAt } from '../event-log/tree.ts';
import { findPage } from '../log-reading/store.ts';
import { changeRetention, cutBatch, type Cutting } from './actions.ts';
import { cutAll, startRetention } from './jobs.ts';
import { takeTurn } from './store.ts';

const DAY_MS = 86_400_000;

async function setUp() {
  await using began = new AsyncDisposableStack();
  const t = began.use(await startTestLog(await createTestDatabase()));
  const config = loadConfig(
    { CONCLAVE_ENV: 'test', CONCLAVE_DATA_DIR: t.config.dataDir, CONCLAVE_ANNOUNCED_IP: '127.0.0.1' },
    t.config.dataDir,
  );
  // No meeting runs here; in which rooms one was looked for.
  const asked: RoomId[] = [];
  const live: Cutting['live'] = {
    inOrder: (room, task) => {
      asked.push(room);
      return task(null);
    },
    endSession: async () => undefined,
    tell: () => undefined,
    summaries: () => [],
  };
  const ctx = {
    db: t.db,
    log: t.log,
    clock: t.time,
    timers: t.time,
    config,
    eventLog: t.eventLog,
    personKeys: t.personKeys,
    background: createBackground(t.log),
    live,
  };
  const harbour = await createTeam(ctx, operatorCause(), 'Harbour');
  const quay = await createTeam(ctx, operatorCause(), 'Quay');
  const settle = async () => {
    while ((await sequenceBatch(t.db, 2_000)).count > 0);
  };
  const write = async (...events: NewEvent[]) => {
    await inTransaction(t.db, (tx) => t.eventLog.appendAll(tx, events));
    await settle();
  };
  const rows = async () => t.db.selectFrom('event_log_entries').selectAll().orderBy('seq').execute();
  const cuts = async () => (await rows()).filter((row) => row.name === 'log.cut').map((row) => JSON.parse(row.entry ?? ''));
  /** Lets days pass and runs what is due, as the job does. */
  const pass = async (days: number) => {
    t.time.advance(days * DAY_MS);
    const progress = await cutAll(ctx, new AbortController().signal);
    await settle();
    return progress;
  };
  const ends = began.move();
  return { ...t, ctx, asked, harbour, quay, settle, write, rows, cuts, pass, [Symbol.asyncDispose]: () => ends.disposeAsync() };
}
type Setting = Awaited<ReturnType<typeof setUp>>;

const renamed = (team: Setting['harbour'], change: Partial<NewEvent> = {}): NewEvent => ({
  name: 'participant.renamed',
  by: { ...visitorCause('192.0.2.7'), person: `participant ${randomUUID()}` },
  team: team.id,
  session: SessionId.parse(randomUUID()),
  personal: { name: 'Ann' },
  data: {},
  ...change,
});
const chosen = (t: Setting, team: Setting['harbour'], days: Record<string, number>) =>
  changeRetention(t.ctx, operatorCause(), team.id, { days });

test('[E2] events past their days are cut, a log.cut names exactly these, and every checkpoint still holds', async () => {
  await using t = await setUp();
  await t.write(...Array.from({ length: 300 }, () => renamed(t.harbour)), renamed(t.quay));
  const first = await t.sign();
  const before = await t.rows();
  await t.write({ name: 'member.signed_out', by: operatorCause(), team: t.harbour.id, data: {} });
  await t.sign();
  await chosen(t, t.quay, { session: 100 });
  await t.settle();
  expect(await t.pass(91)).toBe('done');
  const after = await t.rows();
  const gone = after.filter((row) => row.entry === null).map((row) => Number(row.seq));
  const expected = before.filter((row) => row.team_id === t.harbour.id && row.category === 'session').map((row) => Number(row.seq));
  expect(gone).toEqual(expected);
  const [cut] = await t.cuts();
  expect(cut.data).toMatchObject({ category: 'session', count: 300, seqs: `${expected[0]}-${expected.at(-1)}` });
  for (const row of after.filter(({ entry }) => entry === null)) {
    const { seq, leaf_hash, ...others } = row;
    expect(Object.values(others).every((value) => value === null)).toBe(true);
    expect(leaf_hash).toEqual(before[Number(seq)]?.leaf_hash);
  }
  const left = after.filter(({ entry }) => entry !== null);
  expect(left.map((row) => row.leaf_hash)).toEqual(left.map((row) => leafHash(row.entry ?? '')));
  expect((await rootAt(t.db, first?.size ?? 0)).toString('base64')).toBe(first?.note.split('\n')[2]);
  expect(await inclusionProof(t.db, gone[0] ?? 0, first?.size ?? 0)).not.toEqual([]);
  // Whoever signs looks at the whole log again and finds nothing wrong.
  expect((await t.sign())?.size).toBe(after.length);
});

test('what no checkpoint covers is kept, and so is log.cut for good', async () => {
  await using t = await setUp();
  await t.write(renamed(t.harbour));
  await t.pass(4_000);
  expect((await t.rows()).every((row) => row.entry !== null)).toBe(true);
  await t.sign();
  await t.pass(1);
  // Sessions and administration of the one team, administration of the other.
  expect(await t.cuts()).toHaveLength(3);
  await t.sign();
  await t.pass(4_000);
  await t.sign();
  await t.pass(4_000);
  const names = (await t.rows()).flatMap((row) => row.name ?? []);
  expect((await t.cuts()).length).toBeGreaterThan(3);
  expect(names).toContain('log.cut');
  expect(names).not.toContain('participant.renamed');
});

test('each team keeps what it chose; the team of the plain host decides for events without a team', async () => {
  await using t = await setUp();
  await chosen(t, t.harbour, { administration: 400 });
  await t.write({ name: 'server.started', by: systemCause('server'), data: { version: '1' } }, renamed(t.quay), renamed(t.harbour));
  await t.sign();
  await t.pass(401);
  const left = (await t.rows()).filter((row) => row.entry !== null).map((row) => [row.team_id, row.name]);
  expect(left).not.toContainEqual([null, 'server.started']);
  expect(left).not.toContainEqual([t.harbour.id, 'team.created']);
  expect(left).toContainEqual([t.quay.id, 'team.created']);
});

test('a run that was ended in the middle goes on where it was, and only one process cuts at a time', async () => {
  await using t = await setUp();
  await t.write(...Array.from({ length: 2_500 }, () => renamed(t.harbour, { personal: {}, by: operatorCause() })));
  await t.sign();
  t.time.advance(91 * DAY_MS);
  const step = () => cutBatch(t.ctx, t.harbour, { category: 'session', days: 90 });
  await inTransaction(t.db, async (tx) => {
    expect(await takeTurn(tx)).toBe(true);
    expect(await step()).toBe('busy');
  });
  expect(await step()).toBe('more');
  const failing = { ...t.ctx, eventLog: { ...t.eventLog, append: () => Promise.reject(new Error('killed')) } };
  await expect(cutBatch(failing, t.harbour, { category: 'session', days: 90 })).rejects.toThrow('killed');
  expect((await t.rows()).filter((row) => row.entry === null)).toHaveLength(2_000);
  expect(await t.pass(0)).toBe('done');
  const cuts = await t.cuts();
  expect(cuts.map((cut) => cut.data.count)).toEqual([2_000, 500]);
  expect((await t.rows()).filter((row) => row.entry === null)).toHaveLength(2_500);
});

test('[E2] addresses are unreadable after their days, networks stay; of a cut session nothing personal is left', async () => {
  await using t = await setUp();
  const event = renamed(t.harbour);
  await t.write(event);
  await t.sign();
  const reveal = async () => {
    const found = await findPage(
      t.db,
      { team: t.harbour.id, installation: true },
      { name: 'participant.renamed' },
      { order: 'newest', limit: 9 },
    );
    return t.personKeys.reveal(
      t.db,
      found.map((entry) => JSON.parse(entry.entry)),
    );
  };
  await t.pass(7);
  expect(await reveal()).toEqual([{ name: 'Ann', address: '192.0.2.7', network: '192.0.2.0/24' }]);
  await t.pass(1);
  expect(await reveal()).toEqual([{ name: 'Ann', address: null, network: '192.0.2.0/24' }]);
  const told = (await t.rows()).filter((row) => row.name === 'addresses.cut').map((row) => JSON.parse(row.entry ?? '').data);
  expect(told).toEqual([{ day: '2026-11-24' }]);
  await t.pass(90);
  expect(await reveal()).toEqual([]);
  expect(JSON.stringify(await t.rows())).not.toContain(event.session);
});

test('keys of visitors and guests are destroyed once nothing of theirs is kept', async () => {
  await using t = await setUp();
  await t.write(renamed(t.harbour), renamed(t.harbour, { by: visitorCause('192.0.2.8') }));
  await t.sign();
  const subjects = async () =>
    (await t.db.selectFrom('event_log_person_keys').select('subject').execute()).flatMap((row) => row.subject ?? []);
  expect(new Set((await subjects()).map((subject) => subject.split(' ')[0]))).toEqual(new Set(['addresses', 'participant', 'visitors']));
  await t.pass(370);
  expect((await subjects()).map((subject) => subject.split(' ')[0])).toContain('visitors');
  await t.pass(10);
  expect((await subjects()).map((subject) => subject.split(' ')[0])).toEqual(['participant']);
  await t.pass(400);
  expect(await subjects()).toEqual([]);
  const erased = (await t.rows()).filter((row) => row.name === 'person.erased').map((row) => JSON.parse(row.entry ?? ''));
  expect(erased.map(({ target, data }) => [target?.id ?? null, data.keys])).toEqual([
    ['visitors 2026-11', 1],
    [null, 1],
  ]);
});

test('[P7] chat past its days is deleted, of running meetings too, and the log says how many; another team keeps its own', async () => {
  await using t = await setUp();
  const said = async (team: Setting['harbour']) => {
    const [room, session, participant] = [RoomId.parse(randomUUID()), SessionId.parse(randomUUID()), ParticipantId.parse(randomUUID())];
    await t.db
      .insertInto('rooms')
      .values({ id: room, team_id: team.id, friendly_url: room.slice(0, 20), settings: '{}' })
      .execute();
    await t.db
      .insertInto('sessions')
      .values({ id: session, room_id: room, started_at: new Date(t.time.nowMs()) })
      .execute();
    const person = {
      id: participant,
      session_id: session,
      person: guestPerson(participant),
      entered_by: 'room-link',
      name: 'Ann',
    } as const;
    const rights = {
      role: 'speaker',
      permissions: '[]',
      grants: '{}',
      joined_at: new Date(t.time.nowMs()),
      resume_digest: Buffer.from(participant),
    };
    await t.db
      .insertInto('participants')
      .values({ ...person, ...rights, member_id: null, external_id: null, initials: null, avatar: null })
      .execute();
    const message = { id: ChatMessageId.parse(randomUUID()), session_id: session, participant_id: participant, seq: 1, name: 'Ann' };
    const text = { client_message_id: randomUUID(), text: 'hello', sent_at: new Date(t.time.nowMs()) };
    await t.db
      .insertInto('chat_messages')
      .values({ ...message, ...text })
      .execute();
    return { room, id: message.id };
  };
  const left = async () => (await t.db.selectFrom('chat_messages').select('id').execute()).map(({ id }) => id);
  const [old, others] = [await said(t.harbour), await said(t.quay)];
  await chosen(t, t.quay, { chat: 60 });
  t.time.advance(20 * DAY_MS);
  const fresh = await said(t.harbour);
  await t.pass(11);
  expect((await left()).toSorted()).toEqual([others.id, fresh.id].toSorted());
  expect(t.asked).toEqual([old.room]);
  const told = (await t.rows()).filter((row) => row.name === 'chat.cut').map((row) => JSON.parse(row.entry ?? ''));
  expect(told.map(({ team, data }) => [team, data.count])).toEqual([[t.harbour.id, 1]]);
});

test('the job runs at the start when a day was missed, and once a day from then on', async () => {
  await using t = await setUp();
  await t.write(renamed(t.harbour));
  await t.sign();
  t.time.advance(91 * DAY_MS);
  const doneFor = async () => (await t.db.selectFrom('event_log_retention_state').selectAll().executeTakeFirstOrThrow()).done_for;
  const before = t.time.nowMs();
  const job = startRetention(t.ctx);
  t.time.advance(0);
  await vi.waitFor(async () => expect(await doneFor()).not.toBeNull(), 10_000);
  await t.settle();
  expect(await t.cuts()).toHaveLength(1);
  const first = await doneFor();
  // It looks again each hour; the first look of a new day is the one that counts.
  await vi.waitFor(async () => {
    t.time.advance(3_600_000);
    expect(await doneFor()).not.toEqual(first);
  }, 10_000);
  expect(t.time.nowMs() - before).toBeLessThanOrEqual(2 * DAY_MS);
  await job[Symbol.asyncDispose]();
});
