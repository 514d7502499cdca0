import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadPreferences, savePreferences, type KeyValueStorage } from './preferences.ts';
import { forgetResume, loadResume, saveResume, type ResumeRecord } from './resume-record.ts';

const storage = (entries = new Map<string, string>()): KeyValueStorage => ({
  getItem: (key) => entries.get(key) ?? null,
  setItem: (key, value) => void entries.set(key, value),
  removeItem: (key) => void entries.delete(key),
});
const forbidden: KeyValueStorage = {
  getItem: () => {
    throw new DOMException('', 'SecurityError');
  },
  setItem: () => {
    throw new DOMException('', 'QuotaExceededError');
  },
  removeItem: () => {
    throw new DOMException('', 'SecurityError');
  },
};
const record: ResumeRecord = {
  place: { kind: 'room', resumeToken: 'secret' },
  participantId: 'p',
  token: null,
  invite: null,
  name: 'Ada',
  devices: { microphoneId: null, cameraId: 'cam', speakerId: null },
  microphoneOn: true,
  cameraOn: false,
  routerRtpCapabilities: { codecs: [] },
};

test('what was chosen is there next time, and a change of one choice leaves the others', () => {
  const local = storage();
  savePreferences(local, { name: 'Ada', cameraOn: false });
  savePreferences(local, { devices: { microphoneId: 'mic', cameraId: null, speakerId: null } });
  expect(loadPreferences(local)).toEqual({
    devices: { microphoneId: 'mic', cameraId: null, speakerId: null },
    name: 'Ada',
    microphoneOn: true,
    cameraOn: false,
    knockSound: true,
  });
});

test('whatever stands in the storage, reading it never throws and gives the right types', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      const read = loadPreferences(storage(new Map([['conclave.preferences', text]])));
      expect(typeof read.name).toBe('string');
      expect(typeof read.microphoneOn).toBe('boolean');
      expect(loadResume(storage(new Map([['conclave.resume.room', text]])), 'room')).toBeNull();
    }),
  );
});

test('a storage that is forbidden or full costs nothing but the memory', () => {
  expect(() => savePreferences(forbidden, { name: 'Ada' })).not.toThrow();
  expect(loadPreferences(forbidden).name).toBe('');
  expect(() => {
    saveResume(forbidden, 'room', record);
    forgetResume(forbidden, 'room');
  }).not.toThrow();
});

test('a tab finds its own place in a room again, and only in that room, until it is forgotten', () => {
  const tab = storage();
  saveResume(tab, 'room', record);
  expect(loadResume(tab, 'room')).toEqual(record);
  expect(loadResume(tab, 'other')).toBeNull();
  forgetResume(tab, 'room');
  expect(loadResume(tab, 'room')).toBeNull();
});
