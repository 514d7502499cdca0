import { Check } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { SessionPhase } from '../../session/state.ts';
import { cx } from '../../ui/cx.ts';
import { Spinner } from '../../ui/Spinner.tsx';
import { useSession } from '../session-context.tsx';
import { FullPage } from '../../app/FullPage.tsx';

type Step = Extract<SessionPhase, { kind: 'joining' }>['step'];
const STEPS: readonly Step[] = ['ticket', 'signalling', 'media'];

export function JoiningView({ step }: { step: Step }) {
  const { t } = useTranslation('room');
  const room = useSession((state) => state.room?.name ?? null);
  const current = STEPS.indexOf(step);
  return (
    <FullPage>
      <Spinner className="size-9 text-accent-ink" />
      <h1 className="mt-6 text-center text-2xl font-semibold tracking-tight">
        {room === null ? t('states.joiningPlain') : t('states.joining', { room })}
      </h1>
      <ol aria-live="polite" className="mt-6 flex w-fit flex-col gap-3">
        {STEPS.map((name, index) => (
          <li
            key={name}
            aria-current={index === current ? 'step' : undefined}
            className={cx('flex items-center gap-3 text-sm transition-colors', index === current ? 'font-medium text-ink' : 'text-muted')}
          >
            <span className="inline-flex size-5 items-center justify-center">
              {index < current ? (
                <Check aria-hidden="true" className="size-4 text-accent-ink" />
              ) : (
                <span aria-hidden="true" className={cx('size-2 rounded-full', index === current ? 'bg-accent' : 'bg-line-strong')} />
              )}
            </span>
            {t(`states.step.${name}`)}
          </li>
        ))}
      </ol>
    </FullPage>
  );
}
