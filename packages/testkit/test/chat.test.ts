import { randomUUID } from 'node:crypto';
import type { ReplyData, RequestData } from '@conclave/protocol/signalling/messages';
import type { ChatMessageView } from '@conclave/protocol/signalling/views';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { joinRoom, resumeRoom, type Guest } from '../src/joining.ts';
import { startPlatform, type Platform } from '../src/platform.ts';
import '../src/database.ts'; // these tests need a database

const stack = new AsyncDisposableStack();
let platform: Platform;

beforeAll(async () => {
  platform = stack.use(await startPlatform());
});
afterAll(() => stack.disposeAsync());

const ROLES = { roles: ['moderator', 'speaker', 'attendee'], default_role: 'attendee' };
const GROUP = { private_group_chat_enabled: true, private_group_chat_roles: ['moderator'] };

async function rest(method: 'POST' | 'PATCH', path: string, body: object) {
  const { status, body: answer } = await platform.http.ask(method, `/api/v1${path}`, {
    body,
    headers: { authorization: `Bearer ${platform.team.key}` },
  });
  if (status !== 200) throw new Error(`${method} ${path}: ${status}`);
  return answer;
}
async function join(room: string, name: string, role = 'attendee'): Promise<Guest> {
  return joinRoom(platform, { room, name, token: String((await rest('POST', `/rooms/${room}/token`, { role }))['token']) });
}
const idOf = ({ joined }: Guest) => joined.self.participantId;

type Written = Partial<RequestData<'chat.send'>>;
const written = (text: string, more: Written = {}) => ({ clientMessageId: randomUUID(), text, ...more });
async function posted(asked: ReturnType<typeof say | typeof sayTo | typeof sayToGroup>): Promise<ChatMessageView> {
  const reply = await asked;
  if (!reply.ok) throw new Error(reply.code);
  return reply.data.message;
}
const say = ({ client }: Guest, text: string, more?: Written) => client.ask('chat.send', written(text, more));
const sayTo = ({ client }: Guest, to: Guest, text: string, more?: Written) =>
  client.ask('chat.send-private', { ...written(text, more), participantId: idOf(to) });
const sayToGroup = ({ client }: Guest, text: string, more?: Written) => client.ask('chat.send-group', written(text, more));

async function saved({ client }: Guest, afterSeq: number): Promise<ReplyData<'chat.export'>> {
  const reply = await client.ask('chat.export', { afterSeq });
  if (!reply.ok) throw new Error(reply.code);
  return reply.data;
}

/** What was sent to somebody until now: one order holds for all of a session, so an answer to a ping comes after it. */
async function framesOf(guest: Guest): Promise<string> {
  await guest.client.ask('connection.ping', {});
  return guest.client.frames.join('\n');
}
/** Passes when none of these people was sent any of these words, byte for byte. */
async function expectNothingOf(words: readonly string[], ...guests: Guest[]): Promise<void> {
  for (const guest of guests) {
    const frames = await framesOf(guest);
    for (const word of words) expect(frames.includes(word), `${guest.joined.self.participantId} was sent ${word}`).toBe(false);
  }
}

