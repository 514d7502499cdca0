import type { EventView } from '@conclave/protocol/rest/log';
import { Ban } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Badge } from '../../ui/Badge.tsx';

/** How often the same refusal happened; 1 for all else. */
export function timesOf({ data }: Pick<EventView, 'data'>): number {
  const { count } = data;
  return typeof count === 'number' ? count : 1;
}

/** Why something was refused, in words and with a sign. Nothing for what was done. */
export function ResultBadge({ event }: { event: EventView }) {
  const { t } = useTranslation('log');
  if (event.result === 'done') return null;
  const times = event.name === 'request.refused' ? timesOf(event) : 1;
  return (
    <Badge tone="danger" icon={<Ban aria-hidden="true" />} className="max-w-full">
      <span className="truncate">
        <span className="sr-only">{t('refusedWith', { why: '' })}</span>
        {t(`result.${event.result}`)}
      </span>
      {times > 1 && (
        <>
          <span aria-hidden="true">×{times}</span>
          <span className="sr-only">{t('times', { count: times })}</span>
        </>
      )}
    </Badge>
  );
}
