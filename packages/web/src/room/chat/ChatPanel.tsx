import { ArrowDown, CircleAlert, MessageSquare } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PendingMessage } from '../../session/state.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/StatePanel.tsx';
import { SidePanel } from '../panels/SidePanel.tsx';
import { useCommands, useSession, useSessionStore } from '../session-context.tsx';
import { clockText } from './clock-text.ts';
import { ChatComposer } from './ChatComposer.tsx';
import { groupMessages } from './message-groups.ts';
import type { MessageGroup } from './message-groups.ts';
import { MessageText } from './MessageText.tsx';
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
    <SidePanel title={t('chat.title')} closeLabel={t('chat.close')} sheet={sheet} onClose={onClose}>
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
            <Group key={group.key} group={group} />
          ))}
          {pending.map((message) => (
            <Pending key={message.clientMessageId} message={message} />
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

function Group({ group }: { group: MessageGroup }) {
  const { t, i18n } = useTranslation('room');
  const isSelf = useSession((state) => state.self?.participantId === group.participantId);
  const time = new Date(group.sentAtMs);
  return (
    <>
      {group.unreadFrom && (
        <div
          role="separator"
          aria-label={t('chat.unread')}
          className="my-3 flex items-center gap-3 text-xs font-semibold text-accent-ink before:h-px before:flex-1 before:bg-accent after:h-px after:flex-1 after:bg-accent"
        >
          {t('chat.unread')}
        </div>
      )}
      <section className="flex gap-3 py-2">
        <Avatar name={group.name} size="small" className="mt-0.5" />
        <div className="min-w-0 flex-1">
          <h3 className="flex items-baseline gap-2">
            <span className="truncate text-sm font-semibold">{isSelf ? t('stage.you') : group.name}</span>
            <time dateTime={time.toISOString()} className="shrink-0 text-xs text-muted tabular-nums">
              {clockText(group.sentAtMs, i18n.language, navigator.languages)}
            </time>
          </h3>
          <div className="mt-0.5 flex flex-col gap-1">
            {group.messages.map((message) => (
              <MessageText key={message.id} text={message.text} />
            ))}
          </div>
        </div>
      </section>
    </>
  );
}

function Pending({ message }: { message: PendingMessage }) {
  const { t } = useTranslation('room');
  const { retryChat } = useCommands();
  return (
    <div className="py-2 pl-11">
      <div className={message.failed === null ? 'opacity-70' : ''}>
        <MessageText text={message.text} />
      </div>
      {message.failed === null ? (
        <p className="text-xs text-muted">{t('chat.sending')}</p>
      ) : (
        <p role="alert" className="flex items-center gap-1.5 text-xs font-medium text-danger-ink">
          <CircleAlert aria-hidden="true" className="size-3.5" />
          {t('chat.failed')}
          <button
            type="button"
            onClick={() => void retryChat(message.clientMessageId)}
            className="rounded px-1.5 py-1 underline underline-offset-2 pointer-coarse:py-3"
          >
            {t('chat.retry')}
          </button>
        </p>
      )}
    </div>
  );
}
