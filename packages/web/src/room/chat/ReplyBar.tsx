import { Reply, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../../ui/IconButton.tsx';
import { useSession } from '../session-context.tsx';
import type { ChatDraft } from '../view-state.ts';

/** What is being answered, above the field; it says so when that is deleted meanwhile. */
export function ReplyBar({ replyTo, onCancel }: { replyTo: NonNullable<ChatDraft['replyTo']>; onCancel(): void }) {
  const { t } = useTranslation('room');
  const text = useSession((state) => state.chat.find(({ id }) => id === replyTo.id)?.text);
  return (
    <div className="flex items-center gap-2 pl-1 text-xs text-muted">
      <Reply aria-hidden="true" className="size-4 shrink-0" />
      <div role="status" dir="auto" className="min-w-0 flex-1 text-left">
        {text === undefined ? (
          t('chat.replyGone')
        ) : (
          <>
            <p className="truncate font-semibold">{t('chat.replyTo', { name: replyTo.name })}</p>
            <p className="truncate">
              <bdi>{text.slice(0, 200)}</bdi>
            </p>
          </>
        )}
      </div>
      <IconButton size="small" tooltip={false} label={t('chat.cancelReply')} icon={<X aria-hidden="true" />} onClick={onCancel} />
    </div>
  );
}
