import { randomBytes, randomUUID } from 'node:crypto';
import { ChatMessageId, ParticipantId, SessionId } from '@conclave/protocol/ids';
import { systemClock } from '@conclave/runtime/clock';
import { createLog } from '@conclave/runtime/log';
import { Secret } from '@conclave/runtime/secret';
import { createTestDatabase } from '@conclave/testkit/database';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectDatabase, type Db } from '../db/connection.ts';
import { migrate } from '../db/migrate.ts';
import { inTransaction } from '../db/transaction.ts';
import { guestPerson, SERVER } from '../event-log/cause.ts';
import { createEventLog } from '../event-log/event-log.ts';
import { createPersonKeys } from '../event-log/person-keys.ts';
import { addTestRoom } from '../rooms/testing.ts';
import { createSessionStore, type Place, type SessionStore } from '../rooms/session-store.ts';
import {
  deleteGeneralMessages,
  deleteMessage,
  keptMessages,
  messagesAfter,
  recentMessages,
  storeMessage,
  type NewChatMessage,
} from './store.ts';

const stack = new AsyncDisposableStack();
const log = createLog({ logLevel: 'silent' }, 'test');
let url: string;
let db: Db;
let sessions: SessionStore;
let place: Place;
let sessionId: SessionId;
let alongside: number[];
let ann: ParticipantId;
let ben: ParticipantId;

beforeAll(async () => {
  const database = stack.use(await createTestDatabase());
  url = database.url;
  db = stack.adopt(connectDatabase({ url, log }), (open) => open.destroy());
  await migrate(db, log);
  const personKeys = createPersonKeys(new Secret(randomBytes(32).toString('base64url')));
  sessions = createSessionStore(db, createEventLog({ clock: systemClock, personKeys, onAppended: () => undefined }));
});
afterAll(() => stack.disposeAsync());

beforeEach(async () => {
  alongside = [];
  const { teamId, roomId } = await addTestRoom(db);
  sessionId = SessionId.parse(randomUUID());
  place = { team: teamId, room: roomId, session: sessionId };
  await sessions.openSession({ place, by: SERVER, startedAtMs: 0 });
  [ann, ben] = await Promise.all([enter(place, 'Ann'), enter(place, 'Ben')]);
});

async function enter(place: Place, name: string): Promise<ParticipantId> {
  const id = ParticipantId.parse(randomUUID());
  const ticketDigest = Buffer.from(id);
  await db.insertInto('join_tickets').values({ digest: ticketDigest, room_id: place.room, claims: '{}', expires_at: new Date() }).execute();
  const grants = { microphone: true, camera: true, screen: true, receive: true };
  const who = { id, name, initials: null, avatar: null, person: guestPerson(id), enteredBy: 'room-link' } as const;
  const identity = { person: null, inviteId: null, deviceId: null, network: null };
  const profile = { ...who, identity, role: 'speaker', permissions: [], grants, overrides: {}, handRaisedAtMs: null, joinedAtMs: 0 };
  const how = { ticketDigest, externalId: null, userId: null, entryEpoch: 0, alongside: async () => true };
  await sessions.addParticipant({ place, by: SERVER, profile, resumeDigest: Buffer.from(id), ...how });
  return id;
}

/** Counts what is stored alongside. */
const store = (written: NewChatMessage) => storeMessage(db, written, async (_tx, { seq }) => void alongside.push(seq));
const message = (participantId: ParticipantId, text = 'hello', clientMessageId: string = randomUUID()): NewChatMessage => ({
  id: ChatMessageId.parse(randomUUID()),
  sessionId,
  participantId,
  clientMessageId,
  name: 'Somebody',
  text,
  sentAtMs: 1_000,
  to: { kind: 'everyone' },
  replyTo: null,
  isKept: false,
});
const seqs = async () => (await messagesAfter(db, sessionId, 0)).map(({ seq }) => seq);

