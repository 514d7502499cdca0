import { ChevronUp } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Menu, MenuRadioGroup, MenuSeparator } from '../../ui/Menu.tsx';
import { useCommands, useSession } from '../session-context.tsx';
import { chosenValue, deviceOptions, useDevices } from './use-devices.ts';

/** The small half of a split button: which microphone and speaker, or which camera. */
export function DeviceMenu({ kind }: { kind: 'sound' | 'camera' }) {
  const { t } = useTranslation('room');
  return (
    <Menu
      side="top"
      align="center"
      trigger={
        <button
          type="button"
          aria-label={t(kind === 'sound' ? 'controls.microphoneOptions' : 'controls.cameraOptions')}
          className="inline-flex h-12 w-7 items-center justify-center rounded-r-2xl border border-l-0 border-line bg-raised text-muted transition-colors hover:bg-hover hover:text-ink"
        >
          <ChevronUp aria-hidden="true" className="size-4" />
        </button>
      }
    >
      {kind === 'sound' ? <SoundChoices /> : <CameraChoices />}
    </Menu>
  );
}

function SoundChoices() {
  const { t } = useTranslation('room');
  const { selectDevices } = useCommands();
  const chosen = useSession((state) => state.devices);
  const { microphones, speakers } = useDevices();
  return (
    <>
      <MenuRadioGroup
        label={t('controls.microphone')}
        value={chosenValue(microphones, chosen.microphoneId)}
        options={deviceOptions(microphones, t('controls.systemDefault'), t('controls.microphone'))}
        onChange={(id) => void selectDevices({ microphoneId: id || null })}
      />
      {speakers.length > 0 && (
        <>
          <MenuSeparator />
          <MenuRadioGroup
            label={t('controls.speaker')}
            value={chosenValue(speakers, chosen.speakerId)}
            options={deviceOptions(speakers, t('controls.systemDefault'), t('controls.speaker'))}
            onChange={(id) => void selectDevices({ speakerId: id || null })}
          />
        </>
      )}
    </>
  );
}

function CameraChoices() {
  const { t } = useTranslation('room');
  const { selectDevices } = useCommands();
  const chosen = useSession((state) => state.devices);
  const { cameras } = useDevices();
  return (
    <MenuRadioGroup
      label={t('controls.camera')}
      value={chosenValue(cameras, chosen.cameraId)}
      options={deviceOptions(cameras, t('controls.systemDefault'), t('controls.camera'))}
      onChange={(id) => void selectDevices({ cameraId: id || null })}
    />
  );
}
