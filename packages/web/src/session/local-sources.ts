import type { AppError } from '@conclave/protocol/errors';
import type { MediaSource } from '@conclave/protocol/media-api/rtp';
import type { Grants } from '@conclave/protocol/roles';
import type { StoreApi } from 'zustand/vanilla';
import { createCaptureSource } from './capture-source.ts';
import { openCamera, openMicrophone } from './devices.ts';
import { measureLevel, type LevelMeter } from './level-meter.ts';
import { createScreenShare } from './screen-share.ts';
import type { SendSide } from './send-side.ts';
import type { JoinOptions, LocalMedia, SessionState } from './state.ts';

export interface LocalSources {
  adopt(options: Pick<JoinOptions, 'microphoneTrack' | 'cameraTrack' | 'microphoneOn' | 'cameraOn'>): void;
  setMicrophone(on: boolean): Promise<void>;
  setCamera(on: boolean): Promise<void>;
  startScreen(): Promise<void>;
  stopScreen(): Promise<void>;
  switchDevices(which: { microphone: boolean; camera: boolean }): Promise<void>;
  /** Sends everything that is open over the path of now. Resolves when negotiated. */
  publishAll(): Promise<void>;
  /** The media node refused one of ours. */
  takenBack(source: MediaSource, code: AppError['code']): void;
  /** A moderator stopped it; one may start again. */
  muted(source: MediaSource): void;
  /** Stops what is no longer granted. */
  obey(grants: Grants): void;
  microphoneLevel(): number;
  /** All off, as before the room. */
  reset(): void;
  dispose(): void;
}

/** One's own microphone, camera and share, shown in `state.local`. */
export function createLocalSources(
  store: StoreApi<SessionState>,
  send: () => SendSide | null,
  onError: (error: unknown) => void,
): LocalSources {
  const show = (change: Partial<LocalMedia>) => store.setState((state) => ({ local: { ...state.local, ...change } }));
  // Before the room there are no grants; then the preview decides.
  const granted = (source: 'microphone' | 'camera' | 'screen') => store.getState().self?.grants[source] ?? true;
  const meter = createOwnMeter();

  const microphone = createCaptureSource({
    source: 'microphone',
    open: openMicrophone,
    send,
    onError,
    deviceId: () => store.getState().devices.microphoneId,
    granted: () => granted('microphone'),
    onChange: ({ on, busy, problem, track }) => {
      meter.follow(track);
      show({ microphone: { on, busy, problem } });
    },
  });
  const camera = createCaptureSource({
    source: 'camera',
    open: openCamera,
    send,
    onError,
    deviceId: () => store.getState().devices.cameraId,
    granted: () => granted('camera'),
    onChange: (view) => show({ camera: view }),
  });
  const screen = createScreenShare({ send, onError, granted: () => granted('screen'), onChange: (view) => show({ screen: view }) });

  const takenBack = (source: MediaSource, code: AppError['code']) => {
    const problem = code === 'not_allowed' ? 'not_granted' : 'unknown';
    if (source === 'microphone') microphone.revoke(problem);
    else if (source === 'camera') camera.revoke(problem);
    else if (source === 'screen') screen.revoke(problem);
  };

  return {
    adopt: (options) => {
      microphone.adopt(options.microphoneTrack, options.microphoneOn);
      camera.adopt(options.cameraTrack, options.cameraOn);
    },
    setMicrophone: (on) => microphone.set(on),
    setCamera: (on) => camera.set(on),
    startScreen: () => screen.start(),
    stopScreen: () => screen.stop(),
    switchDevices: async (which) => {
      await Promise.all([which.microphone ? microphone.switchDevice() : undefined, which.camera ? camera.switchDevice() : undefined]);
    },
    publishAll: async () => {
      await Promise.all([microphone.publish(), camera.publish(), screen.publish()]);
    },
    takenBack,
    muted: (source) => {
      if (source === 'microphone') void microphone.set(false);
      else if (source === 'camera') void camera.set(false);
      else if (source === 'screen') void screen.stop();
    },
    obey: (grants) => {
      const local = store.getState().local;
      for (const source of ['microphone', 'camera', 'screen'] as const) {
        if (local[source].on && !grants[source]) takenBack(source, 'not_allowed');
      }
    },
    reset: () => {
      microphone.revoke(null);
      camera.revoke(null);
      screen.revoke(null);
    },
    microphoneLevel: () => (microphone.view().on ? meter.level() : 0),
    dispose: () => {
      meter.dispose();
      microphone.dispose();
      camera.dispose();
      screen.dispose();
    },
  };
}

/** Made when somebody first asks for the level: an AudioContext costs a thread. */
function createOwnMeter(): { follow(track: MediaStreamTrack | null): void; level(): number; dispose(): void } {
  let context: AudioContext | null = null;
  let meter: LevelMeter | null = null;
  let followed: MediaStreamTrack | null = null;
  return {
    follow: (track) => {
      if (track === followed) return;
      followed = track;
      meter?.dispose();
      meter = null;
    },
    level: () => {
      if (followed === null) return 0;
      context ??= new AudioContext();
      meter ??= measureLevel(followed, context);
      if (context.state === 'suspended' && navigator.userActivation?.hasBeenActive) void context.resume();
      return meter.level();
    },
    dispose: () => {
      meter?.dispose();
      void context?.close();
      meter = null;
      context = null;
      followed = null;
    },
  };
}
