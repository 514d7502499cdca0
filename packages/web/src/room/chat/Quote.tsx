import type { ChatMessageView } from '@conclave/protocol/signalling/views';
import { CornerUpLeft } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../session-context.tsx';

/** The element of a message, so that a quote can go there. */
export const messageElementId = (id: ChatMessageView['id']): string => `message-${id}`;

/** What a message answers; a press goes there. What is deleted is not quoted any more. */
export function Quote({ of }: { of: ChatMessageView['id'] }) {
  const { t } = useTranslation('room');
  const original = useSession((state) => state.chat.find(({ id }) => id === of));
  const isSelf = useSession((state) => state.self !== null && state.self.participantId === original?.participantId);
  if (!original)
    return (
      <p className="flex items-center gap-1.5 text-xs text-muted italic">
        <CornerUpLeft aria-hidden="true" className="size-3.5 shrink-0" />
        {t('chat.gone')}
      </p>
    );
  const name = isSelf ? t('stage.you') : original.name;
  return (
    <button
      type="button"
      aria-label={t('chat.toOriginal', { name, text: original.text.slice(0, QUOTED) })}
      onClick={() => goTo(original.id)}
      className="flex w-full min-w-0 items-center gap-2 rounded-r-lg border-l-2 border-line-strong bg-ink/5 py-1 pr-2 pl-2 text-left text-xs text-muted hover:bg-hover pointer-coarse:min-h-11"
    >
      <span className="max-w-1/3 shrink-0 truncate font-semibold">
        <bdi>{name}</bdi>
      </span>
      <span className="min-w-0 flex-1 truncate">
        <bdi>{original.text.slice(0, QUOTED)}</bdi>
      </span>
    </button>
  );
}

/** More would never be seen. */
const QUOTED = 200;

function goTo(id: ChatMessageView['id']): void {
  const element = document.getElementById(messageElementId(id));
  element?.scrollIntoView({ block: 'center' });
  element?.focus({ preventScroll: true });
}
