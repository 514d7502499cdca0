import type { ConsumerView } from '@conclave/protocol/media-api/public';
import type { MediaSource, RtpCapabilities } from '@conclave/protocol/media-api/rtp';
import type { Device } from 'mediasoup-client';
import type { Consumer, ConsumerOptions, Transport } from 'mediasoup-client/types';
import { planConsumption, type ConsumerTarget, type ConsumptionInput } from './consumption.ts';
import type { MediaApi } from './media-api.ts';

export interface Receiving {
  participantId: string;
  source: MediaSource;
  producerId: string;
  paused: boolean;
  consumer: Consumer;
}

export interface ReceiveSideHandlers {
  onTrack(participantId: string, source: MediaSource, track: MediaStreamTrack, receiver: RTCRtpReceiver | undefined): void;
  /** Not after the path was closed as a whole. */
  onTrackGone(participantId: string, source: MediaSource, track: MediaStreamTrack): void;
  onError(error: unknown): void;
}

/** What is wanted; asked anew at each turn, so that nothing here can be stale. */
export type Wanted = () => Omit<ConsumptionInput, 'consumers'>;

/** What one receives over one media path. */
export interface ReceiveSide {
  /** Takes consumers that the media node made ahead. */
  accept(views: readonly ConsumerView[]): Promise<void>;
  /** Gives them back. */
  reject(views: readonly ConsumerView[]): Promise<void>;
  /** Compares what flows with what is wanted, soon; calls within `waitMs` are one turn. */
  reconcile(waitMs: number): void;
  closedByNode(producerId: string): void;
  /** Lets go of all whose producers are not in the roster. */
  closeMissing(): void;
  voiceOf(participantId: string): Consumer | undefined;
  list(): readonly Receiving[];
  dispose(): void;
}

interface Entry extends Receiving {
  target: ConsumerTarget;
}

export function createReceiveSide(options: {
  transport: Transport;
  device: Device;
  api: MediaApi;
  wanted: Wanted;
  handlers: ReceiveSideHandlers;
}): ReceiveSide {
  const { transport, device, api, wanted, handlers } = options;
  /** By producer. */
  const entries = new Map<string, Entry>();
  /** Producers that this browser cannot decode, or that vanished before we could ask: not asked for again. */
  const refused = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let dueAtMs = Number.POSITIVE_INFINITY;
  let running = false;
  let again = false;
  const disposal = new AbortController();
  const disposed = disposal.signal;

  const accept = async (views: readonly ConsumerView[]) => {
    // All in one go: mediasoup-client negotiates them together.
    await Promise.all(views.map((view) => acceptOne(view)));
  };

  const acceptOne = async (view: ConsumerView) => {
    try {
      // The wire's schema is looser than mediasoup's types; the media node made these with mediasoup itself. Microphone and camera of
      // one person share a stream, so that the browser keeps lips and voice together.
      const streamId = `${view.participantId}-${view.source.startsWith('screen') ? 'screen' : 'person'}`;
      const consumer = await transport.consume({ ...view, streamId } as ConsumerOptions);
      const { id, type, paused, participantId, source, producerId } = view;
      entries.set(producerId, {
        participantId,
        source,
        producerId,
        paused,
        consumer,
        target: { id, type, paused, maxSpatialLayer: null, priority: null },
      });
      handlers.onTrack(participantId, source, consumer.track, consumer.rtpReceiver);
    } catch (error) {
      refused.add(view.producerId);
      if (!disposed.aborted) handlers.onError(error);
    }
  };

  const turn = async () => {
    const input = wanted();
    const consumers = new Map([...entries].map(([producerId, entry]) => [producerId, entry.target]));
    const plan = planConsumption({ ...input, consumers });
    const create = plan.create.filter((producerId) => !refused.has(producerId));
    if (create.length > 0) {
      // mediasoup's own capabilities fit the wire's looser schema.
      const views = await api.createConsumers(device.recvRtpCapabilities as RtpCapabilities, create);
      for (const producerId of create) if (!views.some((view) => view.producerId === producerId)) refused.add(producerId);
      const present = new Set(wanted().producers.map((producer) => producer.id));
      await accept(views.filter((view) => present.has(view.producerId))); // some may have closed while we asked
      again = true; // they start paused; the next turn lets all of them flow in one request
    }
    if (plan.update.length > 0) {
      await api.updateConsumers(plan.update);
      for (const update of plan.update) {
        const entry = [...entries.values()].find((candidate) => candidate.target.id === update.id);
        if (entry === undefined) continue;
        const { paused = entry.target.paused, maxSpatialLayer = entry.target.maxSpatialLayer, priority = entry.target.priority } = update;
        entry.target = { ...entry.target, paused, maxSpatialLayer, priority };
        entry.paused = paused;
      }
    }
  };

  const run = async () => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      do {
        again = false;
        await turn();
      } while (again && !disposed.aborted);
    } catch (error) {
      if (!disposed.aborted) handlers.onError(error);
    } finally {
      running = false;
    }
  };

  const closedByNode = (producerId: string) => {
    refused.delete(producerId);
    const entry = entries.get(producerId);
    if (entry === undefined) return;
    entries.delete(producerId);
    const { track } = entry.consumer;
    entry.consumer.close();
    handlers.onTrackGone(entry.participantId, entry.source, track);
  };

  return {
    accept,
    reject: async (views) => {
      if (views.length > 0) await api.updateConsumers(views.map(({ id }) => ({ id, close: true }))).catch(handlers.onError);
    },
    reconcile: (waitMs) => {
      const atMs = performance.now() + waitMs;
      if (disposed.aborted || atMs >= dueAtMs) return;
      clearTimeout(timer);
      dueAtMs = atMs;
      timer = setTimeout(() => {
        dueAtMs = Number.POSITIVE_INFINITY;
        void run();
      }, waitMs);
    },
    closedByNode,
    closeMissing: () => {
      const present = new Set<string>(wanted().producers.map((producer) => producer.id));
      for (const producerId of entries.keys()) if (!present.has(producerId)) closedByNode(producerId);
    },
    voiceOf: (participantId) =>
      [...entries.values()].find((entry) => entry.participantId === participantId && entry.source === 'microphone')?.consumer,
    list: () => [...entries.values()],
    dispose: () => {
      disposal.abort();
      clearTimeout(timer);
    },
  };
}
