import { sql } from 'kysely';
import { AppError } from '@conclave/protocol/errors';
import type { ChatMessageId, ParticipantId, SessionId } from '@conclave/protocol/ids';
import type { ChatMessageView } from '@conclave/protocol/signalling/views';
import type { Db } from '../db/connection.ts';
import { isUniqueViolation } from '../db/faults.ts';

export interface NewChatMessage {
  readonly id: ChatMessageId;
  readonly sessionId: SessionId;
  readonly participantId: ParticipantId;
  readonly clientMessageId: string;
  readonly name: string;
  readonly text: string;
  readonly sentAtMs: number;
}

/**
 * Stores a message under the session's next `seq`, or finds the one that the same participant stored before under the
 * same `clientMessageId`. One statement: the row of the session is locked, so that `seq` has no gaps whatever fails.
 * @throws AppError `session_ended` when the session is over.
 */
export async function storeMessage(db: Db, message: NewChatMessage): Promise<ChatMessageView> {
  try {
    const { rows } = await insertion(message).execute(db);
    if (rows[0]) return viewOf(rows[0]);
    throw new AppError('session_ended');
  } catch (error) {
    if (!isUniqueViolation(error, 'chat_messages_idempotent')) throw error;
    // The same message was on its way twice, and the other copy was first.
    const { rows } = await insertion(message).execute(db);
    if (rows[0]) return viewOf(rows[0]);
    throw error;
  }
}

function insertion(message: NewChatMessage) {
  const { id, sessionId, participantId, clientMessageId, name, text, sentAtMs } = message;
  return sql<ChatRow>`
    with existing as (
      select * from chat_messages where participant_id = ${participantId} and client_message_id = ${clientMessageId}
    ), next as (
      update sessions set last_chat_seq = last_chat_seq + 1
      where id = ${sessionId} and ended_at is null and not exists (select 1 from existing)
      returning last_chat_seq as seq
    ), inserted as (
      insert into chat_messages (id, session_id, participant_id, seq, client_message_id, name, text, sent_at)
      select ${id}::uuid, ${sessionId}::uuid, ${participantId}::uuid, next.seq, ${clientMessageId}::uuid, ${name}::text, ${text}::text, ${new Date(sentAtMs)}::timestamptz
      from next
      returning *
    )
    select * from existing union all select * from inserted`;
}

/** The newest `count` messages of a session, in order. */
export async function recentMessages(db: Db, sessionId: SessionId, count: number): Promise<ChatMessageView[]> {
  const rows = await db
    .selectFrom('chat_messages')
    .selectAll()
    .where('session_id', '=', sessionId)
    .orderBy('seq', 'desc')
    .limit(count)
    .execute();
  return rows.toReversed().map(viewOf);
}

/** The messages after `seq`, in order. */
export async function messagesAfter(db: Db, sessionId: SessionId, seq: number): Promise<ChatMessageView[]> {
  const rows = await db
    .selectFrom('chat_messages')
    .selectAll()
    .where('session_id', '=', sessionId)
    .where('seq', '>', seq)
    .orderBy('seq')
    .execute();
  return rows.map(viewOf);
}

interface ChatRow {
  id: ChatMessageId;
  participant_id: ParticipantId;
  seq: number;
  name: string;
  text: string;
  sent_at: Date;
}

function viewOf(row: ChatRow): ChatMessageView {
  return { id: row.id, seq: row.seq, participantId: row.participant_id, name: row.name, text: row.text, sentAtMs: row.sent_at.getTime() };
}
