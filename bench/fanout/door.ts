import type { MediaAddress } from '@conclave/cli/peer/srtp-path';

/** What a client must know to reach an SFU that this bench started; crosses to the clients' processes as JSON. */
export type SfuAddress =
  | { readonly kind: 'conclave'; readonly url: string; readonly dataDir: string; readonly sessionId: string }
  | { readonly kind: 'janus'; readonly url: string; readonly apiSecret: string };

export interface Publisher extends Disposable {
  /** What subscribers name the stream by. */
  readonly feed: string;
  send(packet: Buffer): void;
}

/** One kind of SFU as its clients see it. Behind it all are alike: the same ICE, DTLS and SRTP. */
export interface Door extends Disposable {
  publish(stream: { ssrc: number }): Promise<Publisher>;
  /** Resolves when the path is up. `via` stands between client and SFU. */
  subscribe(feed: string, onPacket: (packet: Buffer) => void, via?: (sfu: MediaAddress) => Promise<MediaAddress>): Promise<Disposable>;
}
