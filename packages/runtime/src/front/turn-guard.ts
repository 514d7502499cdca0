import { BlockList, isIPv4 } from 'node:net';

/** Who may have a TURN stream through the front. */
export interface TurnPolicy {
  /**
   * Asked once for each stream, with the name of its credential; whether the credential is true is for the TURN server to say. Undefined: not
   * now. `end` may be called later to end the stream.
   */
  admit(username: string, end: () => void): TurnAdmission | undefined;
}

/** A stream that may go on, and where it may lead. */
export interface TurnAdmission {
  /** Whether the relay may send there; the port is null where a permission is asked for, which is for an address. */
  reaches(address: string, port: number | null): boolean;
  /** To be called once, when the stream has ended. */
  ended(): void;
}

/** Why a stream was ended: `malformed` is no TURN as browsers speak it, `peer` asks for somewhere that the relay must not send. */
export type TurnFault = 'malformed' | 'method' | 'username' | 'peer';

/** RFC 8489 §5 */
const MAGIC_COOKIE = 0x2112a442;
const HEADER_BYTES = 20;
/** A Send indication carries one packet, which no path of the Internet takes beyond 1,500 bytes. */
const MAX_MESSAGE_BYTES = 4_096;
/** RFC 5766 §11, as coturn takes them and its own clients use them; RFC 8656 §12 has reserved those from 0x5000 since. */
const CHANNELS = { first: 0x4000, last: 0x7fff } as const;
/** Binding, Allocate, Refresh, CreatePermission, ChannelBind; Binding and Send as indications. No TCP relay (RFC 6062), no other method. */
const METHODS: ReadonlySet<number> = new Set([0x0001, 0x0003, 0x0004, 0x0008, 0x0009, 0x0011, 0x0016]);
const CREATE_PERMISSION = 0x0008;
const ATTRIBUTES = { username: 0x0006, xorPeerAddress: 0x0012 } as const;
const FAMILY = { v4: 0x01, v6: 0x02 } as const;

/**
 * A browser asks for a permission for each address that the media node has told it, also where no relay may lead, such as loopback. So
 * many messages that go nowhere are left out; whoever sends more is looking for a way.
 */
const MAX_LEFT_OUT = 256;

/** Looks at what a client says to the TURN server, in pieces as they come. */
export interface TurnGuard {
  /** What of a piece, and of those before, may go on to the TURN server: whole messages. After a fault nothing more may. */
  look(piece: Buffer): TurnFault | readonly Buffer[];
  /** The stream has shown a credential that was admitted. */
  isAdmitted(): boolean;
  /** To be called when the stream has ended. */
  ended(): void;
}

/**
 * Reads the framing of TURN over a stream (RFC 8656 §12.5: messages back to back, ChannelData padded to four bytes) more strictly than a TURN
 * server does, so that both see the same messages. Each must be by one admitted credential and of a known method; one for a peer that its
 * holder does not reach is left out. Data within channels is passed on unread.
 */
