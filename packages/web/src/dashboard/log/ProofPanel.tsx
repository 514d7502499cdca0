import type { EventDetail, LogStatus } from '@conclave/protocol/rest/log';
import { Check, CircleHelp, Copy, Download, ShieldAlert, ShieldCheck, ShieldQuestion, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { cx } from '../../ui/cx.ts';
import { Spinner } from '../../ui/Spinner.tsx';
import { useToast } from '../../ui/Toast.tsx';
import { useReaderLocale } from './EventTime.tsx';
import { Panel } from './Panel.tsx';
import { checkProof, overall, readCheckpoint, type Outcome, type ProofChecks } from './proof.ts';

type Key = Pick<LogStatus, 'publicKey' | 'origin'>;
type Checked = { kind: 'checking' } | { kind: 'none' } | { kind: 'checked'; checks: ProofChecks };

/** Checks the event's proof in this browser and says what that means. */
export function ProofPanel({ detail, logKey, onReload }: { detail: EventDetail; logKey: Key | null; onReload(): void }) {
  const { t } = useTranslation('log');
  const checked = useChecks(detail, logKey);
  return (
    <Panel title={t('proof.title')}>
      <div role="status">
        {checked.kind === 'checking' && (
          <p className="flex items-center gap-3 py-2 text-sm text-muted">
            <Spinner />
            {t('proof.checking')}
          </p>
        )}
        {checked.kind === 'none' && <Verdict outcome="none" size={0} />}
        {checked.kind === 'checked' && <Verdict outcome={overall(checked.checks)} size={detail.proof?.size ?? 0} />}
      </div>
      {checked.kind === 'none' && (
        <Button size="small" onClick={onReload} className="mt-4">
          {t('proof.check')}
        </Button>
      )}
      {checked.kind === 'checked' && <Steps checks={checked.checks} />}
      {detail.proof && logKey && <Technical detail={detail} logKey={logKey} />}
    </Panel>
  );
}

function useChecks(detail: EventDetail, logKey: Key | null): Checked {
  const [checked, setChecked] = useState<{ of: EventDetail; checks: ProofChecks } | null>(null);
  const publicKey = logKey?.publicKey;
  const origin = logKey?.origin;
  useEffect(() => {
    if (publicKey === undefined || origin === undefined) return undefined;
    let stale = false;
    void checkProof(detail, { publicKey, origin }).then((checks) => {
      if (!stale && checks) setChecked({ of: detail, checks });
    });
    return () => {
      stale = true;
    };
  }, [detail, publicKey, origin]);
  if (!detail.proof) return { kind: 'none' };
  return checked?.of === detail ? { kind: 'checked', checks: checked.checks } : { kind: 'checking' };
}

const VERDICTS = {
  good: { title: 'proof.good', text: 'proof.goodText', sign: ShieldCheck, tone: 'bg-accent-soft text-accent-ink' },
  unknown: { title: 'proof.unsignedGood', text: 'proof.unsignedGoodText', sign: ShieldQuestion, tone: 'bg-warn-soft text-warn-ink' },
  bad: { title: 'proof.bad', text: 'proof.badText', sign: ShieldAlert, tone: 'bg-danger-soft text-danger-ink' },
  none: { title: 'proof.none', text: 'proof.noneText', sign: CircleHelp, tone: 'bg-hover text-ink' },
} as const;

function Verdict({ outcome, size }: { outcome: Outcome | 'none'; size: number }) {
  const { t } = useTranslation('log');
  const locale = useReaderLocale();
  const { title, text, sign: Sign, tone } = VERDICTS[outcome];
  return (
    <div className={cx('flex items-start gap-3 rounded-2xl px-4 py-3.5 text-sm', tone)}>
      <Sign aria-hidden="true" className="mt-0.5 size-5 shrink-0" />
      <div>
        <p className="font-semibold">{t(title)}</p>
        <p className="mt-1 max-w-2xl">{t(text, { size: size.toLocaleString(locale) })}</p>
      </div>
    </div>
  );
}

const OUTCOMES = {
  good: { sign: Check, tone: 'text-accent-ink' },
  bad: { sign: X, tone: 'text-danger-ink' },
  unknown: { sign: CircleHelp, tone: 'text-warn-ink' },
};
const STEPS = ['shown', 'leaf', 'path', 'signature'] as const satisfies (keyof ProofChecks)[];

function Steps({ checks }: { checks: ProofChecks }) {
  const { t } = useTranslation('log');
  return (
    <>
      <ul className="mt-4 flex flex-col gap-2 text-sm">
        {STEPS.map((step) => {
          const { sign: Sign, tone } = OUTCOMES[checks[step]];
          return (
            <li key={step} className="flex items-start gap-2.5">
              <Sign aria-hidden="true" className={cx('mt-0.5 size-4 shrink-0', tone)} />
              <span>
                {t(`proof.step.${step}`)}: <span className={cx('font-medium', tone)}>{t(`proof.outcome.${checks[step]}`)}</span>
              </span>
            </li>
          );
        })}
      </ul>
      <p className="mt-4 max-w-2xl text-sm text-muted">{t('proof.limits')}</p>
    </>
  );
}

function Technical({ detail, logKey }: { detail: EventDetail; logKey: Key }) {
  const { t } = useTranslation(['log', 'common']);
  const toast = useToast();
  const { proof } = detail;
  if (!proof) return null;
  const text = proofText(detail, logKey);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      toast({ text: t('log:proof.copied') });
    } catch {
      toast({ tone: 'danger', text: t('common:copyFailed') });
    }
  };
  return (
    <>
      <div className="mt-5 flex flex-wrap gap-2">
        <Button size="small" icon={<Copy aria-hidden="true" className="size-4" />} onClick={() => void copy()}>
          {t('log:proof.copy')}
        </Button>
        <Button
          size="small"
          icon={<Download aria-hidden="true" className="size-4" />}
          onClick={() => download(text, `conclave-event-${detail.view.seq}.json`)}
        >
          {t('log:proof.download')}
        </Button>
      </div>
      <details className="mt-4 text-sm">
        <summary className="cursor-pointer py-1.5 font-medium">{t('log:proof.technical')}</summary>
        <div className="mt-2 flex flex-col gap-4">
          <Code name={t('log:proof.leafHash')} text={detail.leafHash} />
          <Code
            name={t('log:proof.path', { count: proof.path.length })}
            text={proof.path.length === 0 ? t('log:proof.pathEmpty') : proof.path.join('\n')}
          />
          <Code name={t('log:proof.root')} text={readCheckpoint(proof.checkpoint)?.root ?? '–'} />
          <Code name={t('log:proof.checkpoint')} text={proof.checkpoint} />
          <Code name={t('log:proof.key')} text={logKey.publicKey} />
        </div>
      </details>
    </>
  );
}

/** Text that machines read, with a name, as it is. */
export function Code({ name, text }: { name: string; text: string }) {
  return (
    <figure className="min-w-0 text-sm">
      <figcaption className="mb-1 text-muted">{name}</figcaption>
      <pre
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached with the keyboard
        tabIndex={0}
        className="max-h-72 overflow-auto rounded-xl bg-sunken p-3 font-mono text-xs leading-5 break-all whitespace-pre-wrap"
      >
        {text}
      </pre>
    </figure>
  );
}

/** All that somebody else needs to check the event without this server. */
function proofText({ entry, leafHash, view, proof }: EventDetail, { publicKey, origin }: Key): string {
  return `${JSON.stringify({ format: 'conclave-event-proof/1', origin, publicKey, seq: view.seq, entry, leafHash, proof }, null, 2)}\n`;
}

function download(text: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
