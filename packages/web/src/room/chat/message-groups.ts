import type { ChatAudience, ChatMessageView } from '@conclave/protocol/signalling/views';
import { isSameAudience } from '../../session/chat.ts';

export interface MessageGroup {
  key: string;
  participantId: string;
  name: string;
  to: ChatAudience;
  sentAtMs: number;
  messages: ChatMessageView[];
  unreadFrom: boolean;
}

const GROUP_WITHIN_MS = 3 * 60_000;

/**
 * Messages of one person to the same people that follow each other within three minutes stand together. The first message after
 * `readUntilSeq` begins a group of its own, marked `unreadFrom`; null: no mark.
 */
export function groupMessages(chat: readonly ChatMessageView[], readUntilSeq: number | null): MessageGroup[] {
  const groups: MessageGroup[] = [];
  let marked = readUntilSeq === null;
  for (const message of chat) {
    const unreadFrom = !marked && message.seq > (readUntilSeq ?? 0);
    marked ||= unreadFrom;
    const last = groups.at(-1);
    const before = last?.messages.at(-1);
    const together =
      last !== undefined &&
      before !== undefined &&
      !unreadFrom &&
      last.participantId === message.participantId &&
      last.name === message.name &&
      isSameAudience(last.to, message.to) &&
      message.sentAtMs - before.sentAtMs < GROUP_WITHIN_MS;
    if (together) last.messages.push(message);
    else
      groups.push({
        key: message.id,
        participantId: message.participantId,
        name: message.name,
        to: message.to,
        sentAtMs: message.sentAtMs,
        messages: [message],
        unreadFrom,
      });
  }
  return groups;
}