describe('[P7] chat that is closed', () => {
  test('to a role, live: refused to those in it and to who comes later, nobody gets anything, others go on; open again it works', async () => {
    const room = await platform.createRoom(ROLES);
    using mod = await join(room, 'Mo', 'moderator');
    using ann = await join(room, 'Ann');
    using ben = await join(room, 'Ben', 'speaker');
    await posted(say(ann, 'while it was open'));
    expect(await mod.client.ask('room.set-chat', { closedTo: ['attendee'] })).toMatchObject({ ok: true });
    expect((await ann.client.until('self.updated')).permissions).not.toContain('general_chat');
    expect(await say(ann, 'closed-secret')).toMatchObject({ ok: false, code: 'not_allowed' });
    using late = await join(room, 'Late');
    expect(await say(late, 'closed-secret')).toMatchObject({ ok: false, code: 'not_allowed' });
    await expectNothingOf(['closed-secret'], mod, ann, ben, late);
    expect(await platform.db.selectFrom('chat_messages').select('id').where('text', '=', 'closed-secret').execute()).toEqual([]);
    const shown = await posted(say(ben, 'a speaker goes on'));
    expect(await ann.client.until('chat.posted', ({ message }) => message.id === shown.id)).toBeDefined();
    await mod.client.ask('room.set-chat', { closedTo: [] });
    await ann.client.until('self.updated', ({ permissions }) => permissions.includes('general_chat'));
    await posted(say(ann, 'open again'));
  });

  test('for all by the settings of the room, while the meeting runs: nobody writes, whoever comes reads nothing', async () => {
    const room = await platform.createRoom(ROLES);
    using mod = await join(room, 'Mo', 'moderator');
    await posted(say(mod, 'said before'));
    await rest('PATCH', `/rooms/${room}`, { chat_enabled: false });
    await mod.client.until('self.updated');
    expect(await say(mod, 'too late')).toMatchObject({ ok: false, code: 'not_allowed' });
    using ann = await join(room, 'Ann');
    expect(ann.joined.chat).toEqual([]);
  });

  test('between two people: refused while it is off for the role, and one who may still write gets no answer', async () => {
    const room = await platform.createRoom(ROLES);
    using mod = await join(room, 'Mo', 'moderator');
    using ann = await join(room, 'Ann');
    using ben = await join(room, 'Ben');
    await mod.client.ask('room.set-chat', { privateClosedTo: ['attendee'] });
    await ann.client.until('self.updated');
    expect(await sayTo(ann, ben, 'whispered-secret')).toMatchObject({ ok: false, code: 'not_allowed' });
    await posted(sayTo(mod, ann, 'a moderator still may'));
    expect(await sayTo(ann, mod, 'whispered-secret')).toMatchObject({ ok: false, code: 'not_allowed' });
    await posted(say(ann, 'to everybody one may'));
    await expectNothingOf(['whispered-secret'], mod, ann, ben);
  });

  test('nobody but who controls the room closes it', async () => {
    const room = await platform.createRoom(ROLES);
    using ann = await join(room, 'Ann');
    using ben = await join(room, 'Ben', 'speaker');
    for (const guest of [ann, ben])
      expect(await guest.client.ask('room.set-chat', { closedTo: ['moderator'] })).toMatchObject({ ok: false, code: 'not_allowed' });
    await posted(say(ben, 'still open'));
  });
});

