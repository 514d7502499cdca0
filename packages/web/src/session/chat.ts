import type { ErrorCode } from '@conclave/protocol/errors';
import type { ChatAudience, ChatMessageView } from '@conclave/protocol/signalling/views';
import type { PendingMessage, SessionState } from './state.ts';

/** Whether two messages are for the same people. */
export function isSameAudience(one: ChatAudience, other: ChatAudience): boolean {
  if (one.kind !== 'participant' || other.kind !== 'participant') return one.kind === other.kind;
  return one.participantId === other.participantId;
}

type Chat = Pick<SessionState, 'chat' | 'pending' | 'unread'>;

/** Adds messages in the one order of `seq`; those already known are passed over. Returns the given list when nothing is new. */
export function mergeMessages(known: readonly ChatMessageView[], added: readonly ChatMessageView[]): readonly ChatMessageView[] {
  const seqs = new Set(known.map((message) => message.seq));
  const fresh = added.filter((message) => !seqs.has(message.seq));
  if (fresh.length === 0) return known;
  return [...known, ...fresh].toSorted((a, b) => a.seq - b.seq);
}

/** The whole chat as the server gives it: what it does not hold any longer is gone from the page too. */
export function replaceMessages<C extends Chat>(
  state: C,
  messages: readonly ChatMessageView[],
  who: { selfId: string | null; open: boolean },
): C {
  const held = new Set(messages.map(({ id }) => id));
  const kept = { ...state, chat: state.chat.filter(({ id }) => held.has(id)) };
  return receiveMessages(kept, messages, who);
}

/** Deleted messages count as unread no longer. */
export function withoutMessages<C extends Chat>(state: C, ids: readonly string[], who: { selfId: string | null }): C {
  const gone = new Set(ids);
  const others = state.chat.filter(({ participantId }) => participantId !== who.selfId);
  const unread = others.slice(others.length - state.unread).filter(({ id }) => !gone.has(id)).length;
  return { ...state, chat: state.chat.filter(({ id }) => !gone.has(id)), unread };
}

export function withReactions<C extends Chat>(state: C, id: string, reactions: ChatMessageView['reactions']): C {
  return { ...state, chat: state.chat.map((message) => (message.id === id ? { ...message, reactions } : message)) };
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
  for (const message of fresh) if (message.participantId === who.selfId) pending = withoutTwin(pending, message);
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

/** The same words to another audience are another message. */
function withoutTwin(pending: readonly PendingMessage[], stored: ChatMessageView): readonly PendingMessage[] {
  const index = pending.findIndex(
    (message) => message.failed === null && message.text === stored.text && isSameAudience(message.to, stored.to),
  );
  return index === -1 ? pending : pending.toSpliced(index, 1);
}
