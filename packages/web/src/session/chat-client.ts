import type { ChatMessageView } from '@conclave/protocol/signalling/views';
import type { StoreApi } from 'zustand/vanilla';
import { leavesGap, receiveMessages, withFailure, withoutPending, withPending } from './chat.ts';
import { failureOf } from './join-request.ts';
import type { Link } from './link.ts';
import { SignallingLost } from './signalling-client.ts';
import type { SessionState } from './state.ts';

/** Sends and receives messages. What was written is never lost: it waits for the connection, and is sent under the same id again. */
export interface ChatClient {
  send(text: string): Promise<void>;
  retry(clientMessageId: string): Promise<void>;
  /** From a notification or with the room's state. */
  receive(messages: readonly ChatMessageView[]): void;
  /** A single one, in order; a gap before it asks for everything that was missed. */
  posted(message: ChatMessageView): void;
  /** After the connection came back. */
  resendAll(): void;
  setOpen(open: boolean): void;
}

export function createChatClient(store: StoreApi<SessionState>, link: Pick<Link, 'request' | 'resync'>): ChatClient {
  let open = false;
  const sending = new Set<string>();

  const receive = (messages: readonly ChatMessageView[]) =>
    store.setState((state) => receiveMessages(state, messages, { selfId: state.self?.participantId ?? null, open }));

  const deliver = async (clientMessageId: string, text: string) => {
    if (sending.has(clientMessageId)) return;
    sending.add(clientMessageId);
    try {
      const { message } = await link.request('chat.send', { clientMessageId, text });
      store.setState((state) => withoutPending(state, clientMessageId));
      receive([message]);
    } catch (error) {
      // Without a connection it stays pending and goes out after the return; a refusal is for the person to see.
      if (!(error instanceof SignallingLost) || error.timedOut)
        store.setState((state) => withFailure(state, clientMessageId, failureOf(error)));
    } finally {
      sending.delete(clientMessageId);
    }
  };

  return {
    send: async (text) => {
      const trimmed = text.trim();
      if (trimmed === '') return;
      const clientMessageId = crypto.randomUUID();
      store.setState((state) => withPending(state, { clientMessageId, text: trimmed, failed: null }));
      await deliver(clientMessageId, trimmed);
    },
    retry: async (clientMessageId) => {
      const message = store.getState().pending.find((pending) => pending.clientMessageId === clientMessageId);
      if (message === undefined) return;
      store.setState((state) => withFailure(state, clientMessageId, null));
      await deliver(clientMessageId, message.text);
    },
    receive,
    posted: (message) => {
      const missed = leavesGap(store.getState().chat, message);
      receive([message]);
      if (missed) link.resync();
    },
    resendAll: () => {
      for (const { clientMessageId, text, failed } of store.getState().pending) if (failed === null) void deliver(clientMessageId, text);
    },
    setOpen: (isOpen) => {
      open = isOpen;
      if (isOpen) store.setState({ unread: 0 });
    },
  };
}
