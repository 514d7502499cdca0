import type { ErrorCode } from '@conclave/protocol/errors';
import { CloudOff, TriangleAlert } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { CheckButton } from '../../check/CheckLink.tsx';
import { CheckAfterFailure } from '../../check/CheckAfterFailure.tsx';
import { Button } from '../../ui/Button.tsx';
import { ErrorState } from '../../ui/StatePanel.tsx';
import { FullPage } from '../../app/FullPage.tsx';

/** The room was not reached, or was lost for good: what happened, what to do, and a code that support can use; without a connection that is the one of the check. */
export function FailedView({ code, onRetry, onExit }: { code: ErrorCode | 'network'; onRetry(): void; onExit: (() => void) | undefined }) {
  const { t } = useTranslation(['room', 'errors', 'common']);
  const retry = useRef<HTMLButtonElement>(null);
  useEffect(() => retry.current?.focus(), []);
  return (
    <FullPage>
      <ErrorState
        level={1}
        icon={code === 'network' ? <CloudOff aria-hidden="true" /> : <TriangleAlert aria-hidden="true" />}
        title={t(`${code}.title`, { ns: 'errors' })}
        actions={
          <>
            <Button ref={retry} tone="primary" size="large" onClick={onRetry}>
              {t('failed.retry')}
            </Button>
            {code === 'network' && <CheckButton size="large" leaves />}
            {onExit && (
              <Button size="large" onClick={onExit}>
                {t('toDashboard', { ns: 'common' })}
              </Button>
            )}
          </>
        }
      >
        <p>{t(`${code}.action`, { ns: 'errors' })}</p>
        {code !== 'network' && <p className="mt-3 text-sm text-faint">{t('failed.code', { code })}</p>}
      </ErrorState>
      {code === 'network' && <CheckAfterFailure />}
    </FullPage>
  );
}
