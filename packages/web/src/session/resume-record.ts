import { KEPT_IN_BROWSER } from '@conclave/protocol/kept-in-browser';
import type { RtpCapabilities } from '@conclave/protocol/media-api/rtp';
import { asDeviceChoice, readRecord, writeRecord, type KeyValueStorage } from './preferences.ts';
import type { Place } from './link.ts';
import type { DeviceChoice } from './state.ts';

/** What a tab remembers to come back as the same participant after a reload. Lives in `sessionStorage`, one for each room. */
export interface ResumeRecord {
  place: Place;
  /** What the tabs of one browser tell the place apart by. */
  participantId: string;
  token: string | null;
  invite: string | null;
  name: string | null;
  devices: DeviceChoice;
  microphoneOn: boolean;
  cameraOn: boolean;
  /** Of the router of before; compared with the new one before anything is built on it. */
  routerRtpCapabilities: RtpCapabilities | null;
}

const keyOf = (room: string) => KEPT_IN_BROWSER.place.name + room;

export function saveResume(storage: KeyValueStorage, room: string, record: ResumeRecord): void {
  writeRecord(storage, keyOf(room), record);
}

/** null when there is none, or none that can be read. */
export function loadResume(storage: KeyValueStorage, room: string): ResumeRecord | null {
  const raw = readRecord(storage, keyOf(room));
  const place = placeOf(raw.place);
  if (place === null || typeof raw.participantId !== 'string') return null;
  return {
    place,
    participantId: raw.participantId,
    token: typeof raw.token === 'string' ? raw.token : null,
    invite: typeof raw.invite === 'string' ? raw.invite : null,
    name: typeof raw.name === 'string' ? raw.name : null,
    devices: asDeviceChoice(raw.devices),
    microphoneOn: raw.microphoneOn === true,
    cameraOn: raw.cameraOn === true,
    // Only ever handed to mediasoup-client, which checks it in full and refuses what is broken.
    routerRtpCapabilities: typeof raw.routerRtpCapabilities === 'object' ? (raw.routerRtpCapabilities as RtpCapabilities | null) : null,
  };
}

function placeOf(raw: unknown): Place | null {
  if (typeof raw !== 'object' || raw === null) return null;
  if ('resumeToken' in raw && typeof raw.resumeToken === 'string') return { kind: 'room', resumeToken: raw.resumeToken };
  if ('knockToken' in raw && typeof raw.knockToken === 'string') return { kind: 'lobby', knockToken: raw.knockToken };
  return null;
}

export function forgetResume(storage: KeyValueStorage, room: string): void {
  try {
    storage.removeItem(keyOf(room));
  } catch {
    // Forbidden storage holds nothing.
  }
}

/**
 * A duplicated tab inherits `sessionStorage`, and would throw the first tab out. So whoever is a participant holds a lock of the
 * browser for as long as the page lives; a reload waits the moment that the old page needs to let go.
 * @returns a function that lets go, or null when another tab holds it.
 */
export async function claimParticipant(participantId: string, waitMs = 1_500): Promise<(() => void) | null> {
  if (navigator.locks === undefined) return () => {};
  return new Promise((resolve) => {
    navigator.locks
      .request(
        `conclave.participant.${participantId}`,
        { signal: AbortSignal.timeout(waitMs) },
        () =>
          new Promise<void>((release) => {
            resolve(release);
          }),
      )
      .catch(() => {
        resolve(null);
      });
  });
}
