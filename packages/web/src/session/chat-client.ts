import { AppError } from '@conclave/protocol/errors';
import type { ChatAudience, ChatMessageView } from '@conclave/protocol/signalling/views';
import type { StoreApi } from 'zustand/vanilla';
import { receiveMessages, replaceMessages, withFailure, withoutMessages, withoutPending, withPending, withReactions } from './chat.ts';
import { failureOf } from './join-request.ts';
import type { Link } from './link.ts';
import { SignallingLost } from './signalling-client.ts';
import type { PendingMessage, SessionState } from './state.ts';

/** Sends and receives messages. What was written is never lost: it waits for the connection, and is sent under the same id again. */
export interface ChatClient {
  send(text: string, how?: { to?: ChatAudience; replyTo?: ChatMessageView['id'] | null }): Promise<void>;
  retry(clientMessageId: string): Promise<void>;
  /** Gives up a message that was not sent. */
  discard(clientMessageId: string): void;
  /** With the room's state: it takes the place of all that was shown. */
  receiveAll(messages: readonly ChatMessageView[]): void;
  posted(message: ChatMessageView): void;
  deleted(ids: readonly ChatMessageView['id'][]): void;
  reacted(id: ChatMessageView['id'], reactions: ChatMessageView['reactions']): void;
  /** After the connection came back. */
  resendAll(): void;
  setOpen(open: boolean): void;
}

export function createChatClient(store: StoreApi<SessionState>, link: Pick<Link, 'request'>): ChatClient {
  let open = false;
  const sending = new Set<string>();

  const who = (state: SessionState) => ({ selfId: state.self?.participantId ?? null, open });
  const receive = (messages: readonly ChatMessageView[]) => store.setState((state) => receiveMessages(state, messages, who(state)));

  const request = ({ clientMessageId, text, to, replyTo }: PendingMessage) => {
    const written = { clientMessageId, text, replyTo };
    if (to.kind === 'participant') return link.request('chat.send-private', { ...written, participantId: to.participantId });
    return link.request(to.kind === 'group' ? 'chat.send-group' : 'chat.send', written);
  };
  const deliver = async (pending: PendingMessage) => {
    const { clientMessageId } = pending;
    if (sending.has(clientMessageId)) return;
    sending.add(clientMessageId);
    try {
      const { message } = await request(pending);
      store.setState((state) => withoutPending(state, clientMessageId));
      receive([message]);
    } catch (error) {
      // It was stored, the answer was lost, and somebody has deleted it since.
      if (error instanceof AppError && error.code === 'conflict') store.setState((state) => withoutPending(state, clientMessageId));
      // Without a connection it stays pending and goes out after the return; a refusal is for the person to see.
      else if (!(error instanceof SignallingLost) || error.timedOut)
        store.setState((state) => withFailure(state, clientMessageId, failureOf(error)));
    } finally {
      sending.delete(clientMessageId);
    }
  };

  return {
    send: async (text, { to = { kind: 'everyone' } as const, replyTo = null } = {}) => {
      const trimmed = text.trim();
      if (trimmed === '') return;
      const message: PendingMessage = { clientMessageId: crypto.randomUUID(), text: trimmed, to, replyTo, failed: null };
      store.setState((state) => withPending(state, message));
      await deliver(message);
    },
    retry: async (clientMessageId) => {
      const message = store.getState().pending.find((pending) => pending.clientMessageId === clientMessageId);
      if (message === undefined) return;
      store.setState((state) => withFailure(state, clientMessageId, null));
      // What it answers may be gone: then it stands alone.
      const replyTo = store.getState().chat.some(({ id }) => id === message.replyTo) ? message.replyTo : null;
      await deliver({ ...message, replyTo });
    },
    discard: (clientMessageId) => store.setState((state) => withoutPending(state, clientMessageId)),
    receiveAll: (messages) => store.setState((state) => replaceMessages(state, messages, who(state))),
    posted: (message) => receive([message]),
    deleted: (ids) => store.setState((state) => withoutMessages(state, ids, who(state))),
    reacted: (id, reactions) => store.setState((state) => withReactions(state, id, reactions)),
    resendAll: () => {
      for (const message of store.getState().pending) if (message.failed === null) void deliver(message);
    },
    setOpen: (isOpen) => {
      open = isOpen;
      if (isOpen) store.setState({ unread: 0 });
    },
  };
}
