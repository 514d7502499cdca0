import { TriangleAlert, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DeviceProblem } from '../../session/state.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { useSession } from '../session-context.tsx';
import type { ControlSource } from './availability.ts';

const SOURCES: readonly ControlSource[] = ['microphone', 'camera', 'screen'];

/** What is wrong with a device and what to do, just above the controls; gone when dismissed, until it is another problem. */
export function ProblemNotes() {
  const local = useSession((state) => state.local);
  const [dismissed, setDismissed] = useState<Partial<Record<ControlSource, DeviceProblem>>>({});
  const shown = SOURCES.flatMap((source) => {
    const { problem } = local[source];
    return problem !== null && dismissed[source] !== problem ? [{ source, problem }] : [];
  });
  return (
    <div role="status" className="pointer-events-none absolute inset-x-3 bottom-full z-20 mb-2 flex flex-col items-center gap-2">
      {shown.map(({ source, problem }) => (
        <Note
          key={source}
          source={source}
          problem={problem}
          onDismiss={() => setDismissed((before) => ({ ...before, [source]: problem }))}
        />
      ))}
    </div>
  );
}

function Note({ source, problem, onDismiss }: { source: ControlSource; problem: DeviceProblem; onDismiss(): void }) {
  const { t } = useTranslation('room');
  return (
    <div className="pointer-events-auto flex max-w-lg animate-rise items-start gap-3 rounded-2xl bg-warn-soft py-2 pr-2 pl-4 text-sm text-warn-ink shadow-raised">
      <TriangleAlert aria-hidden="true" className="mt-2 size-4.5 shrink-0" />
      <p className="min-w-0 flex-1 py-1.5">{t(`problems.${source}.${problem}`)}</p>
      <IconButton
        label={t('problems.dismiss')}
        icon={<X aria-hidden="true" />}
        size="small"
        tooltip={false}
        onClick={onDismiss}
        className="text-warn-ink! hover:bg-transparent!"
      />
    </div>
  );
}
