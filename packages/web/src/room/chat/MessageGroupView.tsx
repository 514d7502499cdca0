import { useTranslation } from 'react-i18next';
import { Avatar } from '../../ui/Avatar.tsx';
import { cx } from '../../ui/cx.ts';
import { useSession } from '../session-context.tsx';
import { AUDIENCE_TINT, AudienceMark } from './AudienceMark.tsx';
import { clockText } from './clock-text.ts';
import type { MessageGroup } from './message-groups.ts';
import { MessageView } from './MessageView.tsx';

/** Messages of one person to the same people. */
export function MessageGroupView({ group }: { group: MessageGroup }) {
  const { t, i18n } = useTranslation('room');
  const isSelf = useSession((state) => state.self?.participantId === group.participantId);
  const time = new Date(group.sentAtMs);
  const isPublic = group.to.kind === 'everyone';
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
      <section
        data-audience={group.to.kind}
        className={cx('flex gap-3 py-2', !isPublic && `-mx-2 my-1 rounded-xl px-2 ${AUDIENCE_TINT[group.to.kind]}`)}
      >
        <Avatar name={group.name} size="small" className="mt-0.5" />
        <div className="min-w-0 flex-1">
          <h3 className="flex items-baseline gap-2">
            <span className="truncate text-sm font-semibold">{isSelf ? t('stage.you') : <bdi>{group.name}</bdi>}</span>
            <time dateTime={time.toISOString()} className="shrink-0 text-xs text-muted tabular-nums">
              {clockText(group.sentAtMs, i18n.language, navigator.languages)}
            </time>
          </h3>
          <AudienceMark to={group.to} className="mb-0.5" />
          <div className="mt-0.5 flex flex-col gap-0.5">
            {group.messages.map((message) => (
              <MessageView key={message.id} message={message} />
            ))}
          </div>
        </div>
      </section>
    </>
  );
}
