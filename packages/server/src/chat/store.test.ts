import { randomUUID } from 'node:crypto';
import { ChatMessageId, ParticipantId, RoomId, SessionId, TeamId } from '@conclave/protocol/ids';
import { createLog } from '@conclave/runtime/log';
import { createTestDatabase } from '@conclave/testkit/database';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectDatabase, type Db } from '../db/connection.ts';
import { migrate } from '../db/migrate.ts';
import { createSessionStore } from '../rooms/session-store.ts';
import { messagesAfter, recentMessages, storeMessage, type NewChatMessage } from './store.ts';

const stack = new AsyncDisposableStack();
const log = createLog({ logLevel: 'silent' }, 'test');
let url: string;
let db: Db;
let sessionId: SessionId;
let ann: ParticipantId;
let ben: ParticipantId;

beforeAll(async () => {
  const database = stack.use(await createTestDatabase());
  url = database.url;
  db = stack.adopt(connectDatabase({ url, log }), (open) => open.destroy());
  await migrate(db, log);
});
afterAll(() => stack.disposeAsync());

beforeEach(async () => {
  const teamId = TeamId.parse(randomUUID());
  const roomId = RoomId.parse(randomUUID());
  sessionId = SessionId.parse(randomUUID());
  await db
    .insertInto('teams')
    .values({ id: teamId, name: teamId, slug: teamId.slice(0, 20), on_plain_host: false })
    .execute();
  await db
    .insertInto('rooms')
    .values({ id: roomId, team_id: teamId, friendly_url: roomId.slice(0, 20), settings: '{}' })
    .execute();
  const store = createSessionStore(db);
  await store.openSession({ sessionId, roomId, startedAtMs: 0 });
  [ann, ben] = (await Promise.all(
    ['Ann', 'Ben'].map(async (name) => {
      const id = ParticipantId.parse(randomUUID());
      const grants = { microphone: true, camera: true, screen: true, receive: true };
      const profile = { id, name, initials: null, avatar: null, role: 'speaker', permissions: [], grants, joinedAtMs: 0 };
      await store.addParticipant(sessionId, { profile, externalId: null, resumeDigest: Buffer.from(id) });
      return id;
    }),
  )) as [ParticipantId, ParticipantId];
});

const message = (participantId: ParticipantId, text = 'hello', clientMessageId: string = randomUUID()): NewChatMessage => ({
  id: ChatMessageId.parse(randomUUID()),
  sessionId,
  participantId,
  clientMessageId,
  name: 'Somebody',
  text,
  sentAtMs: 1_000,
});
const seqs = async () => (await messagesAfter(db, sessionId, 0)).map(({ seq }) => seq);

describe('stored messages', () => {
  test('of many who write at once are numbered 1, 2, 3 … without gaps', async () => {
    const stored = await Promise.all(Array.from({ length: 60 }, (_, index) => storeMessage(db, message(index % 2 === 0 ? ann : ben))));
    expect(stored.map(({ seq }) => seq).toSorted((one, other) => one - other)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    expect(await seqs()).toHaveLength(60);
  });

  test('the same message again is the one that was stored, whatever its text says now', async () => {
    const id = randomUUID();
    const first = await storeMessage(db, message(ann, 'first', id));
    await storeMessage(db, message(ben));
    expect(await storeMessage(db, message(ann, 'second', id))).toEqual(first);
    expect(await seqs()).toEqual([1, 2]);
  });

  test('the same message many times at once is stored once and leaves no gap', async () => {
    const id = randomUUID();
    const copies = await Promise.all(Array.from({ length: 12 }, () => storeMessage(db, message(ann, 'hello', id))));
    expect(new Set(copies.map((copy) => copy.id)).size).toBe(1);
    await storeMessage(db, message(ben));
    expect(await seqs()).toEqual([1, 2]);
  });

  test('two participants may use the same id of their own', async () => {
    const id = randomUUID();
    await storeMessage(db, message(ann, 'of Ann', id));
    await storeMessage(db, message(ben, 'of Ben', id));
    expect(await seqs()).toEqual([1, 2]);
  });

  test('that fail on the way leave no gap', async () => {
    await storeMessage(db, message(ann));
    await expect(storeMessage(db, message(ParticipantId.parse(randomUUID())))).rejects.toThrow('foreign key');
    await storeMessage(db, message(ann));
    expect(await seqs()).toEqual([1, 2]);
  });

  test('none is taken after the session has ended', async () => {
    await createSessionStore(db).endSession(sessionId, 2_000);
    await expect(storeMessage(db, message(ann))).rejects.toMatchObject({ code: 'session_ended' });
  });

  test('the newest come in order', async () => {
    for (const text of ['one', 'two', 'three']) await storeMessage(db, message(ann, text));
    expect((await recentMessages(db, sessionId, 2)).map(({ text }) => text)).toEqual(['two', 'three']);
  });

  test('text that looks like SQL or holds every kind of character comes back as it was', async () => {
    const text = `'); drop table chat_messages; -- \\ " $1 ${'😀'.repeat(3)} \u202e <b>`;
    await storeMessage(db, message(ann, text));
    expect((await recentMessages(db, sessionId, 1))[0]?.text).toBe(text);
  });
});
