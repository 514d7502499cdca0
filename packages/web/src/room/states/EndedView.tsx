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
};

export function EndedView({ reason, onRejoin, onExit }: { reason: Reason; onRejoin(): void; onExit: (() => void) | undefined }) {
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
      </EmptyState>
    </FullPage>
  );
}
