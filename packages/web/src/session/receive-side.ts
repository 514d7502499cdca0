import type { ConsumerUpdate, ConsumerView } from '@conclave/protocol/media-api/public';
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

const ASK_AGAIN_MS = 5_000;
const ASK_TIMES = 3;

interface Entry extends Receiving {
  target: ConsumerTarget;
  /** Made ahead at its smallest layer and not seen yet: asking for more now would only delay the first frame. */
  arriving: boolean;
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
  const refused = createRefusals();
  /** Producers whose consumers are being negotiated. */
  const opening = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let dueAtMs = Number.POSITIVE_INFINITY;
  let running = false;
  let again = false;
  const disposal = new AbortController();
  const disposed = disposal.signal;

  const refuse = (producerId: string) => {
    if (refused.note(producerId, performance.now())) reconcile(ASK_AGAIN_MS);
  };

  const accept = async (views: readonly ConsumerView[]) => {
    for (const view of views) opening.add(view.producerId);
    // All in one go: mediasoup-client negotiates them together.
    await Promise.all(views.map((view) => acceptOne(view)));
    for (const view of views) opening.delete(view.producerId);
  };

  const acceptOne = async (view: ConsumerView) => {
    try {
      // The wire's schema is looser than mediasoup's types; the media node made these with mediasoup itself. Microphone and camera of
      // one person share a stream, so that the browser keeps lips and voice together.
      const streamId = `${view.participantId}-${view.source.startsWith('screen') ? 'screen' : 'person'}`;
      const consumer = await transport.consume({ ...view, streamId } as ConsumerOptions);
      const { id, type, paused, participantId, source, producerId } = view;
      const arriving = view.kind === 'video' && !paused && consumer.track.muted;
      if (arriving) consumer.track.addEventListener('unmute', () => arrived(producerId), { once: true });
      entries.set(producerId, {
        arriving,
        participantId,
        source,
        producerId,
        paused,
        consumer,
        target: { id, type, paused, maxSpatialLayer: null, priority: null },
      });
      handlers.onTrack(participantId, source, consumer.track, consumer.rtpReceiver);
    } catch (error) {
      refuse(view.producerId);
      if (!disposed.aborted) handlers.onError(error);
    }
  };

  const arrived = (producerId: string) => {
    const entry = entries.get(producerId);
    if (entry === undefined) return;
    entry.arriving = false;
    reconcile(0);
  };

  /** Without the layers of what is still arriving. */
  const patient = (updates: readonly ConsumerUpdate[]): ConsumerUpdate[] => {
    const waiting = new Set<string>([...entries.values()].filter((entry) => entry.arriving).map((entry) => entry.target.id));
    return updates.flatMap((update) => {
      if (!waiting.has(update.id) || update.paused === true) return [update];
      const { maxSpatialLayer: _later, ...now } = update;
      return Object.keys(now).length > 1 ? [now] : [];
    });
  };

  const turn = async () => {
    const input = wanted();
    const consumers = new Map([...entries].map(([producerId, entry]) => [producerId, entry.target]));
    const plan = planConsumption({ ...input, consumers });
    const create = plan.create.filter((producerId) => !opening.has(producerId) && !refused.holds(producerId, performance.now()));
    if (create.length > 0) {
      // mediasoup's own capabilities fit the wire's looser schema.
      const views = await api.createConsumers(device.recvRtpCapabilities as RtpCapabilities, create);
      for (const producerId of create) if (!views.some((view) => view.producerId === producerId)) refuse(producerId);
      const present = new Set(wanted().producers.map((producer) => producer.id));
      await accept(views.filter((view) => present.has(view.producerId))); // some may have closed while we asked
      again = true; // they start paused; the next turn lets all of them flow in one request
    }
    const updates = patient(plan.update);
    if (updates.length > 0) {
      await api.updateConsumers(updates);
      for (const update of updates) {
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
      if (disposed.aborted) return;
      handlers.onError(error);
      // The requests were patient already; what is wanted is still wanted.
      reconcile(ASK_AGAIN_MS);
    } finally {
      running = false;
    }
  };

  const reconcile = (waitMs: number) => {
    const atMs = performance.now() + waitMs;
    if (disposed.aborted || atMs >= dueAtMs) return;
    clearTimeout(timer);
    dueAtMs = atMs;
    timer = setTimeout(() => {
      dueAtMs = Number.POSITIVE_INFINITY;
      void run();
    }, waitMs);
  };

  const closedByNode = (producerId: string) => {
    refused.forget(producerId);
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
    reconcile,
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

/**
 * Producers that the media node left out or that could not be opened. It may have been bad luck (a worker that died at that moment), so
 * they are asked for again a few times, and then taken as not decodable here.
 */
function createRefusals() {
  const refusals = new Map<string, { times: number; untilMs: number }>();
  return {
    /** True when it is worth asking again later. */
    note: (producerId: string, nowMs: number): boolean => {
      const times = (refusals.get(producerId)?.times ?? 0) + 1;
      const worthIt = times < ASK_TIMES;
      refusals.set(producerId, { times, untilMs: worthIt ? nowMs + ASK_AGAIN_MS : Number.POSITIVE_INFINITY });
      return worthIt;
    },
    holds: (producerId: string, nowMs: number): boolean => (refusals.get(producerId)?.untilMs ?? 0) > nowMs,
    forget: (producerId: string): void => void refusals.delete(producerId),
  };
}
