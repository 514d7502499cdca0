import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createStore } from 'zustand/vanilla';
import { initialState } from './initial-state.ts';
import { createRemoteTracks } from './remote-tracks.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const track = (id: string) => ({ id }) as MediaStreamTrack; // only its identity matters here

function make() {
  const store = createStore(initialState);
  const played = new Map<string, string | null>();
  const remote = createRemoteTracks(store, {
    set: (participantId, source, each) => {
      played.set(`${participantId}/${source}`, each?.id ?? null);
    },
    setSpeaker: async () => {},
    unblock: async () => {},
    dispose: () => {},
  });
  return { remote, played, shown: () => store.getState().remote };
}
const receiver = (frames: { arrived: boolean }) => ({
  getSynchronizationSources: () => (frames.arrived ? [{ rtpTimestamp: 0, source: 1, timestamp: 0 }] : []),
});

test('sound is played and pictures are only shown', () => {
  const { remote, played, shown } = make();
  remote.set('ada', 'microphone', track('m'));
  remote.set('ada', 'camera', track('c'));
  expect([...played]).toEqual([['ada/microphone', 'm']]);
  expect(shown()).toEqual({ ada: { microphone: { id: 'm' }, camera: { id: 'c' } } });
});

test('the last picture stays until the first frame of its successor', () => {
  const { remote, shown } = make();
  const frames = { arrived: false };
  remote.set('ada', 'camera', track('old'));
  remote.set('ada', 'camera', track('new'), receiver(frames));
  vi.advanceTimersByTime(1_000);
  expect(shown().ada?.camera?.id).toBe('old');
  frames.arrived = true;
  vi.advanceTimersByTime(40);
  expect([shown().ada?.camera?.id, vi.getTimerCount()]).toEqual(['new', 0]);
});

test('a successor that sends no frame takes over after 3 s', () => {
  const { remote, shown } = make();
  remote.set('ada', 'camera', track('old'));
  remote.set('ada', 'camera', track('new'), receiver({ arrived: false }));
  vi.advanceTimersByTime(3_000);
  expect(shown().ada?.camera?.id).toBe('new');
});

test('the end of a track that was succeeded changes nothing, the end of the successor removes the picture', () => {
  const { remote, shown } = make();
  remote.set('ada', 'camera', track('old'));
  const [old] = [shown().ada?.camera];
  const next = track('new');
  remote.set('ada', 'camera', next, receiver({ arrived: false }));
  if (old) remote.gone('ada', 'camera', old);
  expect(shown().ada?.camera).toBe(old);
  remote.gone('ada', 'camera', next);
  expect([shown(), vi.getTimerCount()]).toEqual([{}, 0]);
});

test('after a rebuild what has not come back is neither shown nor played, and clearing leaves nothing', () => {
  const { remote, played, shown } = make();
  remote.set('ada', 'microphone', track('m'));
  remote.set('ben', 'microphone', track('n'));
  remote.keepOnly([{ participantId: 'ben', source: 'microphone' }]);
  expect([Object.keys(shown()), played.get('ada/microphone')]).toEqual([['ben'], null]);
  remote.set('ben', 'camera', track('c'));
  remote.clear();
  expect([shown(), played.get('ben/microphone')]).toEqual([{}, null]);
});
