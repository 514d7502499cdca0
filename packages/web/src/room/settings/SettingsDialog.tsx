import { Languages, Mic, Palette, Video, Volume2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { browserStorage } from '../../app/browser-storage.ts';
import { loadPreferences, savePreferences } from '../../session/preferences.ts';
import { testSpeaker } from '../../session/test-speaker.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Select } from '../../ui/Select.tsx';
import { Switch } from '../../ui/Switch.tsx';
import { LANGUAGES, switchLanguage } from '../../ui/strings/language.ts';
import { chooseTheme, currentTheme, THEMES } from '../../ui/theme.ts';
import { chosenValue, deviceOptions, useDevices } from '../controls/use-devices.ts';
import { mayI } from '../moderation/offers.ts';
import { useCommands, useSession } from '../session-context.tsx';

export function SettingsDialog({ onClose }: { onClose(): void }) {
  const { t } = useTranslation('room');
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={t('settings.title')}
      size="medium"
    >
      <div className="flex flex-col gap-7">
        <section aria-label={t('settings.devices')} className="flex flex-col gap-4">
          <DeviceFields />
          <KnockSound />
        </section>
        <section aria-label={t('settings.appearance')} className="grid gap-4 border-t border-line pt-6 sm:grid-cols-2">
          <AppearanceFields />
        </section>
      </div>
    </Dialog>
  );
}

function DeviceFields() {
  const { t } = useTranslation('room');
  const { selectDevices } = useCommands();
  const chosen = useSession((state) => state.devices);
  const { microphones, cameras, speakers } = useDevices();
  const options = (devices: typeof microphones, name: string) => deviceOptions(devices, t('controls.systemDefault'), name);
  return (
    <>
      <Select
        label={t('controls.microphone')}
        icon={<Mic aria-hidden="true" />}
        value={chosenValue(microphones, chosen.microphoneId)}
        options={options(microphones, t('controls.microphone'))}
        onChange={(id) => void selectDevices({ microphoneId: id || null })}
      />
      <Select
        label={t('controls.camera')}
        icon={<Video aria-hidden="true" />}
        value={chosenValue(cameras, chosen.cameraId)}
        options={options(cameras, t('controls.camera'))}
        onChange={(id) => void selectDevices({ cameraId: id || null })}
      />
      <div className="flex flex-wrap items-end gap-2">
        {speakers.length > 0 && (
          <Select
            label={t('controls.speaker')}
            icon={<Volume2 aria-hidden="true" />}
            value={chosenValue(speakers, chosen.speakerId)}
            className="min-w-48 flex-1"
            options={options(speakers, t('controls.speaker'))}
            onChange={(id) => void selectDevices({ speakerId: id || null })}
          />
        )}
        <TestSound speakerId={chosen.speakerId} />
      </div>
    </>
  );
}

function KnockSound() {
  const { t } = useTranslation('room');
  const mayLetIn = useSession((state) => mayI(state, 'lobby.admit'));
  const [on, setOn] = useState(() => loadPreferences(browserStorage('localStorage')).knockSound);
  if (!mayLetIn) return null;
  const change = (knockSound: boolean) => {
    savePreferences(browserStorage('localStorage'), { knockSound });
    setOn(knockSound);
  };
  return <Switch label={t('settings.knockSound')} checked={on} onChange={change} />;
}

function TestSound({ speakerId }: { speakerId: string | null }) {
  const { t } = useTranslation('room');
  const [state, setState] = useState<'ready' | 'playing' | 'failed'>('ready');
  const play = () => {
    setState('playing');
    testSpeaker(speakerId).then(
      () => setState('ready'),
      () => setState('failed'),
    );
  };
  return (
    <div>
      <Button busy={state === 'playing'} onClick={play}>
        {t('settings.testSound')}
      </Button>
      <p role="status" className={state === 'failed' ? 'mt-1.5 text-sm text-danger-ink' : 'sr-only'}>
        {state === 'failed' && t('settings.testFailed')}
      </p>
    </div>
  );
}

function AppearanceFields() {
  const { t, i18n } = useTranslation('room');
  const [theme, setTheme] = useState(currentTheme);
  const names = { system: t('settings.themeSystem'), light: t('settings.themeLight'), dark: t('settings.themeDark') };
  const takeTheme = (value: string) => {
    const next = THEMES.find((known) => known === value) ?? 'system';
    chooseTheme(next);
    setTheme(next);
  };
  const chooseLanguage = (value: string) => {
    const next = LANGUAGES.find((known) => known.value === value);
    if (next) void switchLanguage(next.value);
  };
  return (
    <>
      <Select
        label={t('settings.language')}
        icon={<Languages aria-hidden="true" />}
        value={i18n.language}
        options={LANGUAGES}
        onChange={chooseLanguage}
      />
      <Select
        label={t('settings.theme')}
        icon={<Palette aria-hidden="true" />}
        value={theme}
        options={THEMES.map((value) => ({ value, label: names[value] }))}
        onChange={takeTheme}
      />
    </>
  );
}
