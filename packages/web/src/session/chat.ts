import type { ErrorCode } from '@conclave/protocol/errors';
import type { ChatMessageView } from '@conclave/protocol/signalling/views';
import type { PendingMessage, SessionState } from './state.ts';

type Chat = Pick<SessionState, 'chat' | 'pending' | 'unread'>;

/** Adds messages in the one order of `seq`; those already known are passed over. Returns the given list when nothing is new. */
export function mergeMessages(known: readonly ChatMessageView[], added: readonly ChatMessageView[]): readonly ChatMessageView[] {
  const seqs = new Set(known.map((message) => message.seq));
  const fresh = added.filter((message) => !seqs.has(message.seq));
  if (fresh.length === 0) return known;
  return [...known, ...fresh].toSorted((a, b) => a.seq - b.seq);
}

/** The newest message before the first gap: what a resume asks to continue after. 0 when nothing is known. */
export function lastContiguousSeq(chat: readonly ChatMessageView[]): number {
  let last = chat[0]?.seq ?? 0;
  for (const message of chat.slice(1)) {
    if (message.seq !== last + 1) return last;
    last = message.seq;
  }
  return last;
}

/** Whether messages are missing between what is known and `message`; the first message ever seen has nothing to be compared with. */
export function leavesGap(chat: readonly ChatMessageView[], message: ChatMessageView): boolean {
  const newest = chat.at(-1);
  return newest !== undefined && message.seq > newest.seq + 1;
}

/**
 * Messages came in, by notification, reply or resume. One's own take their pending twin away, so that nothing is shown twice while the
 * reply travels; others' count as unread while the panel is closed.
 */
export function receiveMessages<C extends Chat>(
  state: C,
  messages: readonly ChatMessageView[],
  who: { selfId: string | null; open: boolean },
): C {
  const chat = mergeMessages(state.chat, messages);
  if (chat === state.chat) return state;
  const seqs = new Set(state.chat.map((message) => message.seq));
  const fresh = messages.filter((message) => !seqs.has(message.seq));
  let pending = state.pending;
  for (const message of fresh) if (message.participantId === who.selfId) pending = withoutFirst(pending, message.text);
  const unread = who.open ? 0 : state.unread + fresh.filter((message) => message.participantId !== who.selfId).length;
  return { ...state, chat, pending, unread };
}

export function withPending<C extends Chat>(state: C, message: PendingMessage): C {
  const others = state.pending.filter((other) => other.clientMessageId !== message.clientMessageId);
  return { ...state, pending: [...others, message] };
}

export function withoutPending<C extends Chat>(state: C, clientMessageId: string): C {
  return { ...state, pending: state.pending.filter((message) => message.clientMessageId !== clientMessageId) };
}

/** Marks in place, so that a failed message does not jump. */
export function withFailure<C extends Chat>(state: C, clientMessageId: string, failed: ErrorCode | 'network' | null): C {
  return {
    ...state,
    pending: state.pending.map((message) => (message.clientMessageId === clientMessageId ? { ...message, failed } : message)),
  };
}

function withoutFirst(pending: readonly PendingMessage[], text: string): readonly PendingMessage[] {
  const index = pending.findIndex((message) => message.text === text && message.failed === null);
  return index === -1 ? pending : pending.toSpliced(index, 1);
}