describe('stored messages', () => {
  test('of many who write at once are numbered 1, 2, 3 … without gaps', async () => {
    const stored = await Promise.all(Array.from({ length: 60 }, (_, index) => store(message(index % 2 === 0 ? ann : ben))));
    expect(stored.map(({ seq }) => seq).toSorted((one, other) => one - other)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    expect(await seqs()).toHaveLength(60);
  });

  test('the same message again is the one that was stored, whatever its text says now', async () => {
    const id = randomUUID();
    const first = await store(message(ann, 'first', id));
    await store(message(ben));
    expect(await store(message(ann, 'second', id))).toEqual(first);
    expect(await seqs()).toEqual([1, 2]);
  });

  test('the same message many times at once is stored once and leaves no gap', async () => {
    const id = randomUUID();
    const copies = await Promise.all(Array.from({ length: 12 }, () => store(message(ann, 'hello', id))));
    expect(new Set(copies.map((copy) => copy.id)).size).toBe(1);
    expect(alongside).toEqual([1]);
    await store(message(ben));
    expect(await seqs()).toEqual([1, 2]);
  });

  test('two participants may use the same id of their own', async () => {
    const id = randomUUID();
    await store(message(ann, 'of Ann', id));
    await store(message(ben, 'of Ben', id));
    expect(await seqs()).toEqual([1, 2]);
  });

  test('that fail on the way leave no gap', async () => {
    await store(message(ann));
    await expect(store(message(ParticipantId.parse(randomUUID())))).rejects.toThrow('foreign key');
    await store(message(ann));
    expect(await seqs()).toEqual([1, 2]);
  });

  test('none is taken after the session has ended', async () => {
    await sessions.endSession({ place, by: SERVER, reason: 'ended', atMs: 2_000 });
    await expect(store(message(ann))).rejects.toMatchObject({ code: 'session_ended' });
  });

  test('one that was deleted is not stored again when its sender sends it once more', async () => {
    const [one, two] = [message(ann), message(ben)];
    await store(one);
    await store(two);
    await inTransaction(db, (tx) => deleteMessage(tx, one.id));
    await inTransaction(db, (tx) => deleteGeneralMessages(tx, place));
    for (const gone of [one, two]) await expect(store(gone)).rejects.toMatchObject({ code: 'conflict' });
    await store(message(ann));
    expect(await seqs()).toEqual([3]);
  });

  test('what is kept is in the chat of later meetings, numbered before theirs; the rest is not', async () => {
    await store({ ...message(ann, 'kept'), isKept: true });
    await store(message(ann, 'of this meeting alone'));
    const later = { ...place, session: SessionId.parse(randomUUID()) };
    expect(await sessions.openSession({ place: later, by: SERVER, startedAtMs: 5_000 })).toEqual({ firstChatSeq: 2 });
    const zoe = await enter(later, 'Zoe');
    await storeMessage(db, { ...message(zoe, 'later'), sessionId: later.session }, async () => undefined);
    expect((await recentMessages(db, later, 9)).map(({ seq, text }) => [seq, text])).toEqual([
      [1, 'kept'],
      [3, 'later'],
    ]);
    expect((await keptMessages(db, place.room, 9)).map(({ text }) => text)).toEqual(['kept']);
    await inTransaction(db, (tx) => deleteGeneralMessages(tx, later));
    expect(await recentMessages(db, later, 9)).toEqual([]);
    expect((await recentMessages(db, place, 9)).map(({ text }) => text)).toEqual(['of this meeting alone']);
  });

  test('the newest come in order', async () => {
    for (const text of ['one', 'two', 'three']) await store(message(ann, text));
    expect((await recentMessages(db, place, 2)).map(({ text }) => text)).toEqual(['two', 'three']);
  });

  test('text that looks like SQL or holds every kind of character comes back as it was', async () => {
    const text = `'); drop table chat_messages; -- \\ " $1 ${'😀'.repeat(3)} \u202e <b>`;
    await store(message(ann, text));
    expect((await recentMessages(db, place, 1))[0]?.text).toBe(text);
  });
});
