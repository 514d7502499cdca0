import { ConsumerId, ProducerId } from '@conclave/protocol/ids';
import { expect, test } from 'vitest';
import { layerFor, planConsumption, type ConsumerTarget, type ConsumptionInput } from './consumption.ts';
import type { WatchedVideo } from './state.ts';

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const producer = (n: number, source: 'microphone' | 'camera' | 'screen', participantId = 'ada'): ConsumptionInput['producers'][number] => ({
  id: ProducerId.parse(id(n)),
  source,
  kind: source === 'microphone' ? 'audio' : 'video',
  paused: false,
  participantId,
});
const consumer = (n: number, target: Partial<ConsumerTarget> = {}): ConsumerTarget => ({
  id: ConsumerId.parse(id(100 + n)),
  type: 'simulcast',
  paused: false,
  maxSpatialLayer: null,
  priority: null,
  ...target,
});
const view = (participantId: string, heightPx: number, more: Partial<WatchedVideo> = {}): WatchedVideo => ({
  participantId,
  source: 'camera',
  widthPx: (heightPx * 16) / 9,
  heightPx,
  priority: 'tile',
  ...more,
});
const plan = (input: Partial<ConsumptionInput>) =>
  planConsumption({ producers: [], watched: null, hidden: false, consumers: new Map(), ...input });

test('before the layout has spoken everything is taken as it comes', () => {
  expect(plan({ producers: [producer(1, 'microphone'), producer(2, 'camera')] })).toEqual({ create: [id(1), id(2)], update: [] });
});

test('sound is always taken, a picture only while somebody looks at it', () => {
  const producers = [producer(1, 'microphone'), producer(2, 'camera'), producer(3, 'camera', 'ben')];
  expect(plan({ producers, watched: [view('ben', 200)] }).create).toEqual([id(1), id(3)]);
});

test('a video that leaves the screen is paused, and flows again when it returns', () => {
  const producers = [producer(2, 'camera')];
  expect(plan({ producers, watched: [], consumers: new Map([[id(2), consumer(2)]]) }).update).toEqual([{ id: id(102), paused: true }]);
  expect(plan({ producers, watched: [view('ada', 200)], consumers: new Map([[id(2), consumer(2, { paused: true })]]) }).update).toEqual([
    { id: id(102), paused: false, maxSpatialLayer: 0, priority: 100 },
  ]);
});

test('what is as wanted already is not asked for again', () => {
  const consumers = new Map([[id(2), consumer(2, { maxSpatialLayer: 2, priority: 200 })]]);
  expect(plan({ producers: [producer(2, 'camera')], watched: [view('ada', 720, { priority: 'main' })], consumers })).toEqual({
    create: [],
    update: [],
  });
});

test('a page that nobody looks at keeps sound and gives up pictures', () => {
  const producers = [producer(1, 'microphone'), producer(2, 'camera')];
  const consumers = new Map([
    [id(1), consumer(1, { type: 'simple' })],
    [id(2), consumer(2)],
  ]);
  expect(plan({ producers, hidden: true, watched: [view('ada', 720)], consumers }).update).toEqual([{ id: id(102), paused: true }]);
});

test('the larger of two views of one video decides its layer', () => {
  const consumers = new Map([[id(2), consumer(2)]]);
  expect(
    plan({ producers: [producer(2, 'camera')], watched: [view('ada', 90), view('ada', 700, { priority: 'main' })], consumers }).update,
  ).toEqual([{ id: id(102), maxSpatialLayer: 2, priority: 200 }]);
});

test('a shared screen is never thinned out by its size, and simple consumers are not asked for layers', () => {
  const watched = [view('ada', 90, { source: 'screen' }), view('ben', 90)];
  const producers = [producer(3, 'screen'), producer(4, 'camera', 'ben')];
  const consumers = new Map([
    [id(3), consumer(3, { type: 'svc' })],
    [id(4), consumer(4, { type: 'simple' })],
  ]);
  expect(plan({ producers, watched, consumers }).update).toEqual([
    { id: id(103), priority: 100 },
    { id: id(104), priority: 100 },
  ]);
});

test('one request never holds more producers than the media node accepts', () => {
  const producers = Array.from({ length: 250 }, (_, n) => producer(n, 'microphone', `p${n}`));
  expect(plan({ producers }).create).toHaveLength(200);
});

test.each([
  [1, 0],
  [240, 0],
  [241, 1],
  [480, 1],
  [481, 2],
  [2000, 2],
])('a view of %i lines takes layer %i', (heightPx, layer) => {
  expect(layerFor({ heightPx })).toBe(layer);
});
