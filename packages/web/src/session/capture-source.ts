import type { OpenedTrack } from './devices.ts';
import type { SendSide } from './send-side.ts';
import { createSerial } from './serial.ts';
import type { DeviceProblem } from './state.ts';

export interface CaptureView {
  on: boolean;
  busy: boolean;
  problem: DeviceProblem | null;
  track: MediaStreamTrack | null;
}

export interface CaptureOptions {
  source: 'microphone' | 'camera';
  /** The chosen device (null: the default one). */
  deviceId(): string | null;
  open(deviceId: string | null): Promise<OpenedTrack>;
  /** The send side of the media path of now, if there is one. */
  send(): SendSide | null;
  granted(): boolean;
  onChange(view: CaptureView): void;
  /** What the media node refused; the device itself is fine. */
  onError(error: unknown): void;
}

/**
 * A microphone or a camera: its device, its track and its place on the media path.
 *
 * Off means something different for each. A camera that is off is closed, so that its light goes out. A muted microphone stays open but
 * delivers silence (`enabled = false`) and is paused at the media node: unmuting is then instant and the first word is heard, and no sound
 * leaves the page meanwhile.
 */
export interface CaptureSource {
  /** Takes over a track from the preview, or remembers that nothing is open. */
  adopt(track: MediaStreamTrack | null, on: boolean): void;
  set(on: boolean): Promise<void>;
  /** Opens the device chosen now in the place of the open one; when that fails the old one stays. */
  switchDevice(): Promise<void>;
  /** Puts what is open on a new media path. */
  publish(): Promise<void>;
  /** Taken back by the media node, or the stay in the room is over. */
  revoke(problem: DeviceProblem | null): void;
  view(): CaptureView;
  dispose(): void;
}

export function createCaptureSource(options: CaptureOptions): CaptureSource {
  const { source } = options;
  const serial = createSerial();
  let view: CaptureView = { on: false, busy: false, problem: null, track: null };
  let disposed = false;
  /** Counts what ended from outside; a device that was still opening then is closed as soon as it opens. */
  let epoch = 0;

  const show = (change: Partial<CaptureView>) => {
    view = { ...view, ...change };
    if (!disposed) options.onChange(view);
  };
  const background = (task: Promise<unknown> | undefined) => void task?.catch(options.onError);

  const onEnded = () => void serial(recoverDevice);
  const hold = (track: MediaStreamTrack) => {
    release();
    track.addEventListener('ended', onEnded);
    show({ track });
  };
  const release = () => {
    view.track?.removeEventListener('ended', onEnded);
    view.track?.stop();
    if (view.track !== null) show({ track: null });
  };

  /** False when no device could be opened; the problem is shown then. */
  const openDevice = async (deviceId: string | null): Promise<boolean> => {
    const began = epoch;
    const opened = await options.open(deviceId);
    if (disposed || began !== epoch) {
      if (opened.ok) opened.track.stop();
      return false;
    }
    if (!opened.ok) {
      show({ problem: opened.problem });
      return false;
    }
    const send = options.send();
    // First the new track, then the end of the old one: no gap on the way.
    if (send?.has(source) === true) await send.replaceTrack(source, opened.track);
    hold(opened.track);
    show({ problem: null });
    return true;
  };

  const turnOn = async () => {
    if (!options.granted()) return show({ problem: 'not_granted' });
    if (view.track === null && !(await openDevice(options.deviceId()))) return;
    if (view.track === null) return;
    view.track.enabled = true;
    show({ on: true, problem: null });
    await publishNow();
    background(options.send()?.setPaused(source, false));
  };

  const turnOff = async () => {
    show({ on: false, problem: null });
    background(options.send()?.setPaused(source, true));
    if (source === 'microphone') {
      if (view.track !== null) view.track.enabled = false;
      return;
    }
    await options.send()?.replaceTrack(source, null);
    release();
  };

  const publishNow = async () => {
    const send = options.send();
    if (send === null || view.track === null || send.has(source) || !options.granted()) return;
    await send.publish(source, view.track, !view.on);
  };

  /** The device was unplugged or its permission withdrawn: another one if there is one, else the person is told. */
  const recoverDevice = async () => {
    if (view.track === null || view.track.readyState === 'live') return;
    const wasOn = view.on;
    if (wasOn && (await openDevice(null))) {
      if (view.track !== null) view.track.enabled = true;
      return;
    }
    const problem = view.problem === 'permission_denied' ? view.problem : 'ended_by_system';
    await turnOff();
    release();
    if (wasOn) show({ problem });
  };

  const guarded = (task: () => Promise<void>) =>
    serial(async () => {
      if (disposed) return;
      try {
        await task();
      } catch (error) {
        options.onError(error);
      }
    });

  return {
    adopt: (track, on) => {
      if (track !== null && track.readyState === 'live') {
        hold(track);
        track.enabled = on;
        show({ on, problem: null });
      } else show({ on: false, problem: null });
    },
    set: (on) =>
      guarded(async () => {
        if (on === view.on) return;
        show({ busy: true });
        try {
          await (on ? turnOn() : turnOff());
        } finally {
          show({ busy: false });
        }
      }),
    switchDevice: () =>
      guarded(async () => {
        if (view.track === null) return;
        const { on } = view;
        if ((await openDevice(options.deviceId())) && view.track !== null) view.track.enabled = on;
      }),
    publish: () => guarded(publishNow),
    revoke: (problem) => {
      epoch++;
      release();
      show({ on: false, problem });
    },
    view: () => view,
    dispose: () => {
      disposed = true;
      release();
    },
  };
}
