import { AppError } from '@conclave/protocol/errors';
import type { ChatMessageId, ParticipantId, RoomId, SessionId, TeamId } from '@conclave/protocol/ids';
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
  /** Later meetings of the room may show it. */
  readonly isKept: boolean;
}

/** The chat of a meeting: its own messages and what earlier meetings in the room have left to it. */
export interface ChatPlace {
  readonly room: RoomId;
  readonly session: SessionId;
}

/** What is stored together with a new message. */
type Alongside = (tx: Tx, stored: ChatMessageView) => Promise<void>;

/**
 * Stores a message under the session's next `seq` and what comes `alongside` a new one, or finds the one that the same participant
 * stored before under the same `clientMessageId`. The row of the session is locked, so that there is one order whatever fails.
 * @throws AppError `session_ended` when the session is over, `conflict` for a message that was stored and then deleted.
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
  if (!rows[0]) throw new AppError((await wasDeleted(tx, message)) ? 'conflict' : 'session_ended');
  const [stored] = await withReactions(tx, [rows[0]]);
  if (!stored) throw new AppError('internal');
  if (stored.id === message.id) await alongside(tx, stored);
  return stored;
}

function insertion(message: NewChatMessage) {
  const { id, sessionId, participantId, clientMessageId, name, text, sentAtMs, to, replyTo, isKept } = message;
  const recipient = to.kind === 'participant' ? to : null;
  return sql<ChatRow>`
    with existing as (
      select * from chat_messages where participant_id = ${participantId} and client_message_id = ${clientMessageId}
    ), next as (
      update sessions set last_chat_seq = last_chat_seq + 1
      where id = ${sessionId} and ended_at is null and not exists (select 1 from existing) and not exists (
        select 1 from chat_deleted where participant_id = ${participantId} and client_message_id = ${clientMessageId})
      returning last_chat_seq as seq
    ), inserted as (
      insert into chat_messages
        (id, session_id, participant_id, seq, client_message_id, name, text, sent_at, audience, recipient_id, recipient_name, reply_to, is_kept)
      select ${id}::uuid, ${sessionId}::uuid, ${participantId}::uuid, next.seq, ${clientMessageId}::uuid, ${name}::text, ${text}::text,
        ${new Date(sentAtMs)}::timestamptz, ${to.kind}::text, ${recipient?.participantId ?? null}::uuid, ${recipient?.name ?? null}::text,
        ${replyTo}::uuid, ${isKept}::boolean
      from next
      returning *
    )
    select * from existing union all select * from inserted`;
}

async function wasDeleted(tx: Tx, { participantId, clientMessageId }: NewChatMessage): Promise<boolean> {
  const deleted = tx.selectFrom('chat_deleted').select('participant_id').where('participant_id', '=', participantId);
  return (await deleted.where('client_message_id', '=', clientMessageId).executeTakeFirst()) !== undefined;
}

/** The newest `count` messages of a meeting and of what earlier ones have left to it, in order. */
export async function recentMessages(db: Db, place: ChatPlace, count: number): Promise<ChatMessageView[]> {
  const rows = await at(db, place).orderBy('seq', 'desc').limit(count).execute();
  return withReactions(db, rows.toReversed());
}

/** The newest `count` messages that meetings in a room have left to later ones, in order. */
export async function keptMessages(db: Db, room: RoomId, count: number): Promise<ChatMessageView[]> {
  const sessions = db.selectFrom('sessions').select('id').where('room_id', '=', room);
  const kept = db.selectFrom('chat_messages').selectAll().where('is_kept', '=', true).where('session_id', 'in', sessions);
  return withReactions(db, (await kept.orderBy('seq', 'desc').limit(count).execute()).toReversed());
}

/** At most `count` messages after `seq`, in order, as `recentMessages`. */
export async function pageOfMessages(db: Db, place: ChatPlace, seq: number, count: number): Promise<ChatMessageView[]> {
  return withReactions(db, await at(db, place).where('seq', '>', seq).orderBy('seq').limit(count).execute());
}

/** The messages of a meeting alone after `seq`, in order. */
export async function messagesAfter(db: Db, sessionId: SessionId, seq: number): Promise<ChatMessageView[]> {
  const own = db.selectFrom('chat_messages').selectAll().where('session_id', '=', sessionId).where('seq', '>', seq);
  return withReactions(db, await own.orderBy('seq').execute());
}

/** null: the meeting has no such message, or no longer. */
export async function findMessage(db: Db, place: ChatPlace, id: ChatMessageId): Promise<ChatMessageView | null> {
  const [found] = await withReactions(db, await at(db, place).where('id', '=', id).execute());
  return found ?? null;
}

const DELETED = ['id', 'participant_id', 'client_message_id'] as const;

/** Deletes a message with its reactions, for good. False: it is gone already. */
export async function deleteMessage(tx: Tx, id: ChatMessageId): Promise<boolean> {
  return (await forGood(tx, await tx.deleteFrom('chat_messages').where('id', '=', id).returning(DELETED).execute())).length > 0;
}

/** Deletes all messages to everybody, those that earlier meetings have left included, for good, and tells which. */
export async function deleteGeneralMessages(tx: Tx, { room, session }: ChatPlace): Promise<ChatMessageId[]> {
  const inRoom = tx.selectFrom('sessions').select('id').where('room_id', '=', room);
  const rows = await tx
    .deleteFrom('chat_messages')
    .where('audience', '=', 'everyone')
    .where((e) => e.or([e('session_id', '=', session), e.and([e('is_kept', '=', true), e('session_id', 'in', inRoom)])]))
    .returning(DELETED)
    .execute();
  return forGood(tx, rows);
}

/** Sees to it that what was deleted is not stored when its sender, who has not heard of it, sends it once more. */
async function forGood(tx: Tx, rows: readonly Pick<ChatRow, (typeof DELETED)[number]>[]): Promise<ChatMessageId[]> {
  const [senders, sent] = [rows.map((row) => row.participant_id), rows.map((row) => row.client_message_id)];
  await sql`insert into chat_deleted select * from unnest(${senders}::uuid[], ${sent}::uuid[])`.execute(tx);
  return rows.map(({ id }) => id);
}

/** Deletes a team's oldest messages from before `olderThan`, at most `limit`, and tells in which rooms they were. */
export async function deleteExpired(
  tx: Tx,
  { team, olderThan, limit }: { team: TeamId; olderThan: Date; limit: number },
): Promise<{ id: ChatMessageId; room: RoomId }[]> {
  const { rows } = await sql<{ id: ChatMessageId; room: RoomId }>`
    with expired as (
      select m.id, r.id as room from chat_messages as m join sessions as s on s.id = m.session_id join rooms as r on r.id = s.room_id
      where r.team_id = ${team} and m.sent_at < ${olderThan} order by m.sent_at limit ${limit}
    )
    delete from chat_messages as m using expired where m.id = expired.id returning m.id, expired.room`.execute(tx);
  return rows;
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

function at(db: Db, { room, session }: ChatPlace) {
  const inRoom = db.selectFrom('sessions').select('id').where('room_id', '=', room);
  return db
    .selectFrom('chat_messages')
    .selectAll()
    .where((e) => e.or([e('session_id', '=', session), e.and([e('is_kept', '=', true), e('session_id', 'in', inRoom)])]));
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
