import { EventEmitter } from 'node:events';
import { AppError } from '@conclave/protocol/errors';
import type { MediaAccess } from '@conclave/protocol/media-api/public';
import type { Device } from 'mediasoup-client';
import type { Transport } from 'mediasoup-client/types';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createMedia } from './media.ts';
import type { MediaPathState } from './state.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** One of a browser, as far as the path looks at it. */
class FakeTransport extends EventEmitter {
  connectionState = 'new';
  closed = false;

  readonly direction: 'send' | 'recv';

  constructor(direction: 'send' | 'recv') {
    super();
    this.direction = direction;
  }

  become(state: string): void {
    this.connectionState = state;
    this.emit('connectionstatechange', state);
  }

  close(): void {
    this.closed = true;
  }
}

const ACCESS = { baseUrl: '/media/v1', capability: 'c', routerRtpCapabilities: {}, iceServers: [], send: {}, recv: {}, consumers: [] };
const access = ACCESS as unknown as MediaAccess; // what the fake device does not look at is left out

function make() {
  const states: MediaPathState[] = [];
  const transports: FakeTransport[] = [];
  const add = (direction: 'send' | 'recv') => {
    const transport = new FakeTransport(direction);
    transports.push(transport);
    return transport as unknown as Transport; // the others of its methods are not called
  };
  const device = { createSendTransport: () => add('send'), createRecvTransport: () => add('recv') } as unknown as Device;
  let requests = 0;
  const media = createMedia({
    origin: 'https://meet.test',
    devices: {
      prepare: async () => undefined,
      mediaAhead: () => ({}),
      identity: () => null,
      deviceFor: async () => ({ device, same: true }),
    },
    wanted: () => ({ producers: [], watched: null, hidden: false }),
    onState: (state) => {
      if (states.at(-1) !== state) states.push(state);
    },
    onTrack: () => undefined,
    onTrackGone: () => undefined,
    onOpened: async () => undefined,
    onSettled: () => undefined,
    onPublishRefused: () => undefined,
    requestAccess: async () => {
      requests++;
      return access;
    },
    requestIceServers: () => new Promise(() => undefined),
  });
  return {
    media,
    states,
    newest: (direction: 'send' | 'recv') => transports.findLast((each) => each.direction === direction),
    requests: () => requests,
  };
}

test('a device that comes after the path was opened begins a connection, and that is told', async () => {
  const { media, states, newest } = make();
  await media.open(access);
  expect(states).toEqual(['connecting', 'connected']); // nothing to send or to receive
  newest('send')?.become('connecting');
  expect(states.at(-1)).toBe('connecting');
  newest('send')?.become('connected');
  expect(states.at(-1)).toBe('connected');
  media.close();
});

test('who comes after a path was built anew opens its other transport, and nothing is recovered from', async () => {
  const { media, states, newest, requests } = make();
  await media.open(access);
  newest('send')?.become('connecting');
  newest('send')?.become('connected');
  media.handleError(new AppError('media_lost'));
  await vi.advanceTimersByTimeAsync(20_000);
  expect([states.slice(-2), requests()]).toEqual([['recovering', 'connected'], 1]);
  newest('send')?.become('connecting');
  newest('send')?.become('connected');
  newest('recv')?.become('connecting');
  expect(states.slice(-3)).toEqual(['connecting', 'connected', 'connecting']);
  expect(states.filter((state) => state === 'recovering')).toHaveLength(1);
  media.close();
});
