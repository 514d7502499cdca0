import { z } from 'zod';

/**
 * The shapes of mediasoup's RTP and ICE parameters as they cross the wire. They are bounded here and checked in
 * full by mediasoup itself (`ortc`), whose TypeErrors the media node answers with `bad_request`.
 * @see https://mediasoup.org/documentation/v3/mediasoup/rtp-parameters-and-capabilities/
 */
const short = z.string().max(256);
/** As wide as the fields on the wire (RFC 3550 §5.1): wider numbers would be cut off by the worker, not refused. */
const ssrc = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);
const payloadType = z.int().min(0).max(127);
const extensionId = z.int().min(1).max(255);
const clockRate = z
  .int()
  .min(1)
  .max(2 ** 31 - 1);
const channels = z.int().min(1).max(255);
const parameters = z.record(short, z.union([z.string().max(1024), z.number(), z.null(), z.undefined()]));
const rtcpFeedback = z.looseObject({ type: short, parameter: short.optional() });

export const MediaKind = z.enum(['audio', 'video']);
export type MediaKind = z.infer<typeof MediaKind>;

/** What a producer carries. One participant has at most one producer of each source. */
export const MediaSource = z.enum(['microphone', 'camera', 'screen', 'screen-audio']);
export type MediaSource = z.infer<typeof MediaSource>;

export const RtpCapabilities = z.looseObject({
  codecs: z
    .array(
      z.looseObject({
        kind: MediaKind,
        mimeType: short,
        preferredPayloadType: payloadType.optional(),
        clockRate,
        channels: channels.optional(),
        parameters: parameters.optional(),
        rtcpFeedback: z.array(rtcpFeedback).max(32).optional(),
      }),
    )
    .max(64)
    .optional(),
  headerExtensions: z
    .array(
      z.looseObject({
        kind: MediaKind.optional(),
        uri: short,
        preferredId: extensionId,
        preferredEncrypt: z.boolean().optional(),
        direction: short.optional(),
      }),
    )
    .max(64)
    .optional(),
});
export type RtpCapabilities = z.infer<typeof RtpCapabilities>;

export const RtpParameters = z.looseObject({
  mid: short.optional(),
  codecs: z
    .array(
      z.looseObject({
        mimeType: short,
        payloadType,
        clockRate,
        channels: channels.optional(),
        parameters: parameters.optional(),
        rtcpFeedback: z.array(rtcpFeedback).max(32).optional(),
      }),
    )
    .min(1)
    .max(16),
  headerExtensions: z
    .array(z.looseObject({ uri: short, id: extensionId, encrypt: z.boolean().optional(), parameters: parameters.optional() }))
    .max(32)
    .optional(),
  encodings: z
    .array(
      z.looseObject({
        ssrc: ssrc.optional(),
        rid: short.optional(),
        codecPayloadType: payloadType.optional(),
        rtx: z.looseObject({ ssrc }).optional(),
        dtx: z.boolean().optional(),
        scalabilityMode: short.optional(),
        maxBitrate: z
          .number()
          .min(0)
          .max(2 ** 32 - 1)
          .optional(),
      }),
    )
    .max(8)
    .optional(),
  rtcp: z.looseObject({ cname: short.optional(), reducedSize: z.boolean().optional() }).optional(),
});
export type RtpParameters = z.infer<typeof RtpParameters>;

export const DtlsParameters = z.looseObject({
  role: z.enum(['auto', 'client', 'server']).optional(),
  fingerprints: z
    .array(z.looseObject({ algorithm: short, value: short }))
    .min(1)
    .max(8),
});
export type DtlsParameters = z.infer<typeof DtlsParameters>;

/** Of a client's two transports, told with the request that makes them. */
export const DtlsOfTransports = z.strictObject({ send: DtlsParameters, recv: DtlsParameters });
export type DtlsOfTransports = z.infer<typeof DtlsOfTransports>;

export const IceParameters = z.looseObject({ usernameFragment: short, password: short, iceLite: z.boolean().optional() });
export type IceParameters = z.infer<typeof IceParameters>;

export const IceCandidate = z.looseObject({
  foundation: short,
  priority: z.number(),
  ip: short,
  address: short.optional(),
  protocol: z.enum(['udp', 'tcp']),
  port: z.int(),
  type: short,
  tcpType: short.optional(),
});
export type IceCandidate = z.infer<typeof IceCandidate>;

export const IceServer = z.strictObject({
  urls: z.array(z.string()).min(1),
  username: z.string().optional(),
  credential: z.string().optional(),
});
export type IceServer = z.infer<typeof IceServer>;
