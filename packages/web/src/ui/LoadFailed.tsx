import type { ErrorCode } from '@conclave/protocol/errors';
import { ServerOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from './Button.tsx';
import { ErrorState, type StatePanelProps } from './StatePanel.tsx';

interface LoadFailedProps extends Pick<StatePanelProps, 'level' | 'className'> {
  code: ErrorCode | 'network';
  onRetry(): void;
}

/** What should be here could not be had: says why, in the words of the code, and offers to try again. */
export function LoadFailed({ code, onRetry, ...panel }: LoadFailedProps) {
  const { t } = useTranslation(['errors', 'common']);
  return (
    <ErrorState
      {...panel}
      icon={<ServerOff aria-hidden="true" />}
      title={t(`errors:${code}.title`)}
      actions={<Button onClick={onRetry}>{t('common:tryAgain')}</Button>}
    >
      {t(`errors:${code}.action`)}
    </ErrorState>
  );
}
