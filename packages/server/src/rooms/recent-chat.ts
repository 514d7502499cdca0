import { LIMITS } from '@conclave/protocol/limits';
import type { ChatMessageId } from '@conclave/protocol/ids';
import type { ChatMessageView, ChatReaction } from '@conclave/protocol/signalling/views';

/** The newest messages of a session in memory, so that joining reads no chat and works while the database is away. */
export interface RecentChat {
  /** Adds the next message; one that is already there or older is passed over. */
  add(message: ChatMessageView): void;
  delete(ids: ReadonlySet<ChatMessageId>): void;
  setReactions(id: ChatMessageId, reactions: ChatReaction[]): void;
  /** Those that fit, the newest `LIMITS.chatHistory` of them, in order. */
  which(fits: (message: ChatMessageView) => boolean): ChatMessageView[];
}

/** How many are in memory: private messages must not push what everybody can read out of the history. */
export const RECENT_CHAT = 5 * LIMITS.chatHistory;

export function createRecentChat(initial: readonly ChatMessageView[]): RecentChat {
  let messages = [...initial];
  let lastSeq = messages.at(-1)?.seq ?? 0;
  return {
    add(message) {
      if (message.seq <= lastSeq) return;
      lastSeq = message.seq;
      messages = [...messages, message].slice(-RECENT_CHAT);
    },
    delete(ids) {
      messages = messages.filter(({ id }) => !ids.has(id));
    },
    setReactions(id, reactions) {
      messages = messages.map((message) => (message.id === id ? { ...message, reactions } : message));
    },
    which: (fits) => messages.filter(fits).slice(-LIMITS.chatHistory),
  };
}
