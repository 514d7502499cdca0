import { AppError, isErrorCode } from '@conclave/protocol/errors';
import type { ConsumerId, ProducerId } from '@conclave/protocol/ids';
import {
  CreateConsumersReply,
  CreateProducerReply,
  type ConsumerView,
  type MediaAccess,
  type TransportDirection,
} from '@conclave/protocol/media-api/public';
import type { DtlsOfTransports, MediaSource, RtpCapabilities } from '@conclave/protocol/media-api/rtp';
import { makeOpus, makeVp8, playVp8 } from './made-media.ts';
import { openReceiveSide, type Arrivals, type ReceiveSide } from './receive-side.ts';
import { openSendSide, type SendSide } from './send-side.ts';
import { addFlows, openSrtpPath, type MediaAddress, type SrtpPath, type Traffic } from './srtp-path.ts';
import type { Vp8Clip } from './vp8-clip.ts';

/** Asks the media server API, path relative to `/media/v1`, with the capability of this participant. */
export type AskMedia = (method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) => Promise<{ status: number; body: object }>;

export interface NativePeerOptions {
  readonly media: MediaAccess;
  readonly ask: AskMedia;
  /** Those whose DTLS parameters were told when the transports were asked for. */
  readonly ends?: PeerEnds;
  /** Where packets are sent to instead of the addresses that the node told. */
  readonly via?: { readonly send: MediaAddress; readonly recv: MediaAddress };
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
  /** Both transports, or those that are named, until DTLS is up. */
  connect(directions?: readonly TransportDirection[]): Promise<void>;
  /**
   * Makes a producer and sends until it is stopped, whatever becomes of the producer. Bits per second count payload; `packetMs` is of sound.
   * Video is made up, or the `clip` that is given.
   */
  send(source: MediaSource, options?: { bitrateBps?: number; packetMs?: number; clip?: Vp8Clip }): Promise<Sending>;
  /** Makes consumers and resumes them. */
  consume(producerIds: readonly ProducerId[]): Promise<ConsumerView[]>;
  /** Counts what comes of consumers that were made ahead or by somebody else. */
  expect(consumers: readonly ConsumerView[]): void;
  /** By SSRC. */
  readonly arrivals: ReadonlyMap<number, Arrivals>;
  readonly sending: Pick<SendSide, 'nacks' | 'told' | 'skippedFrames'>;
  readonly receiving: Pick<ReceiveSide, 'nacks'>;
  /** Both transports together, since they were opened. */
  traffic(): Traffic;
  /** What the peer can decode, as the API wants it. */
  readonly rtpCapabilities: RtpCapabilities;
}

const DEFAULT_BITRATE_BPS = { microphone: 32_000, camera: 300_000, screen: 300_000, 'screen-audio': 32_000 } as const satisfies Record<
  MediaSource,
  number
>;

/** The client's ends of both transports before there is a room. */
export interface PeerEnds extends Disposable {
  /** For the request that makes the transports, so that the node need not be asked again to connect them. */
  readonly dtlsParameters: DtlsOfTransports;
  readonly send: SrtpPath;
  readonly recv: SrtpPath;
  readonly sending: SendSide;
  readonly receiving: ReceiveSide;
}

export function openPeerEnds(): PeerEnds {
  const send = openSrtpPath({ direction: 'send', onPacket: (packet) => sending.takeFeedback(packet) });
  const recv = openSrtpPath({ direction: 'recv', onPacket: (packet) => receiving.take(packet) });
  const sending = openSendSide(send.send);
  const receiving = openReceiveSide(recv.send);
  return {
    dtlsParameters: { send: send.dtlsParameters, recv: recv.dtlsParameters },
    send,
    recv,
    sending,
    receiving,
    [Symbol.dispose]: () => {
      for (const part of [sending, receiving, send, recv]) part[Symbol.dispose]();
    },
  };
}

/** Opens a peer on what `room.join` answered. Call `connect` before anything flows. Disposing it disposes of its ends. */
export function openNativePeer({ media, ask, via, ends = openPeerEnds() }: NativePeerOptions): NativePeer {
  const rtpCapabilities = decodable(media.routerRtpCapabilities);
  const { send, recv, sending, receiving } = ends;

  async function connectOne(direction: TransportDirection): Promise<void> {
    const { dtlsParameters } = ends[direction];
    if (!media.connected) await done(ask('POST', `/transports/${direction}/connect`, { dtlsParameters }));
    await ends[direction].connect(media[direction], via?.[direction]);
  }

  receiving.expect(media.consumers);
  return {
    arrivals: receiving.arrivals,
    rtpCapabilities,
    expect: receiving.expect,
    sending,
    receiving,
    traffic: () => ({
      sent: addFlows(send.traffic.sent, recv.traffic.sent),
      received: addFlows(send.traffic.received, recv.traffic.received),
    }),
    connect: async (directions = ['send', 'recv']) => void (await Promise.all(directions.map(connectOne))),
    send: async (source, { bitrateBps = DEFAULT_BITRATE_BPS[source], packetMs, clip } = {}) => {
      const makeVideo = () => (clip ? playVp8(clip) : makeVp8(bitrateBps));
      const stream = source === 'camera' || source === 'screen' ? makeVideo() : makeOpus(bitrateBps, packetMs);
      const { kind, rtpParameters, ssrc } = stream;
      const { id } = CreateProducerReply.parse(await done(ask('POST', '/producers', { source, kind, rtpParameters })));
      return { id, source, ssrc, stop: sending.begin(stream) };
    },
    consume: async (producerIds) => {
      const { consumers } = CreateConsumersReply.parse(await done(ask('POST', '/consumers', { rtpCapabilities, producerIds })));
      receiving.expect(consumers);
      const updates = consumers.map(({ id }): { id: ConsumerId; paused: false } => ({ id, paused: false }));
      if (updates.length > 0) await done(ask('PATCH', '/consumers', { consumers: updates }));
      return consumers;
    },
    [Symbol.dispose]: () => ends[Symbol.dispose](),
  };
}

/** Opus and VP8 without bandwidth estimation: who does not answer it must not be believed to have no bandwidth. */
export function decodable({ codecs = [] }: RtpCapabilities): RtpCapabilities {
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
