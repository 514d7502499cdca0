import type { ChatAudience } from '@conclave/protocol/signalling/views';
import { Lock, UsersRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { cx } from '../../ui/cx.ts';
import { useSession } from '../session-context.tsx';

/** What lies behind a message that not everybody reads, so that nobody takes it for a public one. */
export const AUDIENCE_TINT: Record<ChatAudience['kind'], string> = {
  everyone: '',
  participant: 'bg-warn-soft',
  group: 'bg-accent-soft',
};

/** What the audience of a message is called. */
export function useAudienceName(): (to: ChatAudience) => string {
  const { t } = useTranslation('room');
  const group = useSession((state) => state.room?.chatGroup?.name);
  const participants = useSession((state) => state.participants);
  return (to) => {
    if (to.kind === 'everyone') return t('chat.toEveryone');
    if (to.kind === 'group') return group ?? t('chat.group');
    return participants[to.participantId]?.name ?? to.name;
  };
}

/** Says who reads a message; nothing where everybody does. */
export function AudienceMark({ to, className }: { to: ChatAudience; className?: string }) {
  const { t } = useTranslation('room');
  const audienceName = useAudienceName();
  const selfId = useSession((state) => state.self?.participantId);
  if (to.kind === 'everyone') return null;
  const isPrivate = to.kind === 'participant';
  return (
    <p
      dir="auto"
      className={cx(
        'flex min-w-0 items-center gap-1.5 text-left text-xs font-semibold [&_svg]:size-3.5 [&_svg]:shrink-0',
        isPrivate ? 'text-warn-ink' : 'text-accent-ink',
        className,
      )}
    >
      {isPrivate ? <Lock aria-hidden="true" /> : <UsersRound aria-hidden="true" />}
      <span className="min-w-0 truncate">
        {isPrivate && to.participantId === selfId
          ? t('chat.privatelyFrom')
          : t(isPrivate ? 'chat.privately' : 'chat.toGroup', { name: audienceName(to), group: audienceName(to) })}
      </span>
    </p>
  );
}
