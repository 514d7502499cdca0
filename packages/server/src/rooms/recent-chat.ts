import { LIMITS } from '@conclave/protocol/limits';
import type { ChatMessageView } from '@conclave/protocol/signalling/views';

/** The newest messages of a session in memory, so that joining reads no chat and works while the database is away. */
export interface RecentChat {
  /** Adds the next message; one that is already there or older is passed over. */
  add(message: ChatMessageView): void;
  /** Those after `seq`, at most `LIMITS.chatHistory`, in order. */
  after(seq: number): ChatMessageView[];
}

export function createRecentChat(initial: readonly ChatMessageView[]): RecentChat {
  let messages = [...initial];
  return {
    add(message) {
      if (message.seq <= (messages.at(-1)?.seq ?? 0)) return;
      messages = [...messages, message].slice(-LIMITS.chatHistory);
    },
    after: (seq) => messages.filter((message) => message.seq > seq),
  };
}
