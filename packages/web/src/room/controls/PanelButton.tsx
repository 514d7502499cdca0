import { MessageSquare, Users } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { cx } from '../../ui/cx.ts';
import { useSession } from '../session-context.tsx';
import { useView, useViewActions } from '../view-context.tsx';
import type { RoomPanel } from '../view-state.ts';
import { ControlButton } from './ControlButton.tsx';

/** Opens and closes a panel, and counts what is in it. */
export function PanelButton({ panel }: { panel: RoomPanel }) {
  const { t } = useTranslation('room');
  const { togglePanel } = useViewActions();
  const open = useView((view) => view.panel === panel);
  const unread = useSession((state) => state.unread);
  const people = useSession((state) => state.order.length);
  const waiting = useSession((state) => state.lobby.length);
  const isChat = panel === 'chat';
  const isDoor = !isChat && waiting > 0;
  const count = isChat ? unread : isDoor ? waiting : people;
  return (
    <ControlButton
      label={t(isChat ? 'controls.chat' : 'controls.participants')}
      icon={isChat ? <MessageSquare aria-hidden="true" /> : <Users aria-hidden="true" />}
      shortcut={isChat ? 'C' : 'P'}
      aria-expanded={open}
      data-panel-button={panel}
      detail={count > 0 ? t(isChat ? 'controls.unread' : isDoor ? 'lobby.card' : 'controls.people', { count }) : undefined}
      badge={count > 0 && <CountBadge count={count} accent={isChat || isDoor} />}
      onClick={() => togglePanel(panel)}
      className={open ? 'bg-accent-soft! text-accent-ink!' : ''}
    />
  );
}

function CountBadge({ count, accent }: { count: number; accent: boolean }) {
  return (
    <span
      aria-hidden="true"
      className={cx(
        'absolute -top-1.5 -right-1.5 inline-flex h-5 min-w-5 items-center justify-center rounded-full border-2 border-stage px-1 text-[0.6875rem] leading-none font-semibold tabular-nums',
        accent ? 'bg-accent text-on-accent' : 'bg-tile text-ink',
      )}
    >
      {count > 99 ? '99+' : count}
    </span>
  );
}
