import { LogOut, MessageSquare, Mic, MicOff, MonitorUp, MonitorX, Users, Video, VideoOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { cx } from '../../ui/cx.ts';
import { useCommands, useSession } from '../session-context.tsx';
import { useView, useViewActions } from '../view-context.tsx';
import type { RoomPanel } from '../view-state.ts';
import { ControlButton } from './ControlButton.tsx';
import { DeviceMenu } from './DeviceMenu.tsx';
import { MoreMenu } from './MoreMenu.tsx';
import { ProblemNotes } from './ProblemNotes.tsx';
import { RoomLabel } from './RoomLabel.tsx';
import { useMediaControls } from './use-media-controls.ts';
import { ViewSwitch } from './ViewSwitch.tsx';

/** Everything one can do, in one row. On a phone what is used less is in the menu. */
export function ControlBar({ compact }: { compact: boolean }) {
  const { t } = useTranslation('room');
  const { leave } = useCommands();
  return (
    <footer className={cx('relative shrink-0 px-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]', compact ? 'pt-2' : 'pt-3')}>
      <ProblemNotes />
      <div
        role="group"
        aria-label={t('controls.label')}
        className={compact ? 'flex items-center justify-between gap-1.5' : 'grid grid-cols-[1fr_auto_1fr] items-center gap-3'}
      >
        {!compact && <RoomLabel />}
        <div className={compact ? 'contents' : 'flex items-center gap-2'}>
          <MediaButtons compact={compact} />
          {compact && <PanelButton panel="chat" />}
          <MoreMenu compact={compact} />
          <ControlButton
            label={t('controls.leave')}
            icon={<LogOut aria-hidden="true" />}
            tone="leave"
            {...(compact ? {} : { text: t('controls.leave') })}
            onClick={() => void leave()}
          />
        </div>
        {!compact && (
          <div className="flex items-center justify-end gap-2">
            <ViewSwitch />
            <PanelButton panel="participants" />
            <PanelButton panel="chat" />
          </div>
        )}
      </div>
    </footer>
  );
}

function MediaButtons({ compact }: { compact: boolean }) {
  const { t } = useTranslation('room');
  const { microphone, camera, screen } = useMediaControls();
  const split = !compact;
  return (
    <>
      <div className="inline-flex">
        <ControlButton
          label={t(microphone.on ? 'controls.mute' : 'controls.unmute')}
          icon={microphone.on ? <Mic aria-hidden="true" /> : <MicOff aria-hidden="true" />}
          tone={microphone.on || microphone.reason !== null ? 'plain' : 'off'}
          shortcut="M"
          busy={microphone.busy}
          reason={microphone.reason}
          badge={microphone.hasProblem && <ProblemDot />}
          onClick={microphone.toggle}
          className={split ? 'rounded-r-none! pl-1' : ''}
        />
        {split && <DeviceMenu kind="sound" />}
      </div>
      <div className="inline-flex">
        <ControlButton
          label={t(camera.on ? 'controls.stopCamera' : 'controls.startCamera')}
          icon={camera.on ? <Video aria-hidden="true" /> : <VideoOff aria-hidden="true" />}
          tone={camera.on || camera.reason !== null ? 'plain' : 'off'}
          shortcut="V"
          busy={camera.busy}
          reason={camera.reason}
          badge={camera.hasProblem && <ProblemDot />}
          onClick={camera.toggle}
          className={split ? 'rounded-r-none! pl-1' : ''}
        />
        {split && <DeviceMenu kind="camera" />}
      </div>
      {!compact && (
        <ControlButton
          label={t(screen.on ? 'controls.stopShare' : 'controls.share')}
          icon={screen.on ? <MonitorX aria-hidden="true" /> : <MonitorUp aria-hidden="true" />}
          tone={screen.on ? 'active' : 'plain'}
          shortcut="S"
          busy={screen.busy}
          reason={screen.reason}
          badge={screen.hasProblem && <ProblemDot />}
          onClick={screen.toggle}
        />
      )}
    </>
  );
}

/** The words are in the note above the bar. */
function ProblemDot() {
  return <span aria-hidden="true" className="absolute -top-1 -right-1 size-3 rounded-full border-2 border-stage bg-warn-ink" />;
}

function PanelButton({ panel }: { panel: RoomPanel }) {
  const { t } = useTranslation('room');
  const { togglePanel } = useViewActions();
  const open = useView((view) => view.panel === panel);
  const unread = useSession((state) => state.unread);
  const people = useSession((state) => state.order.length);
  const isChat = panel === 'chat';
  const count = isChat ? unread : people;
  return (
    <ControlButton
      label={t(isChat ? 'controls.chat' : 'controls.participants')}
      icon={isChat ? <MessageSquare aria-hidden="true" /> : <Users aria-hidden="true" />}
      tone="plain"
      shortcut={isChat ? 'C' : 'P'}
      aria-expanded={open}
      data-panel-button={panel}
      detail={count > 0 ? t(isChat ? 'controls.unread' : 'controls.people', { count }) : undefined}
      badge={count > 0 && <CountBadge count={count} accent={isChat} />}
      onClick={() => togglePanel(panel)}
      className={open ? 'bg-accent-soft! text-accent-ink!' : ''}
    />
  );
}

function CountBadge({ count, accent }: { count: number; accent: boolean }) {
  return (
    <span
      aria-hidden="true"
      className={cx(
        'absolute -top-1.5 -right-1.5 inline-flex h-5 min-w-5 items-center justify-center rounded-full border-2 border-stage px-1 text-[0.6875rem] leading-none font-semibold tabular-nums',
        accent ? 'bg-accent text-on-accent' : 'bg-hover text-ink',
      )}
    >
      {count > 99 ? '99+' : count}
    </span>
  );
}
