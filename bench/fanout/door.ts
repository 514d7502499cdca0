import type { MediaAddress } from '@conclave/cli/peer/srtp-path';

/** What a client must know to reach an SFU that this bench started; crosses to the clients' processes as JSON. */
export type SfuAddress =
  | { readonly kind: 'conclave'; readonly url: string; readonly dataDir: string; readonly sessionId: string }
  | { readonly kind: 'janus'; readonly url: string; readonly apiSecret: string };

/** What somebody publishes in the room of that number, from 0. */
export interface Publishing {
  readonly room: number;
  /** One, or with simulcast one for each layer, the smallest first. */
  readonly ssrcs: readonly number[];
  /** Takes what the SFU says of it. */
  onPacket(packet: Buffer): void;
}

export interface Publisher extends Disposable {
  /** What subscribers in the room name the stream by. */
  readonly feed: string;
  send(packet: Buffer): void;
}

/** What somebody wants to receive. */
export interface Subscription {
  readonly room: number;
  readonly feed: string;
  /** Of a stream that has layers; 0 is the smallest. */
  readonly layer?: number;
  /** With retransmissions in a stream of their own (RFC 4588) and transport-wide sequence numbers, and not only with NACK. */
  readonly withFeedback?: boolean;
  onPacket(packet: Buffer): void;
  /** Stands between client and SFU. */
  via?(sfu: MediaAddress): Promise<MediaAddress>;
}

/** By what numbers a stream with feedback comes. */
export interface StreamNumbers {
  readonly ssrc: number;
  readonly rtxSsrc: number;
  /** Of the header extension that carries the transport-wide sequence number. */
  readonly sequenceExtension: number;
}

export interface Subscriber extends Disposable {
  /** Throws when the SFU agreed to less than feedback. */
  numbers(): StreamNumbers;
  /** RTCP towards the SFU. */
  send(packet: Buffer): boolean;
}

/** One kind of SFU as its clients see it. Behind it all are alike: the same ICE, DTLS and SRTP. */
export interface Door extends Disposable {
  publish(publishing: Publishing): Promise<Publisher>;
  /** Resolves when the path is up. */
  subscribe(subscription: Subscription): Promise<Subscriber>;
}
