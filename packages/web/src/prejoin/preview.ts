import { createStore, type StoreApi } from 'zustand/vanilla';
import type { OpenedTrack } from '../session/devices.ts';
import type { DeviceChoice, DeviceProblem } from '../session/state.ts';

export interface PreviewSource {
  /** What the person wants; it may be on with a problem and no track. */
  on: boolean;
  busy: boolean;
  track: MediaStreamTrack | null;
  problem: DeviceProblem | null;
}

export interface PreviewState {
  /** `explaining`: nothing was asked yet, the page says why it will. `asking`: the browser's own question is open. */
  step: 'checking' | 'explaining' | 'asking' | 'ready';
  microphone: PreviewSource;
  camera: PreviewSource;
  choice: DeviceChoice;
}

type Source = 'microphone' | 'camera';

/** What the preview needs from the browser. */
export interface DevicePort {
  /** True when the browser will not ask for at least one of what is wanted, because it was allowed before. */
  mayOpenUnasked(wanted: { microphone: boolean; camera: boolean }): Promise<boolean>;
  openBoth(microphoneId: string | null, cameraId: string | null): Promise<{ microphone: OpenedTrack; camera: OpenedTrack }>;
  openMicrophone(deviceId: string | null): Promise<OpenedTrack>;
  openCamera(deviceId: string | null): Promise<OpenedTrack>;
}

export interface Preview {
  store: StoreApi<PreviewState>;
  /** Also again after `release`. */
  start(): Promise<void>;
  /** After the explanation: opens what is wanted and not open, which makes the browser ask. Also the way to try again. */
  open(): Promise<void>;
  /** Goes on with both off. */
  skip(): void;
  set(source: Source, on: boolean): Promise<void>;
  choose(choice: Partial<DeviceChoice>): Promise<void>;
  /** Gives the tracks away: they go on living, and this preview is over. */
  handOver(): { microphoneTrack: MediaStreamTrack | null; cameraTrack: MediaStreamTrack | null };
  /** Ends the preview and every track that was not given away. */
  release(): void;
}

export interface PreviewStart {
  microphoneOn: boolean;
  cameraOn: boolean;
  choice: DeviceChoice;
}

/** The camera and microphone of somebody who has not joined yet. Nothing leaves the page. */
export function createPreview(port: DevicePort, start: PreviewStart): Preview {
  const source = (on: boolean): PreviewSource => ({ on, busy: false, track: null, problem: null });
  const store = createStore<PreviewState>(() => ({
    step: 'checking',
    microphone: source(start.microphoneOn),
    camera: source(start.cameraOn),
    choice: start.choice,
  }));
  let over = false;

  const patch = (which: Source, change: Partial<PreviewSource>) => store.setState((state) => ({ [which]: { ...state[which], ...change } }));

  /** What was opened is kept only if it is still wanted. */
  const settle = (which: Source, opened: OpenedTrack) => {
    const { on, track: before } = store.getState()[which];
    if (before && (!opened.ok || before !== opened.track)) before.stop();
    if (!opened.ok) return over ? undefined : patch(which, { track: null, busy: false, problem: opened.problem });
    if (over || !on) {
      opened.track.stop();
      return over ? undefined : patch(which, { track: null, busy: false });
    }
    opened.track.addEventListener('ended', () => {
      if (store.getState()[which].track === opened.track) patch(which, { track: null, problem: 'ended_by_system' });
    });
    return patch(which, { track: opened.track, busy: false, problem: null });
  };

  const openOne = async (which: Source) => {
    const { choice } = store.getState();
    patch(which, { busy: true, problem: null });
    settle(which, which === 'microphone' ? await port.openMicrophone(choice.microphoneId) : await port.openCamera(choice.cameraId));
  };

  const open = async () => {
    const { choice } = store.getState();
    const missing = (which: Source) => store.getState()[which].on && store.getState()[which].track === null;
    store.setState({ step: 'asking' });
    if (missing('microphone') && missing('camera')) {
      patch('microphone', { busy: true, problem: null });
      patch('camera', { busy: true, problem: null });
      const opened = await port.openBoth(choice.microphoneId, choice.cameraId);
      settle('microphone', opened.microphone);
      settle('camera', opened.camera);
    } else if (missing('microphone')) await openOne('microphone');
    else if (missing('camera')) await openOne('camera');
    if (!over) store.setState({ step: 'ready' });
  };

  return {
    store,
    open,
    async start() {
      over = false;
      const { microphone, camera } = store.getState();
      if (!microphone.on && !camera.on) return store.setState({ step: 'ready' });
      const unasked = await port.mayOpenUnasked({ microphone: microphone.on, camera: camera.on });
      if (over || store.getState().step !== 'checking') return undefined;
      if (unasked) return open();
      return store.setState({ step: 'explaining' });
    },
    skip() {
      patch('microphone', { on: false });
      patch('camera', { on: false });
      store.setState({ step: 'ready' });
    },
    async set(which, on) {
      patch(which, { on, problem: null });
      if (on) {
        if (store.getState().step === 'explaining') store.setState({ step: 'ready' });
        return openOne(which);
      }
      store.getState()[which].track?.stop();
      patch(which, { track: null, busy: false });
    },
    async choose(change) {
      store.setState((state) => ({ choice: { ...state.choice, ...change } }));
      const { microphone, camera } = store.getState();
      if (change.microphoneId !== undefined && microphone.on) await openOne('microphone');
      if (change.cameraId !== undefined && camera.on) await openOne('camera');
    },
    handOver() {
      over = true;
      const { microphone, camera } = store.getState();
      patch('microphone', { track: null });
      patch('camera', { track: null });
      return { microphoneTrack: microphone.track, cameraTrack: camera.track };
    },
    release() {
      over = true;
      for (const which of ['microphone', 'camera'] as const) {
        store.getState()[which].track?.stop();
        patch(which, { track: null, busy: false });
      }
      store.setState({ step: 'checking' });
    },
  };
}
