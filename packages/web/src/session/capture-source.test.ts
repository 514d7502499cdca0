import { expect, test } from 'vitest';
import { createCaptureSource, type CaptureView } from './capture-source.ts';
import type { OpenedTrack } from './devices.ts';
import type { SendSide } from './send-side.ts';

/** As much of a MediaStreamTrack as a capture source touches. */
class FakeTrack extends EventTarget {
  enabled = true;
  readyState: 'live' | 'ended' = 'live';

  stop(): void {
    this.readyState = 'ended';
  }

  /** The device was unplugged. */
  vanish(): void {
    this.stop();
    this.dispatchEvent(new Event('ended'));
  }
}
const asTrack = (track: FakeTrack) => track as unknown as MediaStreamTrack; // the rest is not touched
const opened = (track: FakeTrack): OpenedTrack => ({ ok: true, track: asTrack(track) });

interface Sent {
  track: unknown;
  paused: boolean;
}

function make(source: 'microphone' | 'camera', open: (deviceId: string | null) => Promise<OpenedTrack>, granted = true) {
  const sent: { now: Sent | null } = { now: null };
  const send: Pick<SendSide, 'has' | 'publish' | 'replaceTrack' | 'setPaused'> = {
    has: () => sent.now !== null,
    publish: async (_source, track, paused) => {
      sent.now = { track, paused };
    },
    replaceTrack: async (_source, track) => {
      if (sent.now) sent.now = { ...sent.now, track };
    },
    setPaused: async (_source, paused) => {
      if (sent.now) sent.now = { ...sent.now, paused };
    },
  };
  const views: CaptureView[] = [];
  const capture = createCaptureSource({
    source,
    open,
    deviceId: () => 'chosen',
    send: () => send as SendSide,
    granted: () => granted, // the other members are not called
    onChange: (view) => views.push(view),
    onError: (error) => {
      throw error;
    },
  });
  return { capture, sent, views };
}

test('a camera that is turned off is closed, and opened anew when it is turned on', async () => {
  const tracks = [new FakeTrack(), new FakeTrack()];
  let next = 0;
  const { capture, sent } = make('camera', async () => opened(tracks[next++] ?? new FakeTrack()));
  await capture.set(true);
  expect(sent.now).toEqual({ track: tracks[0], paused: false });
  await capture.set(false);
  expect([tracks[0]?.readyState, sent.now]).toEqual(['ended', { track: null, paused: true }]);
  await capture.set(true);
  expect(sent.now).toEqual({ track: tracks[1], paused: false });
});

test('a muted microphone stays open but is silent and paused', async () => {
  const track = new FakeTrack();
  const { capture, sent } = make('microphone', async () => opened(track));
  await capture.set(true);
  await capture.set(false);
  expect([track.readyState, track.enabled, sent.now?.paused, capture.view().on]).toEqual(['live', false, true, false]);
  await capture.set(true);
  expect([track.enabled, sent.now?.paused, capture.view().on]).toEqual([true, false, true]);
});

test('a device that cannot be opened leaves it off and says why', async () => {
  const { capture } = make('camera', async () => ({ ok: false, problem: 'in_use' }));
  await capture.set(true);
  expect(capture.view()).toEqual({ on: false, busy: false, problem: 'in_use', track: null });
});

test('without the grant no device is opened at all', async () => {
  const { capture } = make(
    'camera',
    async () => {
      throw new Error('was opened');
    },
    false,
  );
  await capture.set(true);
  expect(capture.view()).toMatchObject({ on: false, problem: 'not_granted' });
});

test('an unplugged microphone is replaced by another one without a pause', async () => {
  const tracks = [new FakeTrack(), new FakeTrack()];
  const asked: (string | null)[] = [];
  const { capture, sent } = make('microphone', async (deviceId) => {
    asked.push(deviceId);
    return opened(tracks[asked.length - 1] ?? new FakeTrack());
  });
  await capture.set(true);
  tracks[0]?.vanish();
  await capture.publish(); // behind the recovery in the queue
  expect(asked).toEqual(['chosen', null]);
  expect([sent.now, capture.view().on]).toEqual([{ track: tracks[1], paused: false }, true]);
});

test('an unplugged camera without a substitute is off, and the person is told', async () => {
  const track = new FakeTrack();
  let plugged = true;
  const { capture, sent } = make('camera', async () => (plugged ? opened(track) : { ok: false, problem: 'not_found' }));
  await capture.set(true);
  plugged = false;
  track.vanish();
  await capture.publish();
  expect(capture.view()).toEqual({ on: false, busy: false, problem: 'ended_by_system', track: null });
  expect(sent.now).toEqual({ track: null, paused: true });
});

test('a device that opens after the stay in the room is over is closed at once', async () => {
  const track = new FakeTrack();
  let answer: (value: OpenedTrack) => void = () => {};
  const { capture } = make(
    'camera',
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  const turning = capture.set(true);
  await Promise.resolve();
  await Promise.resolve();
  capture.revoke(null);
  answer(opened(track));
  await turning;
  expect([track.readyState, capture.view().on, capture.view().track]).toEqual(['ended', false, null]);
});

test('another device takes the place of the open one, which is closed; when it cannot be opened the old one stays', async () => {
  const tracks = [new FakeTrack(), new FakeTrack()];
  let answers: OpenedTrack[] = tracks.map(opened);
  const { capture, sent } = make('microphone', async () => answers.shift() ?? { ok: false, problem: 'not_found' });
  await capture.set(true);
  await capture.set(false);
  await capture.switchDevice();
  expect([tracks[0]?.readyState, tracks[1]?.enabled, sent.now?.track]).toEqual(['ended', false, tracks[1]]);
  answers = [];
  await capture.switchDevice();
  expect([tracks[1]?.readyState, capture.view().problem]).toEqual(['live', 'not_found']);
});

test('presses that come faster than devices open are obeyed in order', async () => {
  const { capture, sent } = make('camera', async () => opened(new FakeTrack()));
  await Promise.all([capture.set(true), capture.set(false), capture.set(true)]);
  expect([capture.view().on, capture.view().busy, sent.now?.paused]).toEqual([true, false, false]);
});
