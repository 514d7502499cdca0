import { CHECK_ROW_NAMES, encodeSupportCode } from '@conclave/protocol/support-code';
import { ArrowLeft, RotateCw } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { PageHeader } from '../app/FullPage.tsx';
import { Link, useNavigation } from '../app/navigation.tsx';
import { matchRoute } from '../app/route.ts';
import { useDocumentTitle } from '../app/use-document-title.ts';
import { Button, buttonClass } from '../ui/Button.tsx';
import { CheckRowItem } from './CheckRowItem.tsx';
import { CheckSummary } from './CheckSummary.tsx';
import { SupportCode } from './SupportCode.tsx';
import { useCheck } from './use-check.ts';

/** Whether this browser, this device and this network are fit for a meeting. Open to everybody; it begins by itself. */
export function CheckPage() {
  const { t } = useTranslation('check');
  const { search } = useNavigation();
  const { state, again } = useCheck({ withDevices: true });
  useDocumentTitle(t('title'));
  const isDone = state.pending.size === 0;
  const room = roomIn(search);
  return (
    <div className="flex min-h-dvh flex-col">
      <PageHeader />
      <main className="mx-auto w-full max-w-3xl px-4 pt-4 pb-20 sm:px-6">
        {room !== null && (
          <Link
            to={`/${room}`}
            className="mb-4 inline-flex items-center gap-1.5 py-1 text-sm font-medium text-accent-ink underline-offset-4 hover:underline"
          >
            <ArrowLeft aria-hidden="true" className="size-4" />
            {t('backToMeeting')}
          </Link>
        )}
        <h1 className="text-3xl font-semibold tracking-tight">{t('title')}</h1>
        <p className="mt-3 text-muted">{t('lead')}</p>
        <CheckSummary state={state} runningText={t('runningText')} />
        <ul aria-label={t('results')} className="mt-6 divide-y divide-line rounded-3xl border border-line bg-surface px-5 sm:px-6">
          {CHECK_ROW_NAMES.map((row) => (
            <CheckRowItem key={row} row={row} state={state} />
          ))}
        </ul>
        {isDone && <SupportCode code={encodeSupportCode(state.results)} />}
        <div className="mt-8 flex flex-wrap gap-3">
          <Button icon={<RotateCw aria-hidden="true" className="size-4" />} busy={!isDone} onClick={again}>
            {t('again')}
          </Button>
          {room !== null && isDone && (
            <Link to={`/${room}`} className={buttonClass('primary')}>
              {t('backToMeeting')}
            </Link>
          )}
        </div>
        <p className="mt-8 text-sm text-muted">{t('privacy')}</p>
      </main>
    </div>
  );
}

/** The room that one came from. */
function roomIn(search: string): string | null {
  const room = new URLSearchParams(search).get('room');
  return room !== null && matchRoute(`/${room}`).name === 'room' ? room : null;
}
