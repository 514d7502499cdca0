import type { ChatMessageView, ChatReaction } from '@conclave/protocol/signalling/views';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { cx } from '../../ui/cx.ts';
import { Tooltip } from '../../ui/Tooltip.tsx';
import { useCommands, useSession } from '../session-context.tsx';

/** Who is named before the rest is counted. */
const NAMED = 5;

/** The reactions under a message; a press puts one's own or takes it back. */
export function Reactions({ message }: { message: ChatMessageView }) {
  if (message.reactions.length === 0) return null;
  return (
    <ul className="flex flex-wrap gap-1 pt-0.5">
      {message.reactions.map((reaction) => (
        <li key={reaction.emoji}>
          <Reaction messageId={message.id} reaction={reaction} />
        </li>
      ))}
    </ul>
  );
}

function Reaction({ messageId, reaction }: { messageId: ChatMessageView['id']; reaction: ChatReaction }) {
  const { t } = useTranslation('room');
  const { react } = useCommands();
  const { emoji, participantIds } = reaction;
  const isOwn = useSession(({ self }) => self !== null && participantIds.includes(self.participantId));
  const mayReact = useSession((state) => state.self?.permissions.includes('chat_reactions') ?? false);
  const names = useSession(
    useShallow(({ participants, self }) => namesOf(participantIds, participants, self?.participantId, t('stage.you'))),
  );
  const rest = participantIds.length - names.length;
  const who = rest > 0 ? [...names, t('chat.others', { count: rest })] : names;
  const label = t('chat.reactions', { emoji, names: who.join(', ') });
  return (
    <Tooltip text={label}>
      <button
        type="button"
        aria-label={label}
        aria-pressed={isOwn}
        aria-disabled={!mayReact || undefined}
        onClick={() => mayReact && void react(messageId, emoji, !isOwn)}
        className={cx(
          'inline-flex h-7 items-center gap-1.5 rounded-full border px-2 text-sm tabular-nums pointer-coarse:h-9 pointer-coarse:px-3',
          isOwn ? 'border-accent bg-accent-soft text-accent-ink' : 'border-line bg-surface text-muted hover:bg-hover',
        )}
      >
        <span aria-hidden="true">{emoji}</span>
        <span aria-hidden="true" className="text-xs font-medium">
          {participantIds.length}
        </span>
      </button>
    </Tooltip>
  );
}

function namesOf(
  ids: readonly string[],
  participants: Readonly<Record<string, { name: string }>>,
  selfId: string | undefined,
  you: string,
): string[] {
  return ids.flatMap((id) => (id === selfId ? [you] : (participants[id]?.name ?? []))).slice(0, NAMED);
}
