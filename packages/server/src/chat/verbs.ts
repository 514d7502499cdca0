import { randomUUID } from 'node:crypto';
import { AppError } from '@conclave/protocol/errors';
import { ChatMessageId } from '@conclave/protocol/ids';
import type { Notification, ReplyData, RequestParsed } from '@conclave/protocol/signalling/messages';
import type { ChatAudience, ChatMessageView } from '@conclave/protocol/signalling/views';
import type { Clock } from '@conclave/runtime/clock';
import type { Db } from '../db/connection.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';
import type { EventLog } from '../event-log/event-log.ts';
import { setControls } from '../moderation/verbs.ts';
import { isInGroup, mayQuote, mayRead, readersOf } from '../rooms/chat-rules.ts';
import type { PresentSeat } from '../rooms/live-rooms.ts';
import type { Participant } from '../rooms/session-state.ts';
import { deleteGeneralMessages, deleteMessage, findMessage, messagesAfter, pageOfMessages, setReaction, storeMessage } from './store.ts';

export interface ChatDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly eventLog: EventLog;
}
interface Answer<R = object> {
  readonly connectionId: string;
  reply(data: R): void;
}
type Posted = Answer<ReplyData<'chat.send'>>;

/** How many messages are looked at for one part of an export. */
const EXPORT_PAGE = 100;

export function sendToEveryone(deps: ChatDeps, data: RequestParsed<'chat.send'>, answer: Posted, seat: PresentSeat): Promise<void> {
  return post(deps, seat, data, { kind: 'everyone' }, answer);
}

/** @throws AppError `not_found` for somebody who is not there, `conflict` for oneself. */
export async function sendPrivate(
  deps: ChatDeps,
  { participantId, ...data }: RequestParsed<'chat.send-private'>,
  answer: Posted,
  seat: PresentSeat,
): Promise<void> {
  const recipient = seat.session.state().participants.get(participantId);
  if (!recipient) throw new AppError('not_found');
  if (participantId === seat.participantId) throw new AppError('conflict');
  await post(deps, seat, data, { kind: 'participant', participantId, name: recipient.name }, answer);
}

/** @throws AppError `not_allowed` for who is not in the group, or where there is none. */
export async function sendToGroup(
  deps: ChatDeps,
  data: RequestParsed<'chat.send-group'>,
  answer: Posted,
  seat: PresentSeat,
): Promise<void> {
  if (!isInGroup(seat.session.state().policy, selfOf(seat))) throw new AppError('not_allowed');
  await post(deps, seat, data, { kind: 'group' }, answer);
}

/**
 * Stores a message, then shows it to who may read it; the reply is sent between the two. Sent again with the same `clientMessageId`
 * it is answered with the message that was stored the first time.
 * @throws AppError `unavailable` while the database is away: the sender tries again and nothing is doubled; `conflict` when it answers
 * what its readers may not read, or was stored and deleted before; `not_found` when there is no such message to answer.
 */
async function post(
  deps: ChatDeps,
  seat: PresentSeat,
  { clientMessageId, text, replyTo }: RequestParsed<'chat.send'>,
  to: ChatAudience,
  answer: Posted,
): Promise<void> {
  const { session, participantId, by } = seat;
  const { sessionId, chatSeq } = session.state();
  if (replyTo !== null && !mayQuote(session.state(), await readable(deps.db, seat, replyTo), to)) throw new AppError('conflict');
  const id = ChatMessageId.parse(randomUUID());
  const { name } = selfOf(seat);
  const isKept = to.kind === 'everyone' && session.state().policy.settings.chat_persistence_enabled;
  const written = { id, sessionId, participantId, clientMessageId, name, text, sentAtMs: deps.clock.nowMs(), to, replyTo, isKept };
  const message = await storeMessage(deps.db, written, async (tx, { seq }) => {
    const posted = { messageId: id, chatSeq: seq, characters: text.length };
    await deps.eventLog.append(tx, { name: 'message.posted', by, ...session.place, target: { kind: 'message', id }, data: posted });
  });
  // Stored, but its sender and we never heard so: such a message is shown together with the next one.
  const missed = message.seq > chatSeq + 1 ? await messagesAfter(deps.db, sessionId, chatSeq) : [message];
  session.apply({ kind: 'chat.stored', messages: missed, toldConnectionId: answer.connectionId }, () => {
    for (const stored of missed) session.chat.add(stored);
    answer.reply({ message });
  });
}

export async function deleteOwn(
  deps: ChatDeps,
  { messageId }: RequestParsed<'chat.delete'>,
  answer: Answer,
  seat: PresentSeat,
): Promise<void> {
  const message = await readable(deps.db, seat, messageId);
  if (message.participantId !== seat.participantId) throw new AppError('not_allowed');
  await remove(deps, seat, message, answer);
}

export async function deleteAny(
  deps: ChatDeps,
  { messageId }: RequestParsed<'chat.delete-any'>,
  answer: Answer,
  seat: PresentSeat,
): Promise<void> {
  await remove(deps, seat, await readable(deps.db, seat, messageId), answer);
}

