import { browserProblem, classifyDeviceError } from './device-problem.ts';
import type { DeviceProblem } from './state.ts';

export interface DeviceInfo {
  id: string;
  label: string;
}

export interface DeviceList {
  microphones: readonly DeviceInfo[];
  cameras: readonly DeviceInfo[];
  /** Empty where the browser does not let the page choose a speaker (Safari, Firefox before 116). */
  speakers: readonly DeviceInfo[];
  /** False until a permission was given: browsers hide names before that. */
  labelled: boolean;
}

export type OpenedTrack = { ok: true; track: MediaStreamTrack } | { ok: false; problem: DeviceProblem };

const AUDIO = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 } as const;
/** 720p is what the largest simulcast layer carries; more would be scaled down at the cost of everybody's processor. */
const VIDEO = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } } as const;

const EMPTY: DeviceList = { microphones: [], cameras: [], speakers: [], labelled: false };

/** All devices as the browser tells them; an empty list where it tells nothing. Never throws. */
export async function listDevices(): Promise<DeviceList> {
  if (browserProblem() !== null) return EMPTY;
  try {
    return groupDevices(await navigator.mediaDevices.enumerateDevices());
  } catch {
    return EMPTY;
  }
}

/** Sorts the browser's flat list into kinds; entries without an id (no permission yet) are left out, since they cannot be chosen. */
export function groupDevices(devices: readonly Pick<MediaDeviceInfo, 'deviceId' | 'kind' | 'label'>[]): DeviceList {
  const ofKind = (kind: MediaDeviceKind) =>
    devices
      .filter((device) => device.kind === kind && device.deviceId !== '')
      .map((device) => ({ id: device.deviceId, label: device.label }));
  return {
    microphones: ofKind('audioinput'),
    cameras: ofKind('videoinput'),
    speakers: canChooseSpeaker() ? ofKind('audiooutput') : [],
    labelled: devices.some((device) => device.label !== ''),
  };
}

export function canChooseSpeaker(): boolean {
  return typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype;
}

/** Calls back with the list now and after each change, until the returned function is called. */
export function watchDevices(onList: (list: DeviceList) => void): () => void {
  if (browserProblem() !== null) {
    onList(EMPTY);
    return () => {};
  }
  let stopped = false;
  const tell = () =>
    void listDevices().then((list) => {
      if (!stopped) onList(list);
    });
  navigator.mediaDevices.addEventListener('devicechange', tell);
  tell();
  return () => {
    stopped = true;
    navigator.mediaDevices.removeEventListener('devicechange', tell);
  };
}

/** Opens a microphone; a remembered device that is gone falls back to the default one. Never throws. */
export function openMicrophone(deviceId: string | null): Promise<OpenedTrack> {
  return openOne('audio', deviceId);
}

/** Opens a camera at 720p if it can; a remembered device that is gone falls back to the default one. Never throws. */
export function openCamera(deviceId: string | null): Promise<OpenedTrack> {
  return openOne('video', deviceId);
}

/**
 * Opens both with a single permission prompt. When the browser refuses the pair (one of them is missing or in use) each is tried
 * alone, so that a broken camera does not take the microphone with it; a denied pair is not asked again.
 */
export async function openBoth(
  microphoneId: string | null,
  cameraId: string | null,
): Promise<{ microphone: OpenedTrack; camera: OpenedTrack }> {
  const problem = browserProblem();
  if (problem !== null) return { microphone: { ok: false, problem }, camera: { ok: false, problem } };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: wanted(AUDIO, microphoneId), video: wanted(VIDEO, cameraId) });
    return { microphone: first(stream.getAudioTracks()), camera: first(stream.getVideoTracks()) };
  } catch (error) {
    const pairProblem = classifyDeviceError(error);
    if (pairProblem === 'permission_denied' && !(await mayDifferByDevice())) {
      return { microphone: { ok: false, problem: pairProblem }, camera: { ok: false, problem: pairProblem } };
    }
    return { microphone: await openMicrophone(microphoneId), camera: await openCamera(cameraId) };
  }
}

async function openOne(kind: 'audio' | 'video', deviceId: string | null): Promise<OpenedTrack> {
  const problem = browserProblem();
  if (problem !== null) return { ok: false, problem };
  const base = kind === 'audio' ? AUDIO : VIDEO;
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ [kind]: wanted(base, deviceId) });
    return first(kind === 'audio' ? stream.getAudioTracks() : stream.getVideoTracks());
  } catch (error) {
    return { ok: false, problem: classifyDeviceError(error) };
  }
}

/** `ideal`, not `exact`: the remembered device is preferred, and its absence is no error. */
function wanted<C extends object>(base: C, deviceId: string | null): C & { deviceId?: ConstrainDOMString } {
  return deviceId === null ? base : { ...base, deviceId: { ideal: deviceId } };
}

function first(tracks: readonly MediaStreamTrack[]): OpenedTrack {
  const [track] = tracks;
  return track === undefined ? { ok: false, problem: 'not_found' } : { ok: true, track };
}

/** One permission may be granted while the other is blocked; then the pair is refused and a single one is not. */
async function mayDifferByDevice(): Promise<boolean> {
  try {
    // Chromium's names; TypeScript's list of PermissionName lacks them in some versions, other browsers throw.
    const states = await Promise.all(['microphone', 'camera'].map((name) => navigator.permissions.query({ name: name as PermissionName })));
    return states.some((status) => status.state === 'granted');
  } catch {
    return false;
  }
}
