import { useEffect, useState } from 'react';

const STEP_MS = 15_000;

/** The time in milliseconds, good enough for “3 minutes ago” and for which day is today. */
export function useNow(): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), STEP_MS);
    return () => clearInterval(timer);
  }, []);
  return nowMs;
}