/** Gone from the database, from memory and from every page, in this order. */
async function remove(deps: ChatDeps, seat: PresentSeat, message: ChatMessageView, answer: Answer): Promise<void> {
  const { session, by } = seat;
  const { id } = message;
  const isOwn = message.participantId === seat.participantId;
  await inTransaction(deps.db, async (tx) => {
    if (!(await deleteMessage(tx, id))) throw new AppError('not_found');
    const data = { messageId: id, isOwn };
    await deps.eventLog.append(tx, { name: 'message.deleted', by, ...session.place, target: { kind: 'message', id }, data });
  });
  session.chat.delete(new Set([id]));
  tellReaders(seat, message, { type: 'chat.deleted', data: { messageIds: [id] } });
  answer.reply({});
}

export async function clear(
  deps: ChatDeps,
  _data: RequestParsed<'chat.clear'>,
  answer: Answer,
  { session, by }: PresentSeat,
): Promise<void> {
  const ids = await inTransaction(deps.db, (tx) => clearIn(deps, tx, { session, by }));
  session.forgetMessages(ids);
  answer.reply({});
}

async function clearIn({ eventLog }: ChatDeps, tx: Tx, { session, by }: Pick<PresentSeat, 'session' | 'by'>): Promise<ChatMessageId[]> {
  const ids = await deleteGeneralMessages(tx, session.place);
  if (ids.length > 0) await eventLog.append(tx, { name: 'chat.cleared', by, ...session.place, data: { count: ids.length } });
  return ids;
}

export async function react(
  deps: ChatDeps,
  { messageId, emoji, on }: RequestParsed<'chat.react'>,
  answer: Answer,
  seat: PresentSeat,
): Promise<void> {
  const { session, participantId, by } = seat;
  const message = await readable(deps.db, seat, messageId);
  const changed = await inTransaction(deps.db, async (tx) => {
    if (!(await setReaction(tx, { messageId, participantId, emoji, on }))) return null;
    const target = { kind: 'message', id: messageId } as const;
    await deps.eventLog.append(tx, { name: 'message.reacted', by, ...session.place, target, data: { messageId, on } });
    return (await findMessage(tx, session.place, messageId))?.reactions ?? null;
  });
  if (changed) {
    session.chat.setReactions(messageId, changed);
    tellReaders(seat, message, { type: 'chat.reacted', data: { messageId, reactions: changed } });
  }
  answer.reply({});
}

/**
 * All that the asker may read and that is not deleted, in parts: each is asked for with the `next` of the one before. A part may hold
 * nothing although there are more.
 */
export async function exportChat(
  deps: ChatDeps,
  { afterSeq }: RequestParsed<'chat.export'>,
  answer: Answer<ReplyData<'chat.export'>>,
  seat: PresentSeat,
): Promise<void> {
  const { session, by } = seat;
  const found = await pageOfMessages(deps.db, session.place, afterSeq, EXPORT_PAGE);
  const messages = found.filter((message) => mayRead(session.state(), selfOf(seat), message));
  const next = found.length < EXPORT_PAGE ? null : (found.at(-1)?.seq ?? null);
  const data = { count: messages.length };
  await inTransaction(deps.db, (tx) => deps.eventLog.append(tx, { name: 'chat.exported', by, ...session.place, data }));
  answer.reply({ messages, next });
}

/** Closes the chat to some roles, or opens it again. */
export async function setChat(
  deps: ChatDeps,
  { closedTo, privateClosedTo }: RequestParsed<'room.set-chat'>,
  answer: Answer,
  seat: PresentSeat,
): Promise<void> {
  const known = new Set(seat.session.state().policy.roles.map(({ name }) => name));
  if ([...(closedTo ?? []), ...(privateClosedTo ?? [])].some((role) => !known.has(role))) throw new AppError('not_found');
  await setControls(deps, seat, {
    ...(closedTo && { chatClosedTo: [...new Set(closedTo)] }),
    ...(privateClosedTo && { privateChatClosedTo: [...new Set(privateClosedTo)] }),
  });
  answer.reply({});
}

/** A message of this session that the asker may read. @throws AppError `not_found`, also for one that is not for their eyes. */
async function readable(db: Db, seat: PresentSeat, id: ChatMessageId): Promise<ChatMessageView> {
  const message = await findMessage(db, seat.session.place, id);
  if (!message || !mayRead(seat.session.state(), selfOf(seat), message)) throw new AppError('not_found');
  return message;
}

function selfOf({ session, participantId }: PresentSeat): Participant {
  const self = session.state().participants.get(participantId);
  if (!self) throw new AppError('session_ended');
  return self;
}

function tellReaders({ session }: PresentSeat, message: ChatMessageView, notification: Notification): void {
  const participantIds = readersOf(session.state(), message).map(({ id }) => id);
  session.apply({ kind: 'tell', to: { participantIds }, notification });
}
