import { DoorOpen, LogOut, MonitorSmartphone, ShieldX } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { SessionPhase } from '../../session/state.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/StatePanel.tsx';
import { FullPage } from '../../app/FullPage.tsx';

type Reason = Extract<SessionPhase, { kind: 'ended' }>['reason'];

const ICONS: Record<Reason, ReactNode> = {
  left: <DoorOpen aria-hidden="true" />,
  replaced: <MonitorSmartphone aria-hidden="true" />,
  session_ended: <LogOut aria-hidden="true" />,
  banned: <ShieldX aria-hidden="true" />,
  removed: <ShieldX aria-hidden="true" />,
  turned_away: <ShieldX aria-hidden="true" />,
};

interface EndedProps {
  reason: Reason;
  /** What somebody said who turned one away. */
  word?: string | null | undefined;
  onRejoin(): void;
  onExit: (() => void) | undefined;
}

export function EndedView({ reason, word, onRejoin, onExit }: EndedProps) {
  const { t } = useTranslation(['room', 'common']);
  const rejoin = useRef<HTMLButtonElement>(null);
  useEffect(() => rejoin.current?.focus(), []);
  const mayRejoin = reason !== 'banned';
  return (
    <FullPage>
      <EmptyState
        level={1}
        icon={ICONS[reason]}
        title={t(`ended.${reason}.title`)}
        actions={
          <>
            {mayRejoin && (
              <Button ref={rejoin} tone="primary" size="large" onClick={onRejoin}>
                {t(reason === 'replaced' ? 'ended.takeOver' : 'ended.rejoin')}
              </Button>
            )}
            {onExit && (
              <Button size="large" onClick={onExit}>
                {t('toDashboard', { ns: 'common' })}
              </Button>
            )}
          </>
        }
      >
        <p>{t(`ended.${reason}.text`)}</p>
        {word && (
          <p className="mt-3 wrap-anywhere">
            <bdi>{t('ended.word', { word })}</bdi>
          </p>
        )}
      </EmptyState>
    </FullPage>
  );
}
