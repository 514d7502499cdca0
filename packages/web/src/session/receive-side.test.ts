import { ConsumerId, ParticipantId, ProducerId } from '@conclave/protocol/ids';
import type { ConsumerUpdate, ConsumerView } from '@conclave/protocol/media-api/public';
import type { Device } from 'mediasoup-client';
import type { Consumer, Transport } from 'mediasoup-client/types';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { MediaApi } from './media-api.ts';
import { createReceiveSide, type Wanted } from './receive-side.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const ada = ParticipantId.parse(id(1));
const camera = (n: number): ReturnType<Wanted>['producers'][number] => ({
  id: ProducerId.parse(id(n)),
  source: 'camera',
  kind: 'video',
  paused: false,
  participantId: ada,
});
const viewOf = (producerId: string, paused = true): ConsumerView => ({
  id: ConsumerId.parse(producerId.replace('-4000-8000-0', '-4000-8000-9')),
  producerId: ProducerId.parse(producerId),
  participantId: ada,
  source: 'camera',
  kind: 'video',
  rtpParameters: { codecs: [] },
  type: 'simulcast',
  paused,
});

function make(answer: (producerIds: readonly string[]) => ConsumerView[] = (producerIds) => producerIds.map((each) => viewOf(each))) {
  const producers = [camera(10)];
  const asked: (readonly string[])[] = [];
  const updates: (readonly ConsumerUpdate[])[] = [];
  const events: string[] = [];
  let negotiate: (() => void) | null = null;
  const consumer = (producerId: string) =>
    ({ track: { id: producerId }, close: () => events.push(`closed ${producerId}`) }) as unknown as Consumer; // all that is used
  const transport = {
    consume: async ({ producerId }: { producerId: string }) => {
      if (negotiate !== null)
        await new Promise<void>((resolve) => {
          negotiate = resolve;
        });
      return consumer(producerId);
    },
  } as unknown as Transport; // the only method that is used
  const api = {
    createConsumers: async (_capabilities: unknown, producerIds: readonly string[]) => {
      asked.push(producerIds);
      return answer(producerIds);
    },
    updateConsumers: async (each: readonly ConsumerUpdate[]) => {
      updates.push(each);
    },
  } as unknown as MediaApi; // the others are not called
  const receive = createReceiveSide({
    transport,
    api,
    device: { recvRtpCapabilities: {} } as Device,
    wanted: () => ({ producers, watched: null, hidden: false }),
    handlers: {
      onTrack: (_participantId, _source, track) => events.push(`track ${track.id}`),
      onTrackGone: (_participantId, _source, track) => events.push(`gone ${track.id}`),
      onError: () => events.push('error'),
    },
  });
  return {
    receive,
    producers,
    asked,
    updates,
    events,
    slowly: () => {
      negotiate = () => {};
    },
    finish: () => {
      negotiate?.();
    },
  };
}

test('what is new is consumed in one request and then flows by one more', async () => {
  const { receive, producers, asked, updates } = make();
  producers.push(camera(11));
  receive.reconcile(15);
  receive.reconcile(100);
  await vi.advanceTimersByTimeAsync(15);
  expect(asked).toEqual([[id(10), id(11)]]);
  expect(updates.map((each) => each.map(({ paused }) => paused))).toEqual([[false, false]]);
});

test('a consumer made ahead that is still being opened is not asked for a second time', async () => {
  const { receive, asked, slowly, finish, events } = make();
  slowly();
  const accepting = receive.accept([viewOf(id(10), false)]);
  receive.reconcile(0);
  await vi.advanceTimersByTimeAsync(50);
  expect(asked).toEqual([]);
  finish();
  await accepting;
  receive.reconcile(0);
  await vi.advanceTimersByTimeAsync(50);
  expect([asked, events]).toEqual([[], [`track ${id(10)}`]]);
});

test('a producer that the media node leaves out is asked for three times and then taken as not decodable', async () => {
  const { receive, asked } = make(() => []);
  receive.reconcile(0);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(3);
  expect(vi.getTimerCount()).toBe(0);
});

test('a producer that closes takes its track along, and so do those that vanished unseen', async () => {
  const { receive, producers, events } = make();
  producers.push(camera(11));
  receive.reconcile(0);
  await vi.advanceTimersByTimeAsync(0);
  receive.closedByNode(id(10));
  producers.splice(0);
  receive.closeMissing();
  expect(events.slice(2)).toEqual([`closed ${id(10)}`, `gone ${id(10)}`, `closed ${id(11)}`, `gone ${id(11)}`]);
  expect(receive.list()).toEqual([]);
});

test('after its end nothing is asked and no timer is left', async () => {
  const { receive, asked } = make();
  receive.reconcile(10);
  receive.dispose();
  receive.reconcile(10);
  await vi.advanceTimersByTimeAsync(1_000);
  expect([asked, vi.getTimerCount()]).toEqual([[], 0]);
});
