import { useEffect, useState } from 'react';
import { useSession } from '../session-context.tsx';

/** The room's name and how long the meeting has lasted. */
export function RoomLabel() {
  const name = useSession((state) => state.room?.name ?? '');
  const startedAtMs = useSession((state) => state.room?.sessionStartedAtMs ?? null);
  return (
    <div className="min-w-0 pl-1">
      <h1 className="truncate text-sm font-semibold tracking-tight">{name}</h1>
      {startedAtMs !== null && <Elapsed sinceMs={startedAtMs} />}
    </div>
  );
}

export function formatElapsed(elapsedMs: number): string {
  const totalS = Math.max(0, Math.floor(elapsedMs / 1000));
  const parts = [Math.floor(totalS / 3600), Math.floor(totalS / 60) % 60, totalS % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}

function Elapsed({ sinceMs }: { sinceMs: number }) {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  // The server's clock may differ from this one; a meeting never lasts less than nothing.
  return <p className="text-xs text-muted tabular-nums">{formatElapsed(nowMs - sinceMs)}</p>;
}
