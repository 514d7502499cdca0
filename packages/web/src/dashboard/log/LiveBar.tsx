import { ArrowUp, Pause, Play } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { cx } from '../../ui/cx.ts';
import type { LiveState } from './use-live.ts';

export type Following = LiveState | 'paused' | 'not-possible';

interface LiveBarProps {
  following: Following;
  /** How many new events wait to be shown. */
  waiting: number;
  /** How many came since the page was opened. */
  arrivedCount: number;
  onPause(): void;
  onShow(): void;
}

const WORDS = {
  connecting: 'live.connecting',
  on: 'live.on',
  lost: 'live.lost',
  paused: 'live.paused',
  'not-possible': 'live.notPossible',
} as const;

/** Whether new events arrive, a way to stop that, and those that wait. */
export function LiveBar({ following, waiting, arrivedCount, onPause, onShow }: LiveBarProps) {
  const { t } = useTranslation('log');
  return (
    <div className="mb-3 flex min-h-11 flex-wrap items-center justify-end gap-x-3 gap-y-2">
      <Arrivals count={arrivedCount} />
      {waiting > 0 && (
        <Button
          tone="primary"
          size="small"
          icon={<ArrowUp aria-hidden="true" className="size-4" />}
          onClick={onShow}
          className="fixed top-20 left-1/2 z-9 -translate-x-1/2 animate-rise rounded-full! shadow-overlay max-sm:top-32"
        >
          {t('live.show', { count: waiting })}
        </Button>
      )}
      <span className={cx('inline-flex items-center gap-2 text-sm', following === 'lost' ? 'text-warn-ink' : 'text-muted')}>
        <span
          aria-hidden="true"
          className={cx('size-2 rounded-full', following === 'on' ? 'animate-pulse bg-accent' : 'border border-line-strong')}
        />
        {t(WORDS[following])}
      </span>
      {following !== 'not-possible' && (
        <Button
          tone="ghost"
          size="small"
          icon={following === 'paused' ? <Play aria-hidden="true" className="size-4" /> : <Pause aria-hidden="true" className="size-4" />}
          onClick={onPause}
        >
          {t(following === 'paused' ? 'live.resume' : 'live.pause')}
        </Button>
      )}
    </div>
  );
}

/** How often a screen reader is told, at most. */
const CALM_MS = 5_000;

/** Says now and then how many events came; never which, as the list itself says that. */
function Arrivals({ count }: { count: number }) {
  const { t } = useTranslation('log');
  const [said, setSaid] = useState('');
  const newest = useRef(count);
  useEffect(() => {
    newest.current = count;
  });
  useEffect(() => {
    let told = newest.current;
    const timer = setInterval(() => {
      if (newest.current > told) setSaid(t('live.arrived', { count: newest.current - told }));
      told = newest.current;
    }, CALM_MS);
    return () => clearInterval(timer);
  }, [t]);
  return (
    <p role="status" className="sr-only">
      {said}
    </p>
  );
}
