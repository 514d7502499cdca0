import { DoorOpen, Lock } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../session-context.tsx';

/** The room's name and how long the meeting has lasted. */
export function RoomLabel() {
  const name = useSession((state) => state.room?.name ?? '');
  const startedAtMs = useSession((state) => state.room?.sessionStartedAtMs ?? null);
  return (
    <div className="min-w-0 pl-1">
      <h1 className="truncate text-sm font-semibold tracking-tight">{name}</h1>
      <div className="flex items-center gap-2">
        {startedAtMs !== null && <Elapsed sinceMs={startedAtMs} />}
        <DoorSigns />
      </div>
    </div>
  );
}

/** Who may not come in now is seen at a glance. */
function DoorSigns() {
  const { t } = useTranslation('room');
  const isLocked = useSession((state) => state.room?.controls.isLocked ?? false);
  const isLobbyOn = useSession((state) => state.room?.controls.isLobbyOn ?? false);
  return (
    <>
      {isLocked && (
        <span className="inline-flex items-center gap-1 text-xs font-medium whitespace-nowrap text-warn-ink">
          <Lock aria-hidden="true" className="size-3" />
          {t('moderation.locked')}
        </span>
      )}
      {isLobbyOn && (
        <span className="inline-flex items-center gap-1 text-xs font-medium whitespace-nowrap text-muted">
          <DoorOpen aria-hidden="true" className="size-3" />
          {t('moderation.lobbyOn')}
        </span>
      )}
    </>
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