export function createTurnGuard(policy: TurnPolicy, end: () => void): TurnGuard {
  let held: Buffer = Buffer.alloc(0);
  let toSkip = 0;
  let username: string | undefined;
  let admission: TurnAdmission | undefined;
  let fault: TurnFault | null = null;
  let leftOut = 0;

  function look(piece: Buffer): TurnFault | readonly Buffer[] {
    const passed = fault ?? read(piece);
    if (typeof passed === 'string') fault = passed;
    return passed;
  }

  function read(piece: Buffer): TurnFault | readonly Buffer[] {
    const bytes = held.length === 0 ? piece : Buffer.concat([held, piece]);
    const passed: Buffer[] = [];
    let from = 0;
    let at = Math.min(toSkip, bytes.length);
    toSkip -= at;
    while (bytes.length - at >= 4) {
      const [type, length] = [bytes.readUInt16BE(at), bytes.readUInt16BE(at + 2)];
      if (type >= CHANNELS.first && type <= CHANNELS.last) {
        const whole = 4 + length + (-length & 3);
        toSkip = Math.max(0, whole - (bytes.length - at));
        at = Math.min(at + whole, bytes.length);
        continue;
      }
      const whole = HEADER_BYTES + length;
      if (type > 0x3fff || length % 4 !== 0 || whole > MAX_MESSAGE_BYTES) return 'malformed';
      if (bytes.length - at < whole) break;
      const wrong = judge(type, bytes.subarray(at, at + whole));
      if (wrong && (wrong !== 'peer' || (leftOut += 1) > MAX_LEFT_OUT)) return wrong;
      if (wrong) {
        if (at > from) passed.push(bytes.subarray(from, at));
        from = at + whole;
      }
      at += whole;
    }
    if (at > from) passed.push(bytes.subarray(from, at));
    held = bytes.subarray(at);
    return passed;
  }

  function judge(type: number, message: Buffer): TurnFault | null {
    if (message.readUInt32BE(4) !== MAGIC_COOKIE) return 'malformed';
    if (!METHODS.has(type)) return 'method';
    const peers: Peer[] = [];
    for (let at = HEADER_BYTES; at < message.length;) {
      if (message.length - at < 4) return 'malformed';
      const [attribute, length] = [message.readUInt16BE(at), message.readUInt16BE(at + 2)];
      const value = message.subarray(at + 4, at + 4 + length);
      if (value.length < length) return 'malformed';
      if (attribute === ATTRIBUTES.username && !mayAct(value.toString('utf8'))) return 'username';
      if (attribute === ATTRIBUTES.xorPeerAddress) {
        const peer = decodePeer(value, message);
        if (!peer) return 'malformed';
        peers.push(peer);
      }
      at += 4 + length + (-length & 3);
    }
    if (peers.length === 0) return null;
    if (!admission) return 'username';
    const { reaches } = admission;
    return peers.every(({ address, port }) => reaches(address, type === CREATE_PERMISSION ? null : port)) ? null : 'peer';
  }

  /** The first name is the one of the whole stream: whoever is admitted cannot lend it to another. */
  function mayAct(name: string): boolean {
    if (username === undefined) {
      username = name;
      admission = policy.admit(name, end);
    }
    return name === username && admission !== undefined;
  }

  return {
    look,
    isAdmitted: () => admission !== undefined,
    ended: () => {
      admission?.ended();
      admission = undefined;
      fault ??= 'username';
    },
  };
}

interface Peer {
  readonly address: string;
  readonly port: number;
}

/** RFC 8489 §14.2: family, port and address, both mixed with the cookie, IPv6 also with the transaction id. */
function decodePeer(value: Buffer, message: Buffer): Peer | undefined {
  const family = value[1];
  const bytes = family === FAMILY.v4 ? 4 : family === FAMILY.v6 ? 16 : 0;
  if (bytes === 0 || value.length !== 4 + bytes) return undefined;
  const port = value.readUInt16BE(2) ^ (MAGIC_COOKIE >>> 16);
  const plain = value.subarray(4).map((byte, index) => byte ^ (message[4 + index] ?? 0));
  if (family === FAMILY.v4) return { address: plain.join('.'), port };
  const groups = Array.from({ length: 8 }, (_, index) => (((plain[index * 2] ?? 0) << 8) | (plain[index * 2 + 1] ?? 0)).toString(16));
  return { address: groups.join(':'), port };
}

/** Exactly these addresses and nothing that only looks like them, at these ports; no ports: at any. */
export function createReach(addresses: readonly string[], ports: { first: number; last: number } | null): TurnAdmission['reaches'] {
  const known = new BlockList();
  for (const address of addresses) known.addAddress(address, isIPv4(address) ? 'ipv4' : 'ipv6');
  return (address, port) => {
    // A BlockList takes `::ffff:a.b.c.d` for a.b.c.d; for a relay these are different peers.
    if (!isIPv4(address) && /^(?:0:){5}ffff:/.test(address)) return false;
    return (
      known.check(address, isIPv4(address) ? 'ipv4' : 'ipv6') && (port === null || !ports || (port >= ports.first && port <= ports.last))
    );
  };
}
