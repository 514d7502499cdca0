import { Eye, EyeOff, Maximize2, Minimize2, MonitorUp, Volume2, WifiOff } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { CheckButton } from '../../check/CheckLink.tsx';
import { Button } from '../../ui/Button.tsx';
import { cx } from '../../ui/cx.ts';
import { Spinner } from '../../ui/Spinner.tsx';
import { screenKey } from '../layout/stage-tiles.ts';
import { useCommands, useSession } from '../session-context.tsx';
import { useView, useViewActions } from '../view-context.tsx';

/** After so long without sound and picture it is for the network, not for patience. */
const STUCK_MS = 8_000;

/** What the person must know now, above the stage and never over it. */
export function Notices() {
  const phase = useSession((state) => state.phase);
  const mediaPath = useSession((state) => state.mediaPath);
  const isStuck = useLasting(mediaPath === 'connecting' || mediaPath === 'recovering', STUCK_MS);
  const blocked = useSession((state) => state.playbackBlocked);
  const sharing = useSession((state) => state.local.screen.on);
  return (
    <div className="flex flex-col gap-2 empty:hidden">
      {phase.kind === 'reconnecting' && <Reconnecting attempt={phase.attempt} />}
      {phase.kind === 'joined' && (mediaPath === 'recovering' || isStuck) && <Recovering isStuck={isStuck} />}
      {blocked && <PlaybackBlocked />}
      {sharing && <Sharing />}
    </div>
  );
}

function Notice({ tone, icon, action, children }: { tone: 'warn' | 'accent'; icon: ReactNode; action?: ReactNode; children: ReactNode }) {
  return (
    <div
      role="status"
      className={cx(
        'flex min-h-12 animate-appear flex-wrap items-center gap-x-3 gap-y-1 rounded-2xl py-1.5 pr-2 pl-4 text-sm [&>svg]:size-4.5 [&>svg]:shrink-0',
        tone === 'warn' ? 'bg-warn-soft text-warn-ink' : 'bg-accent-soft text-accent-ink',
      )}
    >
      {icon}
      <div className="min-w-40 flex-1 py-1">{children}</div>
      {action !== undefined && <div className="flex items-center gap-1">{action}</div>}
    </div>
  );
}

function Reconnecting({ attempt }: { attempt: number }) {
  const { t } = useTranslation('room');
  return (
    <Notice tone="warn" icon={<WifiOff aria-hidden="true" />} action={<Spinner className="mr-2" />}>
      <p className="font-semibold">{t('states.reconnecting')}</p>
      <p>
        {t('states.reconnectingDetail')}
        {attempt > 2 && ` ${t('states.reconnectingAttempt', { attempt })}`}
      </p>
    </Notice>
  );
}

/** True once something has been so for a while without a break. */
function useLasting(isSo: boolean, afterMs: number): boolean {
  const [lasts, setLasts] = useState(false);
  useEffect(() => {
    if (!isSo) return undefined;
    const timer = setTimeout(() => setLasts(true), afterMs);
    return () => {
      clearTimeout(timer);
      setLasts(false);
    };
  }, [isSo, afterMs]);
  return lasts;
}

function Recovering({ isStuck }: { isStuck: boolean }) {
  const { t } = useTranslation('room');
  return (
    <Notice tone="warn" icon={<Spinner />} {...(isStuck && { action: <CheckButton size="small" /> })}>
      <p className="font-semibold">{t(isStuck ? 'states.stuck' : 'states.recovering')}</p>
      {isStuck && <p>{t('states.stuckDetail')}</p>}
    </Notice>
  );
}

function PlaybackBlocked() {
  const { t } = useTranslation('room');
  const { unblockPlayback } = useCommands();
  return (
    <Notice
      tone="accent"
      icon={<Volume2 aria-hidden="true" />}
      action={
        <Button tone="primary" size="small" onClick={() => void unblockPlayback()}>
          {t('states.playbackButton')}
        </Button>
      }
    >
      <p className="font-semibold">{t('states.playbackTitle')}</p>
    </Notice>
  );
}

/** The unmistakable sign that one is sharing, and the way to the preview of what others see. */
function Sharing() {
  const { t } = useTranslation('room');
  const shown = useView((view) => view.sharePreview);
  const selfId = useSession((state) => state.self?.participantId ?? '');
  const large = useView((view) => view.pinned === screenKey(selfId));
  const { setSharePreview, togglePin } = useViewActions();
  return (
    <Notice
      tone="accent"
      icon={<MonitorUp aria-hidden="true" />}
      action={
        <>
          <Button
            tone="ghost"
            size="small"
            className="text-accent-ink! hover:bg-transparent! hover:underline"
            aria-pressed={large}
            icon={large ? <Minimize2 aria-hidden="true" className="size-4" /> : <Maximize2 aria-hidden="true" className="size-4" />}
            onClick={() => togglePin(screenKey(selfId))}
          >
            {t(large ? 'sharing.shrink' : 'sharing.enlarge')}
          </Button>
          <Button
            tone="ghost"
            size="small"
            className="text-accent-ink! hover:bg-transparent! hover:underline"
            disabled={large}
            icon={shown ? <EyeOff aria-hidden="true" className="size-4" /> : <Eye aria-hidden="true" className="size-4" />}
            onClick={() => setSharePreview(!shown)}
          >
            {t(shown ? 'sharing.hidePreview' : 'sharing.showPreview')}
          </Button>
        </>
      }
    >
      <p className="font-semibold">{t('sharing.notice')}</p>
      <p className="max-sm:hidden">{t('sharing.noticeDetail')}</p>
    </Notice>
  );
}
