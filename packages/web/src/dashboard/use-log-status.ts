import type { LogStatus } from '@conclave/protocol/rest/log';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Failure } from '../app/api.ts';
import { fetchStatus } from './log/log-api.ts';

export interface LogStatusControl {
  /** The newest that is known; null before the first answer. */
  status: LogStatus | null;
  /** Why the newest could not be had; null when it could. */
  failure: Failure | null;
  refresh(): void;
}

const INTERVAL_MS = 30_000;

/** The state of the log and how many alerts are open; asked again while the page is seen. */
export function useLogStatus(enabled: boolean): LogStatusControl {
  const [status, setStatus] = useState<LogStatus | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const running = useRef<AbortController | null>(null);
  const refresh = useCallback(() => {
    running.current?.abort();
    const abort = new AbortController();
    running.current = abort;
    void fetchStatus(abort.signal).then((answer) => {
      if (abort.signal.aborted) return;
      setFailure(answer.ok ? null : answer.failure);
      if (answer.ok) setStatus(answer.data);
    });
  }, []);
  useEffect(() => {
    if (!enabled) return undefined;
    const askIfSeen = () => {
      if (document.visibilityState === 'visible') refresh();
    };
    askIfSeen();
    const timer = setInterval(askIfSeen, INTERVAL_MS);
    document.addEventListener('visibilitychange', askIfSeen);
    return () => {
      running.current?.abort();
      clearInterval(timer);
      document.removeEventListener('visibilitychange', askIfSeen);
    };
  }, [enabled, refresh]);
  return { status, failure, refresh };
}
