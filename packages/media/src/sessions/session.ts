import type { ConsumerId, ParticipantId, ProducerId, SessionId } from '@conclave/protocol/ids';
import type { MediaKind, MediaSource } from '@conclave/protocol/media-api/rtp';
import type { Grants } from '@conclave/protocol/roles';
import type { Lane } from '@conclave/runtime/lane';
import type { types } from 'mediasoup';
import type { RequestBucket } from '../http/request-bucket.ts';
import type { MediaWorker } from '../workers/pool.ts';
import type { Pipes } from './pipes.ts';
import type { SpeakerWatch } from './speaker.ts';

/** A session's router on one worker; a session that spans workers has one on each. */
export interface SessionRouter {
  readonly media: MediaWorker;
  readonly router: types.Router;
}

export interface Session {
  readonly id: SessionId;
  readonly participants: Map<ParticipantId, Participant>;
  /** In order of opening. */
  readonly producers: Map<ProducerId, ProducerEntry>;
  readonly routers: Map<MediaWorker, Promise<SessionRouter>>;
  readonly pipes: Pipes;
  readonly speaker: SpeakerWatch;
}

export interface Participant {
  readonly id: ParticipantId;
  readonly session: Session;
  grants: Grants;
  /** Absent until the first is made and after one was closed. */
  path: MediaPath | undefined;
  /** Making paths: one at a time. */
  readonly lane: Lane;
  /** Deleted; a PUT that still runs must leave nothing behind. */
  gone: boolean;
}

/**
 * One generation of a participant's transports, with the capability that opens them. `closed`: replaced or deleted, the capability is
 * void. `lost`: its worker died; the capability still answers, with `media_lost`.
 */
export interface MediaPath {
  readonly participant: Participant;
  readonly on: SessionRouter;
  readonly send: TransportSlot;
  readonly recv: TransportSlot;
  /**
   * Kept as it is, beside its digest in the look-up, so that a repeated PUT can be answered with the same one. It lives only in
   * the memory that also holds the DTLS keys it gives access to, so a hash here would protect nothing more.
   */
  capability: string;
  state: 'open' | 'lost' | 'closed';
  readonly producers: Map<ProducerId, ProducerEntry>;
  readonly consumers: Map<ConsumerId, ConsumerEntry>;
  /** The same by producer: at most one each. */
  readonly consumerOf: Map<ProducerId, ConsumerEntry>;
  readonly sendLane: Lane;
  readonly recvLane: Lane;
  readonly bucket: RequestBucket;
}

export interface TransportSlot {
  readonly transport: types.WebRtcTransport;
  /** Set from the first connect on: a repeated one with the same parameters has the same outcome. */
  connecting: { dtlsParameters: types.DtlsParameters; done: Promise<void> } | undefined;
}

export interface ProducerEntry {
  readonly id: ProducerId;
  readonly path: MediaPath;
  readonly source: MediaSource;
  readonly kind: MediaKind;
  readonly topLayer: number;
  readonly producer: types.Producer;
}

export interface ConsumerEntry {
  readonly id: ConsumerId;
  readonly path: MediaPath;
  readonly of: ProducerEntry;
  readonly consumer: types.Consumer;
}
