import type { MediaSource } from '@conclave/protocol/media-api/rtp';
import type { Device } from 'mediasoup-client';
import type { Producer, Transport } from 'mediasoup-client/types';
import { planSending } from './encodings.ts';
import type { MediaApi, NewProducer } from './media-api.ts';

export interface Sending {
  source: MediaSource;
  producer: Producer;
  /** As the media node calls it; null until it has answered. */
  id: string | null;
  paused: boolean;
}

export interface SendSideHandlers {
  /** The media node would not take it or took it back. The track is untouched and still ours. */
  onRefused(source: MediaSource, error: unknown): void;
}

/** What is sent before anybody asked for more; the media node begins to count demand there too. */
const SMALLEST_LAYER = 0;

interface Entry extends Sending {
  idKnown: Promise<string>;
  /** One change of the sender's parameters at a time: a second `setParameters` would find the first one's transaction gone. */
  adjusting: Promise<void>;
}

/** What one sends over one media path. Tracks belong to the caller and are never stopped here. */
export interface SendSide {
  /** Sends a track; resolves when it is on its way. One of each source: publish again only after `unpublish`. */
  publish(source: MediaSource, track: MediaStreamTrack, paused: boolean): Promise<void>;
  /** Changes the track without negotiation; null sends nothing. */
  replaceTrack(source: MediaSource, track: MediaStreamTrack | null): Promise<void>;
  setPaused(source: MediaSource, paused: boolean): Promise<void>;
  unpublish(source: MediaSource): Promise<void>;
  has(source: MediaSource): boolean;
  /** `producer.demanded`: encode nothing above this layer; −1 nothing at all. */
  demand(producerId: string, maxSpatialLayer: number): void;
  /** `producer.closed` of one's own: the media node closed it. Returns its source if it was still sent. */
  closedByNode(producerId: string): MediaSource | null;
  list(): readonly Sending[];
}

export function createSendSide(options: { transport: Transport; device: Device; api: MediaApi; handlers: SendSideHandlers }): SendSide {
  const { transport, device, api, handlers } = options;
  const entries = new Map<MediaSource, Entry>();
  /** Demands that overtook the reply which tells us the producer's id. */
  const early = new Map<string, number>();
  const requests = new Map<string, Promise<string>>();

  // Answered at once with a name of our own, so that the next track does not wait for this one's reply.
  transport.on('produce', ({ kind, rtpParameters, appData }, callback) => {
    const localId = crypto.randomUUID();
    const { source, paused } = appData as { source: MediaSource; paused: boolean }; // put there by publish(), the only caller
    // mediasoup's parameters fit the schema of the wire, which is looser.
    requests.set(localId, api.createProducer({ source, kind, rtpParameters: rtpParameters as NewProducer['rtpParameters'], paused }));
    callback({ id: localId });
  });

  const forget = (entry: Entry) => {
    if (entries.get(entry.source) === entry) entries.delete(entry.source);
    entry.producer.close();
  };

  const settleId = (entry: Entry) =>
    entry.idKnown.then(
      (id) => {
        entry.id = id;
        const demanded = early.get(id);
        early.delete(id);
        if (demanded !== undefined) adjust(entry, demanded);
      },
      (error: unknown) => {
        if (entry.producer.closed) return;
        forget(entry);
        handlers.onRefused(entry.source, error);
      },
    );

  return {
    publish: async (source, track, paused) => {
      const plan = planSending(source, sizeOf(track));
      track.contentHint = plan.contentHint;
      const codec = plan.codecs
        .map((mimeType) => device.sendRtpCapabilities.codecs?.find((known) => known.mimeType.toLowerCase() === mimeType.toLowerCase()))
        .find((known) => known !== undefined);
      const producer = await transport.produce({
        track,
        encodings: plan.encodings,
        codecOptions: plan.codecOptions,
        ...(codec === undefined ? {} : { codec }),
        stopTracks: false,
        disableTrackOnPause: false,
        appData: { source, paused },
      });
      const idKnown = requests.get(producer.id) ?? Promise.reject(new Error('produce was not announced'));
      requests.delete(producer.id);
      const entry: Entry = { source, producer, id: null, paused, idKnown, adjusting: Promise.resolve() };
      entries.set(source, entry);
      adjust(entry, SMALLEST_LAYER);
      void settleId(entry);
    },
    replaceTrack: async (source, track) => {
      const entry = entries.get(source);
      if (track !== null) track.contentHint = planSending(source, sizeOf(track)).contentHint;
      await entry?.producer.replaceTrack({ track });
    },
    setPaused: async (source, paused) => {
      const entry = entries.get(source);
      if (entry === undefined || entry.paused === paused) return;
      entry.paused = paused;
      const id = await entry.idKnown.catch(() => null);
      // Two quick presses: only the last one is told.
      if (id !== null && entry.paused === paused && !entry.producer.closed) await api.updateProducer(id, paused);
    },
    unpublish: async (source) => {
      const entry = entries.get(source);
      if (entry === undefined) return;
      forget(entry);
      const id = await entry.idKnown.catch(() => null);
      if (id === null) return;
      // Others see at once that it stops on purpose; see held-closings.ts.
      await api.updateProducer(id, true);
      await api.deleteProducer(id);
    },
    has: (source) => entries.has(source),
    demand: (producerId, maxSpatialLayer) => {
      const entry = [...entries.values()].find((candidate) => candidate.id === producerId);
      if (entry !== undefined) adjust(entry, maxSpatialLayer);
      else if ([...entries.values()].some((candidate) => candidate.id === null)) early.set(producerId, maxSpatialLayer);
    },
    closedByNode: (producerId) => {
      const entry = [...entries.values()].find((candidate) => candidate.id === producerId);
      if (entry === undefined) return null;
      forget(entry);
      return entry.source;
    },
    list: () => [...entries.values()],
  };
}

/**
 * Turns encodings on and off by the sender's parameters alone. mediasoup-client's own way renegotiates, and a layer that an answer
 * once declared paused cannot be had back in Chromium. A layer that is turned on begins with a key frame, while the media node
 * goes on with the lower one: no dark frame.
 */
function adjust(entry: Entry, maxSpatialLayer: number): void {
  entry.adjusting = entry.adjusting
    .then(async () => {
      const sender = entry.producer.rtpSender;
      if (sender === undefined || entry.producer.closed) return;
      const parameters = sender.getParameters();
      const changed = parameters.encodings.some((encoding, layer) => encoding.active !== layer <= maxSpatialLayer);
      if (!changed) return;
      parameters.encodings.forEach((encoding, layer) => {
        encoding.active = layer <= maxSpatialLayer;
      });
      await sender.setParameters(parameters);
    })
    .catch(() => {
      // The sender was closed meanwhile; what is not sent need not be thinned out.
    });
}

function sizeOf(track: MediaStreamTrack): { width: number; height: number } {
  const { width, height } = track.getSettings();
  return { width: width ?? 1280, height: height ?? 720 };
}
