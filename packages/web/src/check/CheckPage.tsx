import { CHECK_ROW_NAMES, encodeSupportCode, judgeResults } from '@conclave/protocol/support-code';
import { ArrowLeft, CircleCheck, CircleX, Copy, RotateCw, TriangleAlert } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PageHeader } from '../app/FullPage.tsx';
import { Link, useNavigation } from '../app/navigation.tsx';
import { matchRoute } from '../app/route.ts';
import { useDocumentTitle } from '../app/use-document-title.ts';
import { Button, buttonClass } from '../ui/Button.tsx';
import { cx } from '../ui/cx.ts';
import { Spinner } from '../ui/Spinner.tsx';
import { useToast } from '../ui/Toast.tsx';
import { CheckRowItem } from './CheckRowItem.tsx';
import { FRESH_CHECK, runCheck, type CheckState } from './run-check.ts';

/** Whether this browser, this device and this network are fit for a meeting. Open to everybody; it begins by itself. */
export function CheckPage() {
  const { t } = useTranslation('check');
  const { search } = useNavigation();
  const { state, again } = useCheck();
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
        <Summary state={state} />
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

/** Runs at once, and again when asked. */
function useCheck(): { state: CheckState; again(): void } {
  const [state, setState] = useState(FRESH_CHECK);
  const running = useRef(new AbortController());
  useEffect(() => {
    running.current = new AbortController();
    void runCheck(setState, running.current.signal);
    return () => running.current.abort();
  }, []);
  const again = () => {
    running.current.abort();
    running.current = new AbortController();
    setState(FRESH_CHECK);
    void runCheck(setState, running.current.signal);
  };
  return { state, again };
}

const VERDICTS = {
  good: { Icon: CircleCheck, className: 'bg-accent-soft text-accent-ink' },
  limited: { Icon: TriangleAlert, className: 'bg-warn-soft text-warn-ink' },
  blocked: { Icon: CircleX, className: 'bg-danger-soft text-danger-ink' },
} as const;

/** How far it is, then what it comes to. Said by screen readers when it changes from one to the other. */
function Summary({ state: { results, pending } }: { state: CheckState }) {
  const { t } = useTranslation('check');
  const isDone = pending.size === 0;
  const total = CHECK_ROW_NAMES.length;
  const verdict = judgeResults(results);
  const { Icon, className } = VERDICTS[verdict];
  return (
    <div className={cx('mt-6 rounded-3xl px-5 py-4', isDone ? className : 'bg-sunken text-ink')}>
      <div role="status" className="flex items-start gap-3">
        {isDone ? <Icon aria-hidden="true" className="mt-0.5 size-6 shrink-0" /> : <Spinner className="mt-0.5 size-6 shrink-0" />}
        <div className="min-w-0">
          <p className="text-lg font-semibold">{isDone ? t(`verdict.${verdict}.title`) : t('running')}</p>
          <p className="mt-0.5 text-sm">{isDone ? t(`verdict.${verdict}.text`) : t('runningText')}</p>
        </div>
      </div>
      {!isDone && (
        <progress
          aria-label={t('progress')}
          value={total - pending.size}
          max={total}
          className="mt-3 h-1.5 w-full appearance-none overflow-hidden rounded-full bg-line [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-line [&::-webkit-progress-value]:bg-accent"
        />
      )}
    </div>
  );
}

function SupportCode({ code }: { code: string }) {
  const { t } = useTranslation(['check', 'common']);
  const toast = useToast();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(code);
      toast({ text: t('common:copied') });
    } catch {
      toast({ tone: 'danger', text: t('common:copyFailed') });
    }
  };
  return (
    <section aria-labelledby="support-code" className="mt-6 rounded-3xl border border-line bg-surface px-5 py-4 sm:px-6">
      <h2 id="support-code" className="font-medium">
        {t('check:code')}
      </h2>
      <div className="mt-2 flex flex-wrap items-center gap-x-4 gap-y-2">
        <p className="font-mono text-xl font-semibold tracking-wide select-all">{code}</p>
        <Button size="small" icon={<Copy aria-hidden="true" className="size-4" />} onClick={() => void copy()}>
          {t('common:copy')}
        </Button>
      </div>
      <p className="mt-2 text-sm text-muted">{t('check:codeText')}</p>
    </section>
  );
}

/** The room that one came from. */
function roomIn(search: string): string | null {
  const room = new URLSearchParams(search).get('room');
  return room !== null && matchRoute(`/${room}`).name === 'room' ? room : null;
}