describe('[P7] deleting', () => {
  test("an attendee deletes their own message and nobody else's, a moderator any", async () => {
    const room = await platform.createRoom(ROLES);
    using mod = await join(room, 'Mo', 'moderator');
    using ann = await join(room, 'Ann');
    using ben = await join(room, 'Ben');
    const [own, other, third] = [
      await posted(say(ann, 'mine')),
      await posted(say(ben, 'not yours')),
      await posted(say(ben, 'to be taken away')),
    ];
    expect(await ann.client.ask('chat.delete', { messageId: other.id })).toMatchObject({ ok: false, code: 'not_allowed' });
    expect(await ann.client.ask('chat.delete-any', { messageId: other.id })).toMatchObject({ ok: false, code: 'not_allowed' });
    expect(await ann.client.ask('chat.clear', {})).toMatchObject({ ok: false, code: 'not_allowed' });
    expect(await ann.client.ask('chat.delete', { messageId: own.id })).toMatchObject({ ok: true });
    expect(await mod.client.ask('chat.delete-any', { messageId: third.id })).toMatchObject({ ok: true });
    for (const id of [own.id, third.id]) await ben.client.until('chat.deleted', ({ messageIds }) => messageIds.includes(id));
    using late = await join(room, 'Late');
    expect(late.joined.chat.map(({ text }) => text)).toEqual(['not yours']);
  });

  test('what is deleted is in no frame after it: not in the history, not in a return, not in what answered it, not in an export', async () => {
    const room = await platform.createRoom(ROLES);
    using mod = await join(room, 'Mo', 'moderator');
    using ann = await join(room, 'Ann');
    const gone = await posted(say(ann, 'regretted-words'));
    const answer = await posted(say(mod, 'an answer', { replyTo: gone.id }));
    await mod.client.ask('chat.react', { messageId: gone.id, emoji: '👍', on: true });
    expect(await ann.client.ask('chat.delete', { messageId: gone.id })).toMatchObject({ ok: true });
    await mod.client.until('chat.deleted');
    const told = mod.client.frames.length;
    for (const request of [
      () => mod.client.ask('chat.react', { messageId: gone.id, emoji: '👍', on: true }),
      () => say(mod, 'too late to answer', { replyTo: gone.id }),
      () => mod.client.ask('chat.delete-any', { messageId: gone.id }),
    ])
      expect(await request()).toMatchObject({ ok: false, code: 'not_found' });
    const saved = await mod.client.ask('chat.export', {});
    expect(saved).toMatchObject({ ok: true, data: { messages: [{ id: answer.id }], next: null } });
    expect(mod.client.frames.slice(told).join('\n')).not.toContain('regretted-words');
    using late = await join(room, 'Late');
    using back = await resumeRoom(platform, { resumeToken: ann.joined.self.resumeToken });
    for (const guest of [late, back]) {
      expect(guest.joined.chat.map(({ text }) => text)).toEqual(['an answer']);
      await expectNothingOf(['regretted-words'], guest);
    }
    await platform.restartServer();
    using afterCrash = await resumeRoom(platform, { resumeToken: mod.joined.self.resumeToken });
    expect(afterCrash.joined.chat.map(({ text }) => text)).toEqual(['an answer']);
    const stored = await platform.db.selectFrom('chat_messages').selectAll().where('text', '=', 'regretted-words').execute();
    expect(stored).toEqual([]);
  });

  test('one whose sender did not hear that it was stored does not come back when it is sent again', async () => {
    const room = await platform.createRoom(ROLES);
    using mod = await join(room, 'Mo', 'moderator');
    using ann = await join(room, 'Ann');
    const sent = written('sent twice');
    const { message } = await ann.client
      .ask('chat.send', sent)
      .then((reply) => (reply.ok ? reply.data : Promise.reject(new Error(reply.code))));
    await mod.client.ask('chat.delete-any', { messageId: message.id });
    const told = mod.client.frames.length;
    expect(await ann.client.ask('chat.send', sent)).toMatchObject({ ok: false, code: 'conflict' });
    await framesOf(mod);
    expect(mod.client.frames.slice(told).join('\n')).not.toContain('sent twice');
  });

  test('clearing takes all that everybody could read from every screen, and leaves what two people wrote to each other', async () => {
    const room = await platform.createRoom(ROLES);
    using mod = await join(room, 'Mo', 'moderator');
    using ann = await join(room, 'Ann');
    const ids = [(await posted(say(ann, 'one'))).id, (await posted(say(mod, 'two'))).id];
    await posted(sayTo(mod, ann, 'between us'));
    expect(await mod.client.ask('chat.clear', {})).toMatchObject({ ok: true });
    expect((await ann.client.until('chat.deleted')).messageIds.toSorted()).toEqual(ids.toSorted());
    using back = await resumeRoom(platform, { resumeToken: ann.joined.self.resumeToken });
    expect(back.joined.chat.map(({ text }) => text)).toEqual(['between us']);
  });
});

