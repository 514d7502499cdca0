import { Mic, MicOff, MonitorUp, MonitorX, Video, VideoOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ControlButton } from './ControlButton.tsx';
import type { ControlButtonProps } from './ControlButton.tsx';
import { DeviceMenu } from './DeviceMenu.tsx';
import { useMediaControls } from './use-media-controls.ts';
import type { MediaControl } from './use-media-controls.ts';

/** Microphone, camera and share. `split`: with the choice of devices beside them. */
export function MediaButtons({ split, withShare }: { split: boolean; withShare: boolean }) {
  const { t } = useTranslation('room');
  const { microphone, camera, screen } = useMediaControls();
  return (
    <>
      <div className="inline-flex">
        <MediaButton
          control={microphone}
          label={t(microphone.on ? 'controls.mute' : 'controls.unmute')}
          icon={microphone.on ? <Mic aria-hidden="true" /> : <MicOff aria-hidden="true" />}
          tone={offTone(microphone)}
          shortcut="M"
          className={split ? SPLIT_CLASS : ''}
        />
        {split && <DeviceMenu kind="sound" />}
      </div>
      <div className="inline-flex">
        <MediaButton
          control={camera}
          label={t(camera.on ? 'controls.stopCamera' : 'controls.startCamera')}
          icon={camera.on ? <Video aria-hidden="true" /> : <VideoOff aria-hidden="true" />}
          tone={offTone(camera)}
          shortcut="V"
          className={split ? SPLIT_CLASS : ''}
        />
        {split && <DeviceMenu kind="camera" />}
      </div>
      {withShare && (
        <MediaButton
          control={screen}
          label={t(screen.on ? 'controls.stopShare' : 'controls.share')}
          icon={screen.on ? <MonitorX aria-hidden="true" /> : <MonitorUp aria-hidden="true" />}
          tone={screen.on ? 'active' : 'plain'}
          shortcut="S"
        />
      )}
    </>
  );
}

const SPLIT_CLASS = 'rounded-r-none! pl-1';

/** Off is shown in red, as a warning that nobody hears or sees one; what was never granted is no warning. */
const offTone = (control: MediaControl) => (control.on || control.reason !== null ? 'plain' : 'off');

function MediaButton({
  control,
  ...props
}: { control: MediaControl } & Pick<ControlButtonProps, 'label' | 'icon' | 'tone' | 'shortcut' | 'className'>) {
  return (
    <ControlButton
      {...props}
      busy={control.busy}
      reason={control.reason}
      badge={control.hasProblem && <ProblemDot />}
      onClick={control.toggle}
    />
  );
}

/** The words are in the note above the bar. */
function ProblemDot() {
  return <span aria-hidden="true" className="absolute -top-1 -right-1 size-3 rounded-full border-2 border-stage bg-warn-ink" />;
}
