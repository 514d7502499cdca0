import { Camera, Mic, MicOff, Video, VideoOff } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { showTrack } from '../session/video-element.ts';
import { Avatar } from '../ui/Avatar.tsx';
import { Button } from '../ui/Button.tsx';
import { cx } from '../ui/cx.ts';
import { Spinner } from '../ui/Spinner.tsx';
import { Tooltip } from '../ui/Tooltip.tsx';
import type { Preview, PreviewState } from './preview.ts';

interface PreviewTileProps {
  preview: Preview;
  state: PreviewState;
  name: string;
  may: { microphone: boolean; camera: boolean };
}

/** What the others would see of one now, with the two buttons that change it. */
export function PreviewTile({ preview, state, name, may }: PreviewTileProps) {
  const asking = state.step === 'explaining' || state.step === 'asking';
  return (
    <div
      className={cx(
        'relative isolate flex aspect-4/3 w-full items-center justify-center overflow-hidden rounded-3xl bg-tile sm:aspect-video',
        // The explanation must not be cut, whatever its language and the size of its letters.
        asking ? 'min-h-fit' : 'max-h-[max(15rem,50dvh)] lg:max-h-none',
      )}
    >
      <MirroredVideo track={state.camera.track} />
      {asking ? (
        <AskCard preview={preview} waiting={state.step === 'asking'} />
      ) : (
        !state.camera.track && <CameraOff name={name} starting={state.camera.busy || state.step === 'checking'} />
      )}
      <SourceButtons preview={preview} state={state} may={may} />
    </div>
  );
}

function MirroredVideo({ track }: { track: MediaStreamTrack | null }) {
  const { t } = useTranslation('prejoin');
  const element = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (element.current) showTrack(element.current, track);
  }, [track]);
  return (
    <video
      ref={element}
      aria-label={t('previewLabel')}
      autoPlay
      muted
      playsInline
      hidden={!track}
      className="absolute inset-0 size-full -scale-x-100 object-cover"
    />
  );
}

function CameraOff({ name, starting }: { name: string; starting: boolean }) {
  const { t } = useTranslation('prejoin');
  return (
    <div className="flex flex-col items-center gap-4 pb-10 text-muted">
      {starting ? (
        <Spinner className="size-7" />
      ) : name.trim() === '' ? (
        <VideoOff aria-hidden="true" className="size-9" strokeWidth={1.5} />
      ) : (
        <Avatar name={name} size="large" />
      )}
      <p role="status" className="text-sm font-medium">
        {starting ? t('cameraStarting') : t('cameraIsOff')}
      </p>
    </div>
  );
}

/** Says why before the browser asks, and where its question is once it is open. */
function AskCard({ preview, waiting }: { preview: Preview; waiting: boolean }) {
  const { t } = useTranslation('prejoin');
  return (
    <div className="flex max-w-md flex-col items-center px-6 py-6 text-center">
      <span className="mb-3 inline-flex size-11 items-center max-sm:hidden justify-center rounded-2xl bg-accent-soft text-accent-ink sm:mb-4 sm:size-12">
        {waiting ? <Spinner /> : <Camera aria-hidden="true" className="size-6" />}
      </span>
      <h2 className="text-base font-semibold sm:text-lg">{waiting ? t('askWaiting') : t('askTitle')}</h2>
      <p role={waiting ? 'status' : undefined} className="mt-1 text-sm text-muted">
        {waiting ? t('askWaitingText') : t('askText')}
      </p>
      {!waiting && (
        <div className="mt-4 flex flex-wrap-reverse justify-center gap-2">
          <Button tone="ghost" onClick={() => preview.skip()}>
            {t('askSkip')}
          </Button>
          <Button tone="primary" onClick={() => void preview.open()}>
            {t('askButton')}
          </Button>
        </div>
      )}
    </div>
  );
}

function SourceButtons({ preview, state, may }: Omit<PreviewTileProps, 'name'>) {
  const { t } = useTranslation('prejoin');
  if (state.step !== 'ready' && !state.camera.track) return null;
  const { microphone, camera } = state;
  const microphoneLive = microphone.on && microphone.problem === null;
  const cameraLive = camera.on && camera.problem === null;
  return (
    <div className="absolute inset-x-0 bottom-4 flex justify-center gap-3">
      {may.microphone && (
        <SourceButton
          live={microphoneLive}
          label={microphoneLive ? t('muteMicrophone') : t('unmuteMicrophone')}
          onPress={() => void preview.set('microphone', !microphoneLive)}
        >
          {microphoneLive ? <Mic aria-hidden="true" /> : <MicOff aria-hidden="true" />}
        </SourceButton>
      )}
      {may.camera && (
        <SourceButton
          live={cameraLive}
          label={cameraLive ? t('stopCamera') : t('startCamera')}
          onPress={() => void preview.set('camera', !cameraLive)}
        >
          {cameraLive ? <Video aria-hidden="true" /> : <VideoOff aria-hidden="true" />}
        </SourceButton>
      )}
    </div>
  );
}

function SourceButton({ live, label, onPress, children }: { live: boolean; label: string; onPress(): void; children: ReactNode }) {
  return (
    <Tooltip text={label}>
      <button
        type="button"
        aria-label={label}
        onClick={onPress}
        className={cx(
          'inline-flex size-13 items-center justify-center rounded-full transition-colors [&_svg]:size-5.5',
          live ? 'bg-veil text-on-veil backdrop-blur-md hover:bg-black/85' : 'bg-danger text-on-danger hover:bg-danger-hover',
        )}
      >
        {children}
      </button>
    </Tooltip>
  );
}
