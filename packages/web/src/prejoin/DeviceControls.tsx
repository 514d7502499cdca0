import { Mic, Video, Volume2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { testSpeaker } from '../session/test-speaker.ts';
import type { DeviceInfo } from '../session/devices.ts';
import type { DeviceChoice } from '../session/state.ts';
import { Button } from '../ui/Button.tsx';
import { Select } from '../ui/Select.tsx';
import { useToast } from '../ui/Toast.tsx';
import { LevelBar } from './LevelBar.tsx';
import type { Preview, PreviewSource, PreviewState } from './preview.ts';
import { useDeviceList } from './use-preview.ts';

interface DeviceControlsProps {
  preview: Preview;
  state: PreviewState;
  may: { microphone: boolean; camera: boolean };
}

/** Which microphone, camera and speaker; whether one is heard, and whether one hears. */
export function DeviceControls({ preview, state, may }: DeviceControlsProps) {
  const { t } = useTranslation('prejoin');
  const list = useDeviceList(state.microphone.track, state.camera.track);
  const chosen = (kind: keyof DeviceChoice, track: MediaStreamTrack | null, devices: readonly DeviceInfo[]) =>
    devices.find((device) => device.id === state.choice[kind])?.id ?? track?.getSettings().deviceId ?? devices[0]?.id ?? '';
  // Browsers hide devices until one was allowed: an empty list is no proof that there are none.
  const none = (source: PreviewSource, text: string) => (list.labelled || source.problem === 'not_found' ? text : t('notYetKnown'));
  const options = (devices: readonly DeviceInfo[], unnamed: (number: number) => string, none: string) =>
    devices.length === 0
      ? [{ value: '', label: none }]
      : devices.map((device, index) => ({ value: device.id, label: device.label || unnamed(index + 1) }));
  return (
    <div className="grid gap-x-4 gap-y-4 sm:grid-cols-2 xl:grid-cols-3">
      {may.microphone && (
        <div className="flex flex-col gap-3">
          <Select
            label={t('microphone')}
            icon={<Mic aria-hidden="true" />}
            disabled={list.microphones.length === 0}
            value={chosen('microphoneId', state.microphone.track, list.microphones)}
            options={options(list.microphones, (number) => t('microphoneUnnamed', { number }), none(state.microphone, t('noMicrophone')))}
            onChange={(microphoneId) => void preview.choose({ microphoneId })}
          />
          <LevelBar track={state.microphone.track} />
          {state.step === 'ready' && !(state.microphone.on && state.microphone.problem) && (
            <p className="text-sm text-muted">{state.microphone.track ? t('levelHint') : t('levelMuted')}</p>
          )}
        </div>
      )}
      {may.camera && (
        <Select
          label={t('camera')}
          icon={<Video aria-hidden="true" />}
          disabled={list.cameras.length === 0}
          value={chosen('cameraId', state.camera.track, list.cameras)}
          options={options(list.cameras, (number) => t('cameraUnnamed', { number }), none(state.camera, t('noCamera')))}
          onChange={(cameraId) => void preview.choose({ cameraId })}
        />
      )}
      <div className="flex flex-col gap-3">
        {list.speakers.length > 0 && (
          <Select
            label={t('speaker')}
            icon={<Volume2 aria-hidden="true" />}
            value={chosen('speakerId', null, list.speakers)}
            options={options(list.speakers, (number) => t('speakerUnnamed', { number }), t('systemSpeaker'))}
            onChange={(speakerId) => void preview.choose({ speakerId })}
          />
        )}
        <SpeakerTest speakerId={state.choice.speakerId} />
      </div>
    </div>
  );
}

function SpeakerTest({ speakerId }: { speakerId: string | null }) {
  const { t } = useTranslation('prejoin');
  const toast = useToast();
  const [playing, setPlaying] = useState(false);
  const play = async () => {
    setPlaying(true);
    try {
      await testSpeaker(speakerId);
    } catch {
      toast({ tone: 'danger', text: t('speakerFailed') });
    }
    setPlaying(false);
  };
  return (
    <Button
      size="small"
      className="self-start"
      busy={playing}
      icon={<Volume2 aria-hidden="true" className="size-4" />}
      onClick={() => void play()}
    >
      {playing ? t('testingSpeaker') : t('testSpeaker')}
    </Button>
  );
}
