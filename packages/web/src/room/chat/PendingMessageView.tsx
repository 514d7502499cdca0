import { CircleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { PendingMessage } from '../../session/state.ts';
import { cx } from '../../ui/cx.ts';
import { useCommands, useSession } from '../session-context.tsx';
import { AUDIENCE_TINT, AudienceMark, useAudienceName } from './AudienceMark.tsx';
import { blockOf } from './chat-audience.ts';
import { MessageText } from './MessageText.tsx';

/** A message on its way, or one that did not get through: it stays until it is sent or given up. */
export function PendingMessageView({ message }: { message: PendingMessage }) {
  const { t } = useTranslation('room');
  const { retryChat, discardChat } = useCommands();
  const audienceName = useAudienceName();
  const block = useSession((state) => (message.failed === null ? null : blockOf(state, message.to)));
  const id = message.clientMessageId;
  return (
    <div className={cx('-mx-2 my-1 rounded-xl py-2 pr-2 pl-13', AUDIENCE_TINT[message.to.kind])}>
      <AudienceMark to={message.to} />
      <div className={message.failed === null ? 'opacity-70' : ''}>
        <MessageText text={message.text} />
      </div>
      {message.failed === null ? (
        <p className="text-xs text-muted">{t('chat.sending')}</p>
      ) : (
        <div role="alert" className="flex items-start gap-1.5 pt-1 text-xs font-medium text-danger-ink">
          <CircleAlert aria-hidden="true" className="mt-0.5 size-3.5 shrink-0" />
          <div className="min-w-0 flex-1">
            <p className="wrap-anywhere">
              {t('chat.failed')}
              {block !== null && ` · ${t(`chat.blocked.${block}`, { name: audienceName(message.to) })}`}
            </p>
            {block === null && (
              <button type="button" onClick={() => void retryChat(id)} className={SMALL_BUTTON}>
                {t('chat.retry')}
              </button>
            )}
            <button type="button" onClick={() => discardChat(id)} className={SMALL_BUTTON}>
              {t('chat.discard')}
            </button>
          </div>
        </div>
      )}
    </div>
  );
}

const SMALL_BUTTON = 'mr-3 rounded py-1 underline underline-offset-2 pointer-coarse:py-3';
