import { LIMITS } from '@conclave/protocol/limits';
import { Info, Lock, SendHorizontal, UsersRound } from 'lucide-react';
import { useEffect, useId, useRef } from 'react';
import type { KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { cx } from '../../ui/cx.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { useCommands, useSession, useSessionStore } from '../session-context.tsx';
import { useView, useViewActions } from '../view-context.tsx';
import { AUDIENCE_TINT, useAudienceName } from './AudienceMark.tsx';
import { AudiencePicker } from './AudiencePicker.tsx';
import { blockOf } from './chat-audience.ts';
import { ReplyBar } from './ReplyBar.tsx';

const COUNT_FROM = LIMITS.chatTextLength - 500;

/** Where one writes: to whom, in answer to what, the text. What was typed stays whatever happens to the chat meanwhile. */
export function ChatComposer() {
  const { t } = useTranslation('room');
  const { sendChat } = useCommands();
  const store = useSessionStore();
  const { text, to, replyTo, asked } = useView((view) => view.draft);
  const { setDraft } = useViewActions();
  const audienceName = useAudienceName();
  const block = useSession((state) => blockOf(state, to));
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const trimmed = text.trim();
  const tooLong = trimmed.length > LIMITS.chatTextLength;
  const sendable = trimmed !== '' && !tooLong && block === null;
  useEffect(() => {
    if (asked > 0) field.current?.focus();
  }, [asked]);
  const send = () => {
    if (!sendable) return;
    const answered = store.getState().chat.find((message) => message.id === replyTo?.id);
    setDraft({ text: '', replyTo: null });
    void sendChat(trimmed, { to, replyTo: answered?.id ?? null });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && replyTo !== null) {
      event.stopPropagation();
      setDraft({ replyTo: null });
    }
    // While an input method composes, Enter chooses a word and sends nothing.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  const name = audienceName(to);
  const label = { everyone: t('chat.field'), group: t('chat.fieldTo', { name }), participant: t('chat.fieldPrivate', { name }) }[to.kind];
  const placeholder = {
    everyone: t('chat.placeholder'),
    group: t('chat.placeholderTo', { name }),
    participant: t('chat.placeholderPrivate', { name }),
  }[to.kind];
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      className={cx('flex flex-col gap-2 border-t border-line p-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]', AUDIENCE_TINT[to.kind])}
    >
      <AudiencePicker to={to} onChange={(chosen) => setDraft({ to: chosen, replyTo: null })} />
      {block === null && <WhoReads kind={to.kind} name={name} />}
      {replyTo !== null && <ReplyBar replyTo={replyTo} onCancel={() => setDraft({ replyTo: null })} />}
      {block !== null && (
        <p role="status" dir="auto" className="flex items-start gap-2 px-1 text-left text-sm text-muted">
          <Info aria-hidden="true" className="mt-0.5 size-4 shrink-0" />
          <span className="wrap-anywhere">
            {t(`chat.blocked.${block}`, { name })}
            {trimmed !== '' && ` ${t('chat.textStays')}`}
          </span>
        </p>
      )}
      {(block === null || trimmed !== '') && (
        <div className="flex items-end gap-1 rounded-2xl border border-line-strong bg-surface focus-within:border-accent focus-within:outline-2 focus-within:outline-accent">
          <textarea
            ref={field}
            data-autofocus
            rows={1}
            dir="auto"
            aria-label={label}
            aria-describedby={`${id}-hint ${id}-count`}
            aria-invalid={tooLong || undefined}
            readOnly={block !== null}
            placeholder={placeholder}
            value={text}
            onChange={(event) => setDraft({ text: event.target.value })}
            onKeyDown={onKeyDown}
            className="field-sizing-content max-h-40 min-h-11 min-w-0 flex-1 resize-none bg-transparent py-2.5 pl-3.5 text-base outline-none placeholder:truncate read-only:text-muted sm:text-sm sm:leading-6"
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
      )}
      <p id={`${id}-hint`} className="sr-only">
        {t('chat.hint')}
      </p>
      <p
        id={`${id}-count`}
        className={cx('px-1 text-xs', trimmed.length > COUNT_FROM ? '' : 'sr-only', tooLong ? 'text-danger-ink' : 'text-muted')}
      >
        {trimmed.length > COUNT_FROM && countText(t, LIMITS.chatTextLength - trimmed.length)}
      </p>
    </form>
  );
}

/** Says it before one writes: not everybody reads this, or somebody does. */
function WhoReads({ kind, name }: { kind: 'everyone' | 'group' | 'participant'; name: string }) {
  const { t } = useTranslation('room');
  if (kind === 'everyone') return null;
  const isPrivate = kind === 'participant';
  return (
    <p
      dir="auto"
      className={cx(
        'flex items-start gap-1.5 px-1 text-left text-xs font-semibold',
        '[&_svg]:mt-0.5 [&_svg]:size-3.5 [&_svg]:shrink-0',
        isPrivate ? 'text-warn-ink' : 'text-accent-ink',
      )}
    >
      {isPrivate ? <Lock aria-hidden="true" /> : <UsersRound aria-hidden="true" />}
      <span className="min-w-0 wrap-anywhere">{t(isPrivate ? 'chat.onlyTwo' : 'chat.onlyGroup', { name })}</span>
    </p>
  );
}

function countText(t: ReturnType<typeof useTranslation<'room'>>['t'], left: number): string {
  return left < 0 ? t('chat.tooLong', { count: -left }) : t('chat.left', { count: left });
}
