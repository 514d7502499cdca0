import { z } from 'zod';
import { ConsumerId, OpaqueSecret, ParticipantId, ProducerId, TransportId } from '../ids.ts';
import { LIMITS } from '../limits.ts';
import { DtlsParameters, IceCandidate, IceParameters, IceServer, MediaKind, MediaSource, RtpCapabilities, RtpParameters } from './rtp.ts';

/**
 * The media server API, `/media/v1`, spoken by browsers with `Authorization: Bearer <capability>`.
 * The capability names the participant: no message has a sender field.
 *
 * | verb | path | body | reply |
 * | --- | --- | --- | --- |
 * | POST | `/transports/:direction/connect` (`send`, `recv`) | ConnectTransport | `{}` (idempotent for the same parameters) |
 * | POST | `/transports/:direction/restart-ice` | none | RestartIceReply |
 * | POST | `/producers` | CreateProducer | CreateProducerReply |
 * | PATCH | `/producers/:producerId` | UpdateProducer | `{}` |
 * | DELETE | `/producers/:producerId` | none | `{}` |
 * | POST | `/consumers` | CreateConsumers | CreateConsumersReply |
 * | PATCH | `/consumers` | UpdateConsumers | `{}` |
 */
export const TransportDirection = z.enum(['send', 'recv']);
export type TransportDirection = z.infer<typeof TransportDirection>;

export const TransportView = z.strictObject({
  id: TransportId,
  iceParameters: IceParameters,
  iceCandidates: z.array(IceCandidate),
  dtlsParameters: DtlsParameters,
});
export type TransportView = z.infer<typeof TransportView>;

export const ConsumerView = z.strictObject({
  id: ConsumerId,
  producerId: ProducerId,
  participantId: ParticipantId,
  source: MediaSource,
  kind: MediaKind,
  rtpParameters: RtpParameters,
  /** `simulcast` and `svc` consumers understand layers. */
  type: z.enum(['simple', 'simulcast', 'svc', 'pipe']),
  /** Paused at the media node until the client resumes it. */
  paused: z.boolean(),
});
export type ConsumerView = z.infer<typeof ConsumerView>;

/** Everything that a client needs to open its media path. A new one makes the one before it void. */
export const MediaAccess = z.strictObject({
  baseUrl: z.string(),
  capability: OpaqueSecret,
  routerRtpCapabilities: RtpCapabilities,
  iceServers: z.array(IceServer),
  send: TransportView,
  recv: TransportView,
  /** Made ahead for a client that sent its `rtpCapabilities`: they flow as soon as the transport is connected. */
  consumers: z.array(ConsumerView),
  /** true: both transports know the DTLS parameters that came with the request, so that `connect` is not needed. */
  connected: z.literal(true).optional(),
});
export type MediaAccess = z.infer<typeof MediaAccess>;

export const ConnectTransport = z.strictObject({ dtlsParameters: DtlsParameters });
export const RestartIceReply = z.strictObject({ iceParameters: IceParameters });

export const CreateProducer = z.strictObject({
  source: MediaSource,
  kind: MediaKind,
  rtpParameters: RtpParameters,
  paused: z.boolean().default(false),
});
export const CreateProducerReply = z.strictObject({ id: ProducerId });
export const UpdateProducer = z.strictObject({ paused: z.boolean() });

export const CreateConsumers = z.strictObject({
  rtpCapabilities: RtpCapabilities,
  producerIds: z.array(ProducerId).min(1).max(LIMITS.consumersPerRequest),
});
/** Producers that vanished meanwhile or cannot be decoded are left out, not an error. Consumers start paused. */
export const CreateConsumersReply = z.strictObject({ consumers: z.array(ConsumerView) });

export const ConsumerUpdate = z.strictObject({
  id: ConsumerId,
  paused: z.boolean().optional(),
  /** 0 is the smallest. The media node sends at most this and less when bandwidth says so. */
  maxSpatialLayer: z.int().min(0).max(3).optional(),
  maxTemporalLayer: z.int().min(0).max(3).optional(),
  /** 1 to 255: who gets bandwidth first. */
  priority: z.int().min(1).max(255).optional(),
  close: z.literal(true).optional(),
});
export type ConsumerUpdate = z.infer<typeof ConsumerUpdate>;
/** Ids that do not exist (any more) are passed over. */
export const UpdateConsumers = z.strictObject({ consumers: z.array(ConsumerUpdate).min(1).max(LIMITS.consumersPerRequest) });
