import { AppError } from '@conclave/protocol/errors';
import type { ChatMessageId, ParticipantId, SessionId } from '@conclave/protocol/ids';
import {
  CHAT_EMOJIS,
  type ChatAudience,
  type ChatEmoji,
  type ChatMessageView,
  type ChatReaction,
} from '@conclave/protocol/signalling/views';
import { sql, type Selectable } from 'kysely';
import type { Db } from '../db/connection.ts';
import { isUniqueViolation } from '../db/faults.ts';
import type { Tables } from '../db/tables.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';

export interface NewChatMessage {
  readonly id: ChatMessageId;
  readonly sessionId: SessionId;
  readonly participantId: ParticipantId;
  readonly clientMessageId: string;
  readonly name: string;
  readonly text: string;
  readonly sentAtMs: number;
  readonly to: ChatAudience;
  readonly replyTo: ChatMessageId | null;
}

/** What is stored together with a new message. */
type Alongside = (tx: Tx, stored: ChatMessageView) => Promise<void>;

/**
 * Stores a message under the session's next `seq` and what comes `alongside` a new one, or finds the one that the same participant
 * stored before under the same `clientMessageId`. The row of the session is locked, so that there is one order whatever fails.
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
  const [stored] = await withReactions(tx, [rows[0]]);
  if (!stored) throw new AppError('internal');
  if (stored.id === message.id) await alongside(tx, stored);
  return stored;
}

function insertion(message: NewChatMessage) {
  const { id, sessionId, participantId, clientMessageId, name, text, sentAtMs, to, replyTo } = message;
  const recipient = to.kind === 'participant' ? to : null;
  return sql<ChatRow>`
    with existing as (
      select * from chat_messages where participant_id = ${participantId} and client_message_id = ${clientMessageId}
    ), next as (
      update sessions set last_chat_seq = last_chat_seq + 1
      where id = ${sessionId} and ended_at is null and not exists (select 1 from existing)
      returning last_chat_seq as seq
    ), inserted as (
      insert into chat_messages
        (id, session_id, participant_id, seq, client_message_id, name, text, sent_at, audience, recipient_id, recipient_name, reply_to)
      select ${id}::uuid, ${sessionId}::uuid, ${participantId}::uuid, next.seq, ${clientMessageId}::uuid, ${name}::text, ${text}::text,
        ${new Date(sentAtMs)}::timestamptz, ${to.kind}::text, ${recipient?.participantId ?? null}::uuid, ${recipient?.name ?? null}::text,
        ${replyTo}::uuid
      from next
      returning *
    )
    select * from existing union all select * from inserted`;
}

/** The newest `count` messages of a session, in order. */
export async function recentMessages(db: Db, sessionId: SessionId, count: number): Promise<ChatMessageView[]> {
  const rows = await ofSession(db, sessionId).orderBy('seq', 'desc').limit(count).execute();
  return withReactions(db, rows.toReversed());
}

/** The messages after `seq`, in order. */
export async function messagesAfter(db: Db, sessionId: SessionId, seq: number): Promise<ChatMessageView[]> {
  return withReactions(db, await ofSession(db, sessionId).where('seq', '>', seq).orderBy('seq').execute());
}

/** null: the session has no such message, or no longer. */
export async function findMessage(db: Db, sessionId: SessionId, id: ChatMessageId): Promise<ChatMessageView | null> {
  const [found] = await withReactions(db, await ofSession(db, sessionId).where('id', '=', id).execute());
  return found ?? null;
}

/** Deletes a message with its reactions. False: it is gone already. */
export async function deleteMessage(tx: Tx, id: ChatMessageId): Promise<boolean> {
  return (await tx.deleteFrom('chat_messages').where('id', '=', id).executeTakeFirst()).numDeletedRows > 0n;
}

/** Deletes all messages to everybody and tells which. */
export async function deleteGeneralMessages(tx: Tx, sessionId: SessionId): Promise<ChatMessageId[]> {
  const rows = await tx
    .deleteFrom('chat_messages')
    .where('session_id', '=', sessionId)
    .where('audience', '=', 'everyone')
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Puts a reaction or takes it back. False: it was so already. */
export async function setReaction(
  tx: Tx,
  reaction: { messageId: ChatMessageId; participantId: ParticipantId; emoji: ChatEmoji; on: boolean },
): Promise<boolean> {
  const { messageId, participantId, emoji, on } = reaction;
  if (on) {
    const values = { message_id: messageId, participant_id: participantId, emoji };
    const inserted = await tx
      .insertInto('chat_reactions')
      .values(values)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return (inserted.numInsertedOrUpdatedRows ?? 0n) > 0n;
  }
  const deleted = await tx
    .deleteFrom('chat_reactions')
    .where('message_id', '=', messageId)
    .where('participant_id', '=', participantId)
    .where('emoji', '=', emoji)
    .executeTakeFirst();
  return deleted.numDeletedRows > 0n;
}

type ChatRow = Selectable<Tables['chat_messages']>;

function ofSession(db: Db, sessionId: SessionId) {
  return db.selectFrom('chat_messages').selectAll().where('session_id', '=', sessionId);
}

async function withReactions(db: Db, rows: readonly ChatRow[]): Promise<ChatMessageView[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const reactions = await db.selectFrom('chat_reactions').selectAll().where('message_id', 'in', ids).execute();
  const byMessage = Map.groupBy(reactions, (reaction) => reaction.message_id);
  return rows.map((row) => viewOf(row, byMessage.get(row.id) ?? []));
}

function viewOf(row: ChatRow, reactions: readonly { emoji: string; participant_id: ParticipantId }[]): ChatMessageView {
  return {
    id: row.id,
    seq: row.seq,
    participantId: row.participant_id,
    name: row.name,
    text: row.text,
    sentAtMs: row.sent_at.getTime(),
    to: audienceOf(row),
    replyTo: row.reply_to,
    reactions: CHAT_EMOJIS.flatMap((emoji): ChatReaction[] => {
      const participantIds = reactions.filter((reaction) => reaction.emoji === emoji).map((reaction) => reaction.participant_id);
      return participantIds.length > 0 ? [{ emoji, participantIds }] : [];
    }),
  };
}

function audienceOf({ audience, recipient_id: participantId, recipient_name: name }: ChatRow): ChatAudience {
  if (audience === 'participant' && participantId !== null) return { kind: audience, participantId, name: name ?? '' };
  return { kind: audience === 'group' ? 'group' : 'everyone' };
}
