/** What the front allows before anybody is known. Generous to a company behind one address, tight on who says nothing. */
export interface FrontLimits {
  /** Connections at once, all together; one more is refused by the kernel's own means. */
  readonly connections: number;
  /** From one address (IPv6: one /64). Trusted proxies stand for many and are not counted. */
  readonly connectionsPerAddress: number;
  /** Of these, how many may be without a finished handshake and a first byte. */
  readonly undecidedPerAddress: number;
  readonly turnStreamsPerAddress: number;
  /** For the header of the PROXY protocol, where one is due. */
  readonly proxyHeaderTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
  /** From the handshake to the first byte. */
  readonly firstByteTimeoutMs: number;
  /** An HTTP/2 request must be there in whole by then, as over HTTP/1.1. */
  readonly requestTimeoutMs: number;
  /** An HTTP/2 connection or stream on which nothing moves is ended. */
  readonly idleTimeoutMs: number;
}

export const FRONT_LIMITS: FrontLimits = {
  connections: 20_000,
  connectionsPerAddress: 2_000,
  undecidedPerAddress: 200,
  turnStreamsPerAddress: 500,
  proxyHeaderTimeoutMs: 3_000,
  handshakeTimeoutMs: 10_000,
  firstByteTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  idleTimeoutMs: 75_000,
};
