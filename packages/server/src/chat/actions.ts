import { randomUUID } from 'node:crypto';
import { AppError } from '@conclave/protocol/errors';
import { ChatMessageId } from '@conclave/protocol/ids';
import type { RequestParsed } from '@conclave/protocol/signalling/messages';
import type { ChatMessageView } from '@conclave/protocol/signalling/views';
import type { Clock } from '@conclave/runtime/clock';
import type { Db } from '../db/connection.ts';
import type { EventLog } from '../event-log/event-log.ts';
import type { PresentSeat } from '../rooms/live-rooms.ts';
import type { ConnectionId } from '../rooms/session-state.ts';
import { messagesAfter, storeMessage } from './store.ts';

/**
 * Stores a message, then shows it to the room; `reply` is sent between the two. Sent again with the same
 * `clientMessageId` it is answered with the message that was stored the first time.
 * @throws AppError `unavailable` while the database is away: the sender tries again and nothing is doubled.
 */
export async function sendMessage(
  deps: { db: Db; clock: Clock; eventLog: EventLog },
  { session, participantId, by }: PresentSeat,
  data: RequestParsed<'chat.send'>,
  sender: { connectionId: ConnectionId; reply(message: ChatMessageView): void },
): Promise<void> {
  await session.chatLane.run(async () => {
    const { sessionId, participants, chatSeq } = session.state();
    const author = participants.get(participantId);
    if (!author) throw new AppError('session_ended');
    const { clientMessageId, text } = data;
    const id = ChatMessageId.parse(randomUUID());
    const written = { id, sessionId, participantId, clientMessageId, name: author.name, text, sentAtMs: deps.clock.nowMs() };
    const message = await storeMessage(deps.db, written, async (tx, { seq }) => {
      const posted = { messageId: id, chatSeq: seq, characters: text.length };
      await deps.eventLog.append(tx, { name: 'message.posted', by, ...session.place, target: { kind: 'message', id }, data: posted });
    });
    // Stored, but its sender and we never heard so: such a message is shown together with the next one.
    const missed = message.seq > chatSeq + 1 ? await messagesAfter(deps.db, sessionId, chatSeq) : [message];
    session.apply({ kind: 'chat.stored', messages: missed, toldConnectionId: sender.connectionId }, () => {
      for (const stored of missed) session.chat.add(stored);
      sender.reply(message);
    });
  });
}
