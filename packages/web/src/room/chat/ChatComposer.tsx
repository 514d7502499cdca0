import { LIMITS } from '@conclave/protocol/limits';
import { SendHorizontal } from 'lucide-react';
import { useId, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { cx } from '../../ui/cx.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { useCommands, useSession } from '../session-context.tsx';

const COUNT_FROM = LIMITS.chatTextLength - 500;

export function ChatComposer() {
  const { t } = useTranslation('room');
  const { sendChat } = useCommands();
  const mayWrite = useSession((state) => state.self?.permissions.includes('general_chat') ?? false);
  const [text, setText] = useState('');
  const id = useId();
  const trimmed = text.trim();
  const tooLong = trimmed.length > LIMITS.chatTextLength;
  const sendable = trimmed !== '' && !tooLong;
  const send = () => {
    if (!sendable) return;
    setText('');
    void sendChat(trimmed);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, Enter chooses a word and sends nothing.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  if (!mayWrite) return <p className="border-t border-line px-4 py-4 text-sm text-muted">{t('controls.notGranted.chat')}</p>;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      className="border-t border-line p-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]"
    >
      <div className="flex items-end gap-1 rounded-2xl border border-line-strong bg-surface focus-within:border-accent focus-within:outline-2 focus-within:outline-accent">
        <textarea
          data-autofocus
          rows={1}
          aria-label={t('chat.field')}
          aria-describedby={`${id}-hint ${id}-count`}
          aria-invalid={tooLong || undefined}
          placeholder={t('chat.placeholder')}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          className="field-sizing-content max-h-40 min-h-11 min-w-0 flex-1 resize-none bg-transparent py-2.5 pl-3.5 text-base outline-none sm:text-sm sm:leading-6"
        />
        <IconButton
          type="submit"
          label={t('chat.send')}
          icon={<SendHorizontal aria-hidden="true" />}
          tooltip={false}
          aria-disabled={!sendable}
          className={cx(sendable && 'text-accent-ink!')}
        />
      </div>
      <p id={`${id}-hint`} className="sr-only">
        {t('chat.hint')}
      </p>
      <p
        id={`${id}-count`}
        className={cx('px-1 text-xs', trimmed.length > COUNT_FROM ? 'pt-1.5' : 'sr-only', tooLong ? 'text-danger-ink' : 'text-muted')}
      >
        {trimmed.length > COUNT_FROM && countText(t, LIMITS.chatTextLength - trimmed.length)}
      </p>
    </form>
  );
}

function countText(t: ReturnType<typeof useTranslation<'room'>>['t'], left: number): string {
  return left < 0 ? t('chat.tooLong', { count: -left }) : t('chat.left', { count: left });
}
