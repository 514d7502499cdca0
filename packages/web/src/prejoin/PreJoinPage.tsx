import type { EntryReply } from '@conclave/protocol/rest/join';
import { Headphones } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { browserStorage } from '../app/browser-storage.ts';
import { PageHeader } from '../app/FullPage.tsx';
import { loadPreferences, savePreferences } from '../session/preferences.ts';
import type { JoinOptions } from '../session/state.ts';
import { Banner } from '../ui/Banner.tsx';
import { Button } from '../ui/Button.tsx';
import { cx } from '../ui/cx.ts';
import { DeviceControls } from './DeviceControls.tsx';
import { JoinForm, type JoinAnswers } from './JoinForm.tsx';
import type { PasswordFault } from './password-fault.ts';
import { PreviewTile } from './PreviewTile.tsx';
import type { Preview, PreviewState } from './preview.ts';
import { isOfPage, problemKeys } from './problem-text.ts';
import { usePreview } from './use-preview.ts';

export type PreJoinChoice = Omit<JoinOptions, 'room' | 'token' | 'invite'>;

interface PreJoinProps {
  entry: EntryReply;
  /** Why the last try ended here again. */
  passwordFault?: PasswordFault | null;
  onApproach(answers: JoinAnswers): void;
  onJoin(choice: PreJoinChoice): Promise<void>;
}

/** The page before the room: see and hear oneself, choose devices, say one's name, join. */
export function PreJoinPage({ entry, passwordFault = null, onApproach, onJoin }: PreJoinProps) {
  const [remembered] = useState(() => loadPreferences(browserStorage('localStorage')));
  const [name, setName] = useState(entry.name.value ?? remembered.name);
  const { preview, state } = usePreview({
    microphoneOn: entry.may.microphone && entry.microphoneOnJoin && remembered.microphoneOn,
    cameraOn: entry.may.camera && entry.cameraOnJoin && remembered.cameraOn,
    choice: remembered.devices,
  });

  const join = async ({ name: given, password }: JoinAnswers) => {
    const { microphone, camera, choice } = preview.store.getState();
    savePreferences(browserStorage('localStorage'), {
      devices: choice,
      ...(given === null ? {} : { name: given }),
      ...(entry.may.microphone && entry.microphoneOnJoin ? { microphoneOn: microphone.on } : {}),
      ...(entry.may.camera && entry.cameraOnJoin ? { cameraOn: camera.on } : {}),
    });
    // Also when the device is still opening: who is quick is not muted for it, the session opens the device itself.
    const on = { microphoneOn: microphone.on && microphone.problem === null, cameraOn: camera.on && camera.problem === null };
    await onJoin({ name: given, password, devices: choice, ...on, ...preview.handOver() });
  };

  const watching = !entry.may.microphone && !entry.may.camera;
  return (
    <div className="flex min-h-dvh flex-col">
      <PageHeader />
      {/* In the order in which a phone shows it, which is also the order of the keyboard: title, preview, name and Join, devices. */}
      <main className="mx-auto grid w-full max-w-7xl gap-6 px-4 pb-10 sm:px-6 lg:my-auto lg:grid-cols-[minmax(0,1fr)_23rem] lg:grid-rows-[auto_1fr_auto] lg:gap-x-12 xl:gap-x-16">
        <RoomTitle entry={entry} className="lg:col-start-2 lg:row-start-1" />
        <div className="min-w-0 lg:col-start-1 lg:row-span-2 lg:row-start-1">
          {watching ? <WatchingTile /> : <PreviewTile preview={preview} state={state} name={name} may={entry.may} />}
        </div>
        <div className="flex min-w-0 flex-col gap-5 lg:col-start-2 lg:row-start-2">
          {!watching && <DeviceProblems preview={preview} state={state} />}
          <JoinForm entry={entry} name={name} passwordFault={passwordFault} onName={setName} onApproach={onApproach} onJoin={join} />
        </div>
        {!watching && !problemKeys(state.microphone.problem, state.camera.problem).some(isOfPage) && (
          <div className="min-w-0 lg:col-start-1 lg:row-start-3">
            <DeviceControls preview={preview} state={state} may={entry.may} />
          </div>
        )}
      </main>
    </div>
  );
}

function RoomTitle({ entry, className }: { entry: EntryReply; className: string }) {
  const { t } = useTranslation('prejoin');
  const { name, description } = entry.room;
  return (
    <div className={cx('min-w-0', className)}>
      <p className="text-sm font-medium text-accent-ink">{t('hostedBy', { team: entry.team.name })}</p>
      <h1 className="mt-1 text-2xl font-semibold tracking-tight wrap-anywhere lg:text-3xl">{name}</h1>
      {description && description !== name && <p className="mt-2 line-clamp-4 text-muted wrap-anywhere">{description}</p>}
    </div>
  );
}

function WatchingTile() {
  const { t } = useTranslation('prejoin');
  return (
    <div className="flex aspect-4/3 max-h-[max(15rem,50dvh)] w-full lg:max-h-none flex-col items-center justify-center gap-2 rounded-3xl bg-tile p-6 text-center sm:aspect-video">
      <Headphones aria-hidden="true" className="mb-2 size-10 text-muted" strokeWidth={1.5} />
      <p className="text-lg font-semibold">{t('attendeeTitle')}</p>
      <p className="text-sm text-muted">{t('attendeeText')}</p>
    </div>
  );
}

function DeviceProblems({ preview, state }: { preview: Preview; state: PreviewState }) {
  const { t } = useTranslation(['prejoin', 'common']);
  const keys = problemKeys(state.microphone.on ? state.microphone.problem : null, state.camera.on ? state.camera.problem : null);
  return keys.map((key) => (
    <Banner
      key={key}
      tone="warn"
      live="status"
      title={t(`prejoin:problems.${key}.title`)}
      {...(!isOfPage(key)
        ? {
            action: (
              <Button size="small" onClick={() => void preview.open()}>
                {t('common:tryAgain')}
              </Button>
            ),
          }
        : {})}
    >
      {t(`prejoin:problems.${key}.action`)}
    </Banner>
  ));
}
