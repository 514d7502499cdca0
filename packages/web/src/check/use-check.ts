import { useEffect, useRef, useState } from 'react';
import { FRESH_CHECK, runCheck, type CheckState } from './run-check.ts';

/** Runs at once, and again when asked. */
export function useCheck({ withDevices }: { withDevices: boolean }): { state: CheckState; again(): void } {
  const [state, setState] = useState(FRESH_CHECK);
  const running = useRef(new AbortController());
  useEffect(() => {
    running.current = new AbortController();
    void runCheck(setState, { signal: running.current.signal, withDevices });
    return () => running.current.abort();
  }, [withDevices]);
  const again = () => {
    running.current.abort();
    running.current = new AbortController();
    setState(FRESH_CHECK);
    void runCheck(setState, { signal: running.current.signal, withDevices });
  };
  return { state, again };
}
