import { sql } from 'kysely';
import { AppError } from '@conclave/protocol/errors';
import type { ChatMessageId, ParticipantId, SessionId } from '@conclave/protocol/ids';
import type { ChatMessageView } from '@conclave/protocol/signalling/views';
import type { Db } from '../db/connection.ts';
import { isUniqueViolation } from '../db/faults.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';

export interface NewChatMessage {
  readonly id: ChatMessageId;
  readonly sessionId: SessionId;
  readonly participantId: ParticipantId;
  readonly clientMessageId: string;
  readonly name: string;
  readonly text: string;
  readonly sentAtMs: number;
}

/** What is stored together with a new message. */
type Alongside = (tx: Tx, stored: ChatMessageView) => Promise<void>;

/**
 * Stores a message under the session's next `seq` and what comes `alongside` a new one, or finds the one that the same participant
 * stored before under the same `clientMessageId`. The row of the session is locked, so that `seq` has no gaps whatever fails.
 * @throws AppError `session_ended` when the session is over.
 */
export async function storeMessage(db: Db, message: NewChatMessage, alongside: Alongside): Promise<ChatMessageView> {
  const once = () => inTransaction(db, (tx) => storeIn(tx, message, alongside));
  try {
    return await once();
  } catch (error) {
    // The same message was on its way twice, and the other copy was first.
    if (isUniqueViolation(error, 'chat_messages_idempotent')) return once();
    throw error;
  }
}

async function storeIn(tx: Tx, message: NewChatMessage, alongside: Alongside): Promise<ChatMessageView> {
  const { rows } = await insertion(message).execute(tx);
  if (!rows[0]) throw new AppError('session_ended');
  const stored = viewOf(rows[0]);
  if (stored.id === message.id) await alongside(tx, stored);
  return stored;
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