describe('[P7] who reads what', () => {
  test('a private message, its answers, reactions and deletion reach exactly the two', async () => {
    const room = await platform.createRoom(ROLES);
    using mod = await join(room, 'Mo', 'moderator');
    using ann = await join(room, 'Ann');
    using ben = await join(room, 'Ben');
    using eve = await join(room, 'Eve');
    const secret = await posted(sayTo(ann, ben, 'private-words'));
    expect(await ben.client.until('chat.posted')).toMatchObject({ message: { id: secret.id, to: { kind: 'participant' } } });
    const answer = await posted(sayTo(ben, ann, 'private-answer', { replyTo: secret.id }));
    await ben.client.ask('chat.react', { messageId: secret.id, emoji: '👏', on: true });
    await ann.client.until('chat.reacted');
    using late = await join(room, 'Late');
    await expectNothingOf(['private-words', 'private-answer', secret.id, answer.id, '👏'], mod, eve, late);
    // Nor does a moderator who knows the id by chance.
    for (const request of [
      () => eve.client.ask('chat.react', { messageId: secret.id, emoji: '👍', on: true }),
      () => say(eve, 'about that', { replyTo: secret.id }),
      () => mod.client.ask('chat.delete-any', { messageId: secret.id }),
    ])
      expect(await request()).toMatchObject({ ok: false, code: 'not_found' });
    const saved = await mod.client.ask('chat.export', {});
    expect(saved).toMatchObject({ ok: true, data: { messages: [] } });
    expect(await ann.client.ask('chat.delete', { messageId: secret.id })).toMatchObject({ ok: true });
    await ben.client.until('chat.deleted');
    await expectNothingOf([secret.id, answer.id], eve, late);
    // What two wrote is answered between the two alone.
    expect(await say(ben, 'told to all', { replyTo: answer.id })).toMatchObject({ ok: false, code: 'conflict' });
    expect(await sayTo(ben, eve, 'told on', { replyTo: answer.id })).toMatchObject({ ok: false, code: 'conflict' });
    await expectNothingOf([answer.id, 'told to all', 'told on'], mod, eve, late);
  });

  test("a message to the group reaches the group's roles alone, and the role of the moment counts", async () => {
    const room = await platform.createRoom({ ...ROLES, ...GROUP });
    using mod = await join(room, 'Mo', 'moderator');
    using second = await join(room, 'Mia', 'moderator');
    using ann = await join(room, 'Ann');
    const secret = await posted(sayToGroup(mod, 'group-words'));
    await second.client.until('chat.posted');
    expect(await sayToGroup(ann, 'let me in')).toMatchObject({ ok: false, code: 'not_allowed' });
    expect(await say(ann, 'about that', { replyTo: secret.id })).toMatchObject({ ok: false, code: 'not_found' });
    expect(await ann.client.ask('chat.react', { messageId: secret.id, emoji: '👍', on: true })).toMatchObject({ code: 'not_found' });
    await expectNothingOf(['group-words', secret.id, 'let me in'], ann);
    await mod.client.ask('participant.set-role', { participantId: idOf(second), role: 'attendee' });
    await second.client.until('self.updated');
    const later = await posted(sayToGroup(mod, 'after-words'));
    await expectNothingOf(['after-words', later.id], second, ann);
    expect(await sayToGroup(second, 'still here?')).toMatchObject({ ok: false, code: 'not_allowed' });
  });

  test('to somebody who has left, or who is in another room, nothing is sent', async () => {
    const [room, other] = [await platform.createRoom(ROLES), await platform.createRoom(ROLES)];
    using ann = await join(room, 'Ann');
    using ben = await join(room, 'Ben');
    using far = await join(other, 'Far');
    await ben.client.ask('room.leave', {});
    await ann.client.until('participant.left');
    for (const to of [ben, far]) expect(await sayTo(ann, to, 'are you there')).toMatchObject({ ok: false, code: 'not_found' });
    await expectNothingOf(['are you there'], far);
  });

  test('whoever comes later reads what was said, unless the room gives no history', async () => {
    const open = await platform.createRoom(ROLES);
    const closed = await platform.createRoom({ ...ROLES, chat_history_enabled: false });
    for (const room of [open, closed]) {
      using ann = await join(room, 'Ann');
      await posted(say(ann, 'early-words'));
      using late = await join(room, 'Late');
      expect(late.joined.chat.map(({ text }) => text)).toEqual(room === open ? ['early-words'] : []);
      if (room === closed) await expectNothingOf(['early-words'], late);
    }
  });

  test('the next meeting in the room reads what was written to everybody, if the room keeps its chat, and nothing else', async () => {
    const [kept, plain] = [
      await platform.createRoom({ ...ROLES, ...GROUP, chat_persistence_enabled: true }),
      await platform.createRoom({ ...ROLES, ...GROUP }),
    ];
    for (const room of [kept, plain]) {
      const [mod, ann] = [await join(room, 'Mo', 'moderator'), await join(room, 'Ann')];
      await posted(say(ann, 'for all'));
      await posted(sayTo(mod, ann, 'private-words'));
      await posted(sayToGroup(mod, 'group-words'));
      for (const guest of [ann, mod]) await guest.client.ask('room.leave', {});
    }
    using nobody = await join(plain, 'Mo', 'moderator');
    expect(nobody.joined.chat).toEqual([]);
    using mod = await join(kept, 'Mo', 'moderator');
    expect(mod.joined.chat.map(({ text }) => text)).toEqual(['for all']);
    await expectNothingOf(['private-words', 'group-words'], mod, nobody);
    const [old] = mod.joined.chat;
    const fresh = await posted(say(mod, 'in the next meeting', { replyTo: old?.id ?? null }));
    expect(fresh.seq).toBeGreaterThan(old?.seq ?? 0);
    await platform.restartServer();
    using back = await resumeRoom(platform, { resumeToken: mod.joined.self.resumeToken });
    expect(back.joined.chat.map(({ text }) => text)).toEqual(['for all', 'in the next meeting']);
    await rest('PATCH', `/rooms/${kept}`, { chat_persistence_enabled: false });
    using late = await join(kept, 'Late');
    expect(late.joined.chat.map(({ text }) => text)).toEqual(['in the next meeting']);
    expect(await back.client.ask('chat.delete-any', { messageId: old?.id ?? fresh.id })).toMatchObject({ ok: false, code: 'not_found' });
    await rest('PATCH', `/rooms/${kept}`, { chat_persistence_enabled: true });
    expect(await back.client.ask('chat.delete-any', { messageId: old?.id ?? fresh.id })).toMatchObject({ ok: true });
  });

  test('only who may saves the chat, all of it, and what they may read', async () => {
    const room = await platform.createRoom(ROLES);
    using mod = await join(room, 'Mo', 'moderator');
    using ann = await join(room, 'Ann');
    using ben = await join(room, 'Ben');
    expect(await ann.client.ask('chat.export', {})).toMatchObject({ ok: false, code: 'not_allowed' });
    await posted(sayTo(ann, ben, 'private-words'));
    const { session, participant } = { session: mod.joined.room.sessionId, participant: idOf(ann) };
    // More than one part, also of messages that are not for the one who saves.
    const rows = Array.from({ length: 250 }, (_, index) => ({
      id: randomUUID() as ChatMessageView['id'], // a UUID
      session_id: session,
      participant_id: participant,
      seq: index + 2,
      client_message_id: randomUUID(),
      name: 'Ann',
      text: `line ${index}`,
      sent_at: new Date(),
    }));
    await platform.db.insertInto('chat_messages').values(rows).execute();
    const texts: string[] = [];
    for (let afterSeq: number | null = 0; afterSeq !== null;) {
      const part: ReplyData<'chat.export'> = await saved(mod, afterSeq);
      texts.push(...part.messages.map(({ text }) => text));
      afterSeq = part.next;
    }
    expect(texts).toEqual(rows.map(({ text }) => text));
    await expectNothingOf(['private-words'], mod);
  });
});

