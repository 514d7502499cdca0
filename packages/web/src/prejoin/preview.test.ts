import { describe, expect, test } from 'vitest';
import type { OpenedTrack } from '../session/devices.ts';
import type { DeviceProblem } from '../session/state.ts';
import { createPreview, type DevicePort } from './preview.ts';

class FakeTrack extends EventTarget {
  stopped = false;
  readonly kind: string;
  readonly deviceId: string | null;
  constructor(kind: string, deviceId: string | null) {
    super();
    this.kind = kind;
    this.deviceId = deviceId;
  }
  stop() {
    this.stopped = true;
  }
}

function fakeBrowser({
  unasked = true,
  microphone,
  camera,
}: { unasked?: boolean; microphone?: DeviceProblem; camera?: DeviceProblem } = {}) {
  const tracks: FakeTrack[] = [];
  const problems = { microphone, camera };
  const open = (kind: 'microphone' | 'camera', id: string | null): OpenedTrack => {
    const problem = problems[kind];
    if (problem) return { ok: false, problem };
    const track = new FakeTrack(kind, id);
    tracks.push(track);
    return { ok: true, track: track as unknown as MediaStreamTrack }; // stop and events are all that a preview uses
  };
  const port: DevicePort = {
    mayOpenUnasked: async () => unasked,
    openBoth: async (microphoneId, cameraId) => ({ microphone: open('microphone', microphoneId), camera: open('camera', cameraId) }),
    openMicrophone: async (id) => open('microphone', id),
    openCamera: async (id) => open('camera', id),
  };
  return { port, tracks, problems, alive: () => tracks.filter((track) => !track.stopped).map((track) => track.kind) };
}

const ON = { microphoneOn: true, cameraOn: true, choice: { microphoneId: null, cameraId: null, speakerId: null } };

describe('the preview before the room', () => {
  test('explains before the browser asks, and opens nothing until then', async () => {
    const browser = fakeBrowser({ unasked: false });
    const preview = createPreview(browser.port, ON);
    await preview.start();
    expect(preview.store.getState().step).toBe('explaining');
    expect(browser.tracks).toEqual([]);
    await preview.open();
    expect(preview.store.getState().step).toBe('ready');
    expect(browser.alive()).toEqual(['microphone', 'camera']);
  });

  test('opens at once what was allowed before', async () => {
    const browser = fakeBrowser();
    const preview = createPreview(browser.port, ON);
    await preview.start();
    expect(preview.store.getState()).toMatchObject({
      step: 'ready',
      microphone: { on: true, problem: null },
      camera: { on: true, problem: null },
    });
  });

  test('asks nothing of somebody who sends nothing', async () => {
    const browser = fakeBrowser({ unasked: false });
    const preview = createPreview(browser.port, { ...ON, microphoneOn: false, cameraOn: false });
    await preview.start();
    expect(preview.store.getState().step).toBe('ready');
    expect(browser.tracks).toEqual([]);
  });

  test('a broken camera leaves the microphone working, and trying again opens the camera alone', async () => {
    const browser = fakeBrowser({ camera: 'in_use' });
    const preview = createPreview(browser.port, ON);
    await preview.start();
    expect(preview.store.getState()).toMatchObject({ microphone: { problem: null }, camera: { problem: 'in_use', track: null } });
    browser.problems.camera = undefined;
    await preview.open();
    expect(browser.alive()).toEqual(['microphone', 'camera']);
    expect(browser.tracks).toHaveLength(2);
  });

  test('a camera that is switched off is really stopped', async () => {
    const browser = fakeBrowser();
    const preview = createPreview(browser.port, ON);
    await preview.start();
    await preview.set('camera', false);
    expect(browser.alive()).toEqual(['microphone']);
  });

  test('a camera that opens after it was switched off is stopped', async () => {
    const browser = fakeBrowser();
    const preview = createPreview(browser.port, { ...ON, cameraOn: false });
    await preview.start();
    const opening = preview.set('camera', true);
    await preview.set('camera', false);
    await opening;
    expect(browser.alive()).toEqual(['microphone']);
    expect(preview.store.getState().camera.track).toBeNull();
  });

  test('another device replaces the track of the one before', async () => {
    const browser = fakeBrowser();
    const preview = createPreview(browser.port, ON);
    await preview.start();
    await preview.choose({ cameraId: 'second' });
    expect(browser.alive()).toEqual(['microphone', 'camera']);
    expect(browser.tracks.at(-1)?.deviceId).toBe('second');
  });

  test('a device that is unplugged is said to be gone', async () => {
    const browser = fakeBrowser();
    const preview = createPreview(browser.port, ON);
    await preview.start();
    browser.tracks[1]?.dispatchEvent(new Event('ended'));
    expect(preview.store.getState().camera).toMatchObject({ track: null, problem: 'ended_by_system' });
  });

  test('tracks that were handed over live on; all others end with the page', async () => {
    const given = fakeBrowser();
    const joined = createPreview(given.port, ON);
    await joined.start();
    const { cameraTrack } = joined.handOver();
    joined.release();
    expect(cameraTrack).toBe(given.tracks[1]);
    expect(given.alive()).toEqual(['microphone', 'camera']);

    const left = fakeBrowser();
    const closed = createPreview(left.port, ON);
    const starting = closed.start();
    closed.release();
    await starting;
    await closed.open();
    expect(left.alive()).toEqual([]);
  });
});
