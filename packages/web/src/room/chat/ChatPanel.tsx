import { ArrowDown, MessageSquare } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/StatePanel.tsx';
import { SidePanel } from '../panels/SidePanel.tsx';
import { useCommands, useSession, useSessionStore } from '../session-context.tsx';
import { ChatComposer } from './ChatComposer.tsx';
import { ChatMenu } from './ChatMenu.tsx';
import { groupMessages } from './message-groups.ts';
import { MessageGroupView } from './MessageGroupView.tsx';
import { PendingMessageView } from './PendingMessageView.tsx';
import { useScrollAnchor } from './use-scroll-anchor.ts';

export function ChatPanel({ sheet, onClose }: { sheet: boolean; onClose(): void }) {
  const { t } = useTranslation('room');
  const chat = useSession((state) => state.chat);
  const pending = useSession((state) => state.pending);
  const readUntilSeq = useReadUntil();
  const list = useRef<HTMLDivElement>(null);
  const { atEnd, onScroll, toEnd } = useScrollAnchor(list, chat.length + pending.length);
  const isEmpty = chat.length === 0 && pending.length === 0;
  return (
    <SidePanel title={t('chat.title')} closeLabel={t('chat.close')} sheet={sheet} onClose={onClose} actions={<ChatMenu />}>
      <div className="relative flex min-h-0 flex-1 flex-col">
        <div
          ref={list}
          role="log"
          aria-label={t('chat.messages')}
          // A region that scrolls must be reachable by keyboard (WCAG 2.1.1).
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          tabIndex={0}
          onScroll={onScroll}
          className="min-h-0 flex-1 overflow-y-auto px-4 py-2 -outline-offset-2"
        >
          {isEmpty && (
            <EmptyState icon={<MessageSquare aria-hidden="true" />} title={t('chat.emptyTitle')} className="h-full justify-center pb-8">
              <p className="text-sm">{t('chat.emptyText')}</p>
            </EmptyState>
          )}
          {groupMessages(chat, readUntilSeq).map((group) => (
            <MessageGroupView key={group.key} group={group} />
          ))}
          {pending.map((message) => (
            <PendingMessageView key={message.clientMessageId} message={message} />
          ))}
        </div>
        {!atEnd && (
          <Button
            size="small"
            icon={<ArrowDown aria-hidden="true" className="size-4" />}
            onClick={toEnd}
            className="absolute! bottom-2 left-1/2 -translate-x-1/2 rounded-full! shadow-raised"
          >
            {t('chat.toNewest')}
          </Button>
        )}
      </div>
      <ChatComposer />
    </SidePanel>
  );
}

/** Tells the session that the chat is seen, and remembers what had been read before, for the mark of what is new. */
function useReadUntil(): number | null {
  const store = useSessionStore();
  const { setChatOpen } = useCommands();
  const [readUntilSeq] = useState(() => {
    const { chat, unread } = store.getState();
    return unread > 0 ? (chat.at(-1 - unread)?.seq ?? 0) : null;
  });
  useEffect(() => {
    setChatOpen(true);
    return () => setChatOpen(false);
  }, [setChatOpen]);
  return readUntilSeq;
}
