import { useCallback, useEffect, useRef, useState } from 'react';
import type { Answer, Failure } from './api.ts';

export type Loaded<T> = { kind: 'loading' } | { kind: 'ready'; data: T } | { kind: 'failed'; failure: Failure };

export interface AnswerControl<T> {
  loaded: Loaded<T>;
  retry(): void;
  /** Changes what was loaded, after something that this page did; nothing happens before it is there. */
  update(change: (data: T) => T): void;
}

const LOADING = { kind: 'loading' } as const;

/** Loads something from the server when shown, and again when `load` changes. `load` must be stable between renders. */
export function useAnswer<T>(load: (signal: AbortSignal) => Promise<Answer<T>>): AnswerControl<T> {
  // Kept with the function that gave it: what another one gave is not shown as the answer of this one.
  const [latest, setLatest] = useState<{ load: typeof load; loaded: Loaded<T> }>({ load, loaded: LOADING });
  const running = useRef<AbortController | null>(null);
  const start = useCallback(() => {
    running.current?.abort();
    const abort = new AbortController();
    running.current = abort;
    void load(abort.signal).then((answer) => {
      if (abort.signal.aborted) return;
      setLatest({ load, loaded: answer.ok ? { kind: 'ready', data: answer.data } : { kind: 'failed', failure: answer.failure } });
    });
  }, [load]);
  useEffect(() => {
    start();
    return () => running.current?.abort();
  }, [start]);
  const retry = useCallback(() => {
    setLatest({ load, loaded: LOADING });
    start();
  }, [load, start]);
  const update = useCallback((change: (data: T) => T) => {
    setLatest((state) =>
      state.loaded.kind === 'ready' ? { ...state, loaded: { kind: 'ready', data: change(state.loaded.data) } } : state,
    );
  }, []);
  return { loaded: latest.load === load ? latest.loaded : LOADING, retry, update };
}
