import type { EventCategory } from '@conclave/protocol/events/event';
import { Settings2, ShieldHalf, Users } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { cx } from '../../ui/cx.ts';

const SIGNS = { session: Users, security: ShieldHalf, administration: Settings2 };

/** The sign of a category, with its name for those who cannot see it. */
export function CategorySign({ category, refused = false }: { category: EventCategory; refused?: boolean }) {
  const { t } = useTranslation('log');
  const Sign = SIGNS[category];
  return (
    <span
      title={t(`category.${category}`)}
      className={cx(
        'inline-flex size-9 shrink-0 items-center justify-center rounded-xl',
        refused ? 'bg-danger-soft text-danger-ink' : 'bg-hover text-muted',
      )}
    >
      <Sign aria-hidden="true" className="size-4.5" />
      <span className="sr-only">{t(`category.${category}`)}</span>
    </span>
  );
}
