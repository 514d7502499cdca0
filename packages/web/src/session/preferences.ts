import { KEPT_IN_BROWSER } from '@conclave/protocol/kept-in-browser';
import type { DeviceChoice } from './state.ts';

/** What a person chose last time on this device. Kept in `localStorage`; never sent anywhere. */
export interface Preferences {
  devices: DeviceChoice;
  name: string;
  microphoneOn: boolean;
  cameraOn: boolean;
  /** A sound when somebody waits to be let in. */
  knockSound: boolean;
}

/** The part of `Storage` that is used; a page that may not store anything passes a map. */
export interface KeyValueStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const KEY = KEPT_IN_BROWSER.preferences.name;
const DEFAULTS: Preferences = {
  devices: { microphoneId: null, cameraId: null, speakerId: null },
  name: '',
  microphoneOn: true,
  cameraOn: true,
  knockSound: true,
};

/** Reads field by field: what an older or newer version wrote, or a person edited, costs at most that field. Never throws. */
export function loadPreferences(storage: KeyValueStorage): Preferences {
  const raw = readRecord(storage, KEY);
  return {
    devices: asDeviceChoice(raw.devices),
    name: typeof raw.name === 'string' ? raw.name.slice(0, 100) : DEFAULTS.name,
    microphoneOn: typeof raw.microphoneOn === 'boolean' ? raw.microphoneOn : DEFAULTS.microphoneOn,
    cameraOn: typeof raw.cameraOn === 'boolean' ? raw.cameraOn : DEFAULTS.cameraOn,
    knockSound: typeof raw.knockSound === 'boolean' ? raw.knockSound : DEFAULTS.knockSound,
  };
}

/** Changes the given fields only. Storage that is full or forbidden is passed over: preferences are a comfort. */
export function savePreferences(storage: KeyValueStorage, change: Partial<Preferences>): void {
  const next = { ...loadPreferences(storage), ...change };
  writeRecord(storage, KEY, next);
}

/** Whatever is not a device's id is the default device. */
export function asDeviceChoice(value: unknown): DeviceChoice {
  const devices = asRecord(value);
  return { microphoneId: asId(devices.microphoneId), cameraId: asId(devices.cameraId), speakerId: asId(devices.speakerId) };
}

/** A JSON object from storage; `{}` for anything else. */
export function readRecord(storage: KeyValueStorage, key: string): Record<string, unknown> {
  try {
    return asRecord(JSON.parse(storage.getItem(key) ?? '{}'));
  } catch {
    return {};
  }
}

export function writeRecord(storage: KeyValueStorage, key: string, value: object): void {
  try {
    storage.setItem(key, JSON.stringify(value));
  } catch {
    // Full or forbidden (private windows): the meeting works without.
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function asId(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
