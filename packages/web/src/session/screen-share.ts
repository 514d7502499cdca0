import { classifyDeviceError } from './device-problem.ts';
import type { SendSide } from './send-side.ts';
import { createSerial } from './serial.ts';
import type { DeviceProblem, LocalMedia } from './state.ts';

/** Fields that TypeScript's DOM library does not know yet; browsers ignore those they do not know either. */
interface DisplayOptions extends DisplayMediaStreamOptions {
  selfBrowserSurface: 'include' | 'exclude';
  surfaceSwitching: 'include' | 'exclude';
  systemAudio: 'include' | 'exclude';
}

/** No echo cancellation and no gain control: what is shared is music and film, not a voice. `restrictOwnAudio` keeps the meeting itself out. */
const DISPLAY: DisplayOptions = {
  // Text of usual size stays legible, and a laptop still encodes it without its fan.
  video: { width: { max: 1920 }, height: { max: 1200 }, frameRate: { ideal: 15, max: 30 } },
  audio: {
    echoCancellation: false,
    noiseSuppression: false,
    autoGainControl: false,
    channelCount: 2,
    restrictOwnAudio: true,
  } as MediaTrackConstraints, // the last field is newer than the type
  selfBrowserSurface: 'exclude',
  surfaceSwitching: 'include',
  systemAudio: 'include',
};

export interface ScreenShare {
  start(): Promise<void>;
  stop(): Promise<void>;
  publish(): Promise<void>;
  /** Taken back by the media node, or the stay in the room is over. */
  revoke(problem: DeviceProblem | null): void;
  on(): boolean;
  dispose(): void;
}

export interface ScreenOptions {
  send(): SendSide | null;
  granted(): boolean;
  onChange(view: LocalMedia['screen']): void;
  onError(error: unknown): void;
}

/** One's own share. Ends from the page, from the browser's bar, or when the shared window closes. */
export function createScreenShare(options: ScreenOptions): ScreenShare {
  const serial = createSerial();
  let view: LocalMedia['screen'] = { on: false, busy: false, problem: null, track: null };
  let sound: MediaStreamTrack | null = null;
  let disposed = false;
  /** Counts what ended from outside while the browser's dialog may be open. */
  let epoch = 0;

  const show = (change: Partial<LocalMedia['screen']>) => {
    view = { ...view, ...change };
    if (!disposed) options.onChange(view);
  };
  const release = () => {
    view.track?.removeEventListener('ended', onEnded);
    view.track?.stop();
    sound?.stop();
    sound = null;
    show({ on: false, track: null });
  };
  const onEnded = () => void stop();

  const publishNow = async () => {
    const send = options.send();
    if (send === null || view.track === null) return;
    if (!send.has('screen')) await send.publish('screen', view.track, false);
    if (sound !== null && sound.readyState === 'live' && !send.has('screen-audio')) await send.publish('screen-audio', sound, false);
  };

  const start = async () => {
    if (view.on || disposed) return;
    if (!options.granted()) return show({ problem: 'not_granted' });
    if (navigator.mediaDevices?.getDisplayMedia === undefined) return show({ problem: 'unsupported' });
    show({ busy: true, problem: null });
    const began = epoch;
    try {
      const stream = await navigator.mediaDevices.getDisplayMedia(DISPLAY);
      const [track] = stream.getVideoTracks();
      if (disposed || began !== epoch || track === undefined) return stream.getTracks().forEach((each) => each.stop());
      track.addEventListener('ended', onEnded);
      sound = stream.getAudioTracks()[0] ?? null;
      show({ on: true, track });
      await publishNow();
    } catch (error) {
      if (view.track !== null) options.onError(error);
      else show({ problem: problemOfShare(error) });
    } finally {
      show({ busy: false });
    }
  };

  const stop = () =>
    serial(async () => {
      const send = options.send();
      release();
      await Promise.all([send?.unpublish('screen'), send?.unpublish('screen-audio')]).catch(options.onError);
    });

  return {
    start: () => serial(start),
    stop,
    publish: () => serial(publishNow).catch(options.onError),
    revoke: (problem) => {
      epoch++;
      release();
      show({ problem });
    },
    on: () => view.on,
    dispose: () => {
      release();
      disposed = true;
    },
  };
}

/** Closing the browser's dialog is a choice, not a problem; only the system's refusal is one. Chromium tells them apart by text alone. */
export function problemOfShare(error: unknown): DeviceProblem | null {
  const problem = classifyDeviceError(error);
  if (problem !== 'permission_denied') return problem;
  return error instanceof Error && /system|policy/i.test(error.message) ? problem : null;
}
