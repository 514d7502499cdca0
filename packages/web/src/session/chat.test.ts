import { ChatMessageId, ParticipantId } from '@conclave/protocol/ids';
import type { ChatMessageView } from '@conclave/protocol/signalling/views';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeMessages, receiveMessages, replaceMessages, withFailure, withoutMessages, withPending } from './chat.ts';

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const self = ParticipantId.parse(id(1));
const other = ParticipantId.parse(id(2));
const message = (seq: number, participantId = other, text = `message ${seq}`): ChatMessageView => ({
  id: ChatMessageId.parse(id(1000 + seq)),
  seq,
  participantId,
  name: 'Somebody',
  text,
  sentAtMs: seq,
  to: { kind: 'everyone' },
  replyTo: null,
  reactions: [],
});
const empty = { chat: [], pending: [], unread: 0 };

test('messages stand in the order of seq once each, however they arrive', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 8 }), { maxLength: 8 }), (batches) => {
      const all = batches.reduce<readonly ChatMessageView[]>(
        (known, batch) =>
          mergeMessages(
            known,
            [...new Set(batch)].map((seq) => message(seq)),
          ),
        [],
      );
      expect(all.map(({ seq }) => seq)).toEqual([...new Set(batches.flat())].toSorted((a, b) => a - b));
    }),
  );
});

test('the chat of a return takes the place of what was shown: what was deleted meanwhile is gone', () => {
  const shown = { ...empty, chat: [message(1), message(2), message(3)] };
  const back = replaceMessages(shown, [message(1), message(3), message(4)], { selfId: self, open: true });
  expect(back.chat.map(({ seq }) => seq)).toEqual([1, 3, 4]);
  expect(withoutMessages(back, [message(3).id], { selfId: self }).chat.map(({ seq }) => seq)).toEqual([1, 4]);
});

test("others' messages count as unread while the panel is closed, one's own never", () => {
  const closed = receiveMessages(empty, [message(1), message(2, self)], { selfId: self, open: false });
  expect(closed.unread).toBe(1);
  expect(receiveMessages(closed, [message(3)], { selfId: self, open: true }).unread).toBe(0);
});

test('what is deleted before it was read is not unread any more', () => {
  const closed = receiveMessages(empty, [message(1), message(2), message(3, self), message(4)], { selfId: self, open: false });
  expect(closed.unread).toBe(3);
  expect(withoutMessages(closed, [message(2).id, message(3).id], { selfId: self }).unread).toBe(2);
});

test('the same words to somebody else are another message', () => {
  const to = { kind: 'participant', participantId: other, name: 'Ben' } as const;
  const whispered = { clientMessageId: 'a', text: 'ok', to, replyTo: null, failed: null };
  const state = withPending(empty, whispered);
  expect(receiveMessages(state, [message(1, self, 'ok')], { selfId: self, open: true }).pending).toEqual([whispered]);
  expect(receiveMessages(state, [{ ...message(1, self, 'ok'), to }], { selfId: self, open: true }).pending).toEqual([]);
});

test("one's own message that comes back takes its pending twin away, a failed one stays", () => {
  const pending = { clientMessageId: 'a', text: 'hello', to: { kind: 'everyone' }, replyTo: null, failed: null } as const;
  const failed = { clientMessageId: 'b', text: 'hello', to: { kind: 'everyone' }, replyTo: null, failed: 'unavailable' } as const;
  const state = withPending(withPending(empty, failed), pending);
  expect(receiveMessages(state, [message(1, self, 'hello')], { selfId: self, open: true }).pending).toEqual([failed]);
});

test('a failed message keeps its place among those that wait', () => {
  const state = ['a', 'b'].reduce(
    (chat, clientMessageId) =>
      withPending(chat, { clientMessageId, text: clientMessageId, to: { kind: 'everyone' }, replyTo: null, failed: null }),
    empty,
  );
  expect(withFailure(state, 'a', 'network').pending.map(({ clientMessageId, failed }) => [clientMessageId, failed])).toEqual([
    ['a', 'network'],
    ['b', null],
  ]);
});
