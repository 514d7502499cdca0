import { AppError, isErrorCode } from '@conclave/protocol/errors';
import type { ConsumerId, ParticipantId, ProducerId } from '@conclave/protocol/ids';
import { CreateConsumersReply, CreateProducerReply, type ConsumerView, type MediaAccess } from '@conclave/protocol/media-api/public';
import type { MediaSource, RtpCapabilities } from '@conclave/protocol/media-api/rtp';
import { makeOpus, makeVp8, type MadeStream } from './made-media.ts';
import { isRtcp, keyFramesAsked, ssrcOf } from './rtp-packet.ts';
import { openSrtpPath, type MediaAddress, type SrtpPath } from './srtp-path.ts';

/** Asks the media server API, path relative to `/media/v1`, with the capability of this participant. */
export type AskMedia = (method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) => Promise<{ status: number; body: object }>;

export interface NativePeerOptions {
  readonly media: MediaAccess;
  readonly ask: AskMedia;
  /** Where packets are sent to instead of the addresses that the node told. */
  readonly via?: { readonly send: MediaAddress; readonly recv: MediaAddress };
}

/** What arrived of one stream, decrypted. */
export interface Arrivals {
  /** null: of no consumer that this peer knows. */
  readonly participantId: ParticipantId | null;
  readonly source: MediaSource | null;
  packets: number;
  /** RTP headers included. */
  bytes: number;
  /** By `performance.now()`; 0 before the first. */
  lastAtMs: number;
}

/** Something that this peer sends. */
export interface Sending {
  readonly id: ProducerId;
  readonly source: MediaSource;
  readonly ssrc: number;
  /** Sends no more, and tells the node nothing. */
  stop(): void;
}

/**
 * A participant's media without a browser: sends made-up streams that are valid RTP, receives, and counts. One process carries many.
 * What the node refuses is thrown as AppError with its code.
 */
export interface NativePeer extends Disposable {
  /** Both transports, until DTLS is up. */
  connect(): Promise<void>;
  /** Makes a producer and sends until it is stopped, whatever becomes of the producer. Bits per second count payload. */
  send(source: MediaSource, options?: { bitrateBps?: number }): Promise<Sending>;
  /** Makes consumers and resumes them. */
  consume(producerIds: readonly ProducerId[]): Promise<ConsumerView[]>;
  /** Counts what comes of consumers that were made ahead or by somebody else. */
  expect(consumers: readonly ConsumerView[]): void;
  /** By SSRC. */
  readonly arrivals: ReadonlyMap<number, Arrivals>;
  /** What the peer can decode, as the API wants it. */
  readonly rtpCapabilities: RtpCapabilities;
}

const DEFAULT_BITRATE_BPS = { microphone: 32_000, camera: 300_000, screen: 300_000, 'screen-audio': 32_000 } as const satisfies Record<
  MediaSource,
  number
>;

/** Opens a peer on what `room.join` answered. Call `connect` before anything flows. */
export function openNativePeer({ media, ask, via }: NativePeerOptions): NativePeer {
  const streams = new Map<number, MadeStream>();
  const stops = new Set<() => void>();
  const arrivals = new Map<number, Arrivals>();
  const rtpCapabilities = decodable(media.routerRtpCapabilities);

  const send = openSrtpPath({ transport: media.send, direction: 'send', ...(via && { via: via.send }), onPacket: onFeedback });
  const recv = openSrtpPath({ transport: media.recv, direction: 'recv', ...(via && { via: via.recv }), onPacket: onMedia });

  function onFeedback(packet: Buffer): void {
    if (isRtcp(packet)) for (const ssrc of keyFramesAsked(packet)) streams.get(ssrc)?.askKeyFrame();
  }

  function onMedia(packet: Buffer): void {
    const ssrc = isRtcp(packet) ? undefined : ssrcOf(packet);
    if (ssrc === undefined) return;
    const counted = arrivals.get(ssrc) ?? { participantId: null, source: null, packets: 0, bytes: 0, lastAtMs: 0 };
    if (counted.packets === 0) arrivals.set(ssrc, counted);
    counted.packets += 1;
    counted.bytes += packet.length;
    counted.lastAtMs = performance.now();
  }

  function expect(consumers: readonly ConsumerView[]): void {
    for (const { participantId, source, rtpParameters } of consumers) {
      for (const { ssrc } of rtpParameters.encodings ?? []) {
        if (ssrc === undefined) continue;
        const { packets = 0, bytes = 0, lastAtMs = 0 } = arrivals.get(ssrc) ?? {};
        arrivals.set(ssrc, { participantId, source, packets, bytes, lastAtMs });
      }
    }
  }

  function transmit(stream: MadeStream): () => void {
    streams.set(stream.ssrc, stream);
    const timer = setInterval(() => {
      for (const packet of stream.take(performance.now())) send.send(packet);
    }, stream.intervalMs);
    const stop = () => {
      clearInterval(timer);
      streams.delete(stream.ssrc);
      stops.delete(stop);
    };
    stops.add(stop);
    return stop;
  }

  async function connectOne(path: SrtpPath, direction: 'send' | 'recv'): Promise<void> {
    await done(ask('POST', `/transports/${direction}/connect`, { dtlsParameters: path.dtlsParameters }));
    await path.connect();
  }

  expect(media.consumers);
  return {
    arrivals,
    rtpCapabilities,
    expect,
    connect: async () => void (await Promise.all([connectOne(send, 'send'), connectOne(recv, 'recv')])),
    send: async (source, { bitrateBps = DEFAULT_BITRATE_BPS[source] } = {}) => {
      const stream = source === 'camera' || source === 'screen' ? makeVp8(bitrateBps) : makeOpus(bitrateBps);
      const { kind, rtpParameters, ssrc } = stream;
      const { id } = CreateProducerReply.parse(await done(ask('POST', '/producers', { source, kind, rtpParameters })));
      return { id, source, ssrc, stop: transmit(stream) };
    },
    consume: async (producerIds) => {
      const { consumers } = CreateConsumersReply.parse(await done(ask('POST', '/consumers', { rtpCapabilities, producerIds })));
      expect(consumers);
      const updates = consumers.map(({ id }): { id: ConsumerId; paused: false } => ({ id, paused: false }));
      if (updates.length > 0) await done(ask('PATCH', '/consumers', { consumers: updates }));
      return consumers;
    },
    [Symbol.dispose]: () => {
      for (const stop of stops) stop();
      send[Symbol.dispose]();
      recv[Symbol.dispose]();
    },
  };
}

/** Opus and VP8 without bandwidth estimation: who does not answer it must not be believed to have no bandwidth. */
function decodable({ codecs = [] }: RtpCapabilities): RtpCapabilities {
  const kept = codecs.filter(({ mimeType }) => /^(audio\/opus|video\/vp8)$/i.test(mimeType));
  return {
    codecs: kept.map((codec) => ({
      ...codec,
      rtcpFeedback: (codec.rtcpFeedback ?? []).filter(({ type }) => type === 'nack' || type === 'ccm'),
    })),
    headerExtensions: [],
  };
}

async function done(asked: ReturnType<AskMedia>): Promise<object> {
  const { status, body } = await asked;
  if (status === 200) return body;
  const { code } = body as { code?: unknown }; // judged in the next line
  throw isErrorCode(code) ? new AppError(code) : new Error(`the media API answered ${status}`);
}
