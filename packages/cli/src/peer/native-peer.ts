import { AppError, isErrorCode } from '@conclave/protocol/errors';
import type { ConsumerId, ProducerId } from '@conclave/protocol/ids';
import {
  CreateConsumersReply,
  CreateProducerReply,
  type ConsumerView,
  type MediaAccess,
  type TransportDirection,
} from '@conclave/protocol/media-api/public';
import type { MediaSource, RtpCapabilities } from '@conclave/protocol/media-api/rtp';
import { makeOpus, makeVp8 } from './made-media.ts';
import { openReceiveSide, type Arrivals, type ReceiveSide } from './receive-side.ts';
import { openSendSide, type SendSide } from './send-side.ts';
import { addFlows, openSrtpPath, type MediaAddress, type Traffic } from './srtp-path.ts';

/** Asks the media server API, path relative to `/media/v1`, with the capability of this participant. */
export type AskMedia = (method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) => Promise<{ status: number; body: object }>;

export interface NativePeerOptions {
  readonly media: MediaAccess;
  readonly ask: AskMedia;
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
  /** Makes a producer and sends until it is stopped, whatever becomes of the producer. Bits per second count payload; `packetMs` is of sound. */
  send(source: MediaSource, options?: { bitrateBps?: number; packetMs?: number }): Promise<Sending>;
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

/** Opens a peer on what `room.join` answered. Call `connect` before anything flows. */
export function openNativePeer({ media, ask, via }: NativePeerOptions): NativePeer {
  const rtpCapabilities = decodable(media.routerRtpCapabilities);
  const send = openSrtpPath({
    transport: media.send,
    direction: 'send',
    ...(via && { via: via.send }),
    onPacket: (packet) => sending.takeFeedback(packet),
  });
  const recv = openSrtpPath({
    transport: media.recv,
    direction: 'recv',
    ...(via && { via: via.recv }),
    onPacket: (packet) => receiving.take(packet),
  });
  const sending = openSendSide(send.send);
  const receiving = openReceiveSide(recv.send);

  async function connectOne(direction: TransportDirection): Promise<void> {
    const path = direction === 'send' ? send : recv;
    await done(ask('POST', `/transports/${direction}/connect`, { dtlsParameters: path.dtlsParameters }));
    await path.connect();
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
    send: async (source, { bitrateBps = DEFAULT_BITRATE_BPS[source], packetMs } = {}) => {
      const stream = source === 'camera' || source === 'screen' ? makeVp8(bitrateBps) : makeOpus(bitrateBps, packetMs);
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
    [Symbol.dispose]: () => {
      sending[Symbol.dispose]();
      receiving[Symbol.dispose]();
      send[Symbol.dispose]();
      recv[Symbol.dispose]();
    },
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