describe('[P7] acknowledged is stored, in one order, once', () => {
  test('over a server that stops between sending and the answer, with every message sent again until it is answered', async () => {
    const room = await platform.createRoom(ROLES);
    let mod = await join(room, 'Mo', 'moderator');
    let ann = await join(room, 'Ann');
    const sent = Array.from({ length: 40 }, (_, index) => written(`message ${index}`));
    const acknowledged = new Map<string, ChatMessageView>();
    const sendAll = (guest: Guest) =>
      Promise.allSettled(
        sent
          .filter(({ clientMessageId }) => !acknowledged.has(clientMessageId))
          .map(async (message) => {
            const reply = await guest.client.ask('chat.send', message);
            if (reply.ok) acknowledged.set(message.clientMessageId, reply.data.message);
          }),
      );
    for (let crash = 0; crash < 3; crash += 1) {
      const sending = sendAll(ann);
      await platform.restartServer();
      await sending;
      [mod, ann] = await Promise.all([
        resumeRoom(platform, { resumeToken: mod.joined.self.resumeToken }),
        resumeRoom(platform, { resumeToken: ann.joined.self.resumeToken }),
      ]);
    }
    await sendAll(ann);
    // Once more, all of them, on a connection that has not used up what it may send: answered with what was stored.
    ann = await resumeRoom(platform, { resumeToken: ann.joined.self.resumeToken });
    for (const message of sent) {
      const reply = await ann.client.ask('chat.send', message);
      expect(reply).toMatchObject({ ok: true, data: { message: { id: acknowledged.get(message.clientMessageId)?.id } } });
    }
    expect(acknowledged.size).toBe(sent.length);
    using late = await join(room, 'Late');
    const history = late.joined.chat;
    expect(history.map(({ text }) => text).toSorted()).toEqual(sent.map(({ text }) => text).toSorted());
    expect(history.map(({ seq }) => seq)).toEqual(sent.map((_, index) => index + 1));
    // Who was there saw the same ones, in the same order: in the history of the return and in what came after it.
    await framesOf(mod);
    const seen = [...mod.joined.chat, ...mod.client.seen.flatMap((told) => (told.type === 'chat.posted' ? [told.data.message] : []))];
    expect(seen.map(({ id }) => id)).toEqual(history.map(({ id }) => id));
    for (const guest of [mod, ann]) guest[Symbol.dispose]();
  }, 60_000);
});
