import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { MediaAddress } from '@conclave/cli/peer/srtp-path';
import { nextUdpPorts } from '@conclave/cli/peer/udp-ports';

/** What went one way through a tap: everything, and of it what is SRTP or SRTCP, and what is STUN. */
export interface Traffic {
  datagrams: number;
  mediaDatagrams: number;
  stunDatagrams: number;
  /** By `performance.now()`; 0 before the first. */
  lastAtMs: number;
}

/**
 * Sits at a peer's socket: all that the peer and the node send each other passes here and is counted, whether anybody can decrypt it or
 * not. What would tell the peer that the node has closed the transport does not get through, so that the peer goes on as before.
 */
export interface Tap extends Disposable {
  /** Where the peer is to send. */
  readonly address: MediaAddress;
  readonly toNode: Readonly<Traffic>;
  readonly fromNode: Readonly<Traffic>;
  /** How often the node said goodbye. */
  readonly alertsKept: number;
  /** From now on one media datagram in so many is lost, each way; 0: none. */
  loseOneIn(count: number): void;
  /** Sends the peer's last connectivity check again: a node that still has the transport answers it. */
  checkAgain(): void;
}

const DTLS_ALERT = 21;

/** Opens a tap before a node's address on loopback. */
export async function openTap(node: MediaAddress): Promise<Tap> {
  const [inner, outer] = await Promise.all([bind(), bind()]);
  const toNode: Traffic = { datagrams: 0, mediaDatagrams: 0, stunDatagrams: 0, lastAtMs: 0 };
  const fromNode: Traffic = { datagrams: 0, mediaDatagrams: 0, stunDatagrams: 0, lastAtMs: 0 };
  let peer: RemoteInfo | undefined;
  let alertsKept = 0;
  let lastCheck: Buffer | undefined;
  let oneIn = 0;
  const isLost = (traffic: Traffic, datagram: Buffer) => oneIn > 0 && isMedia(datagram) && traffic.mediaDatagrams % oneIn === 0;

  inner.on('message', (datagram, from) => {
    peer = from;
    count(toNode, datagram);
    if (isStun(datagram)) lastCheck = datagram;
    if (!isLost(toNode, datagram)) outer.send(datagram, node.port, node.ip);
  });
  outer.on('message', (datagram) => {
    count(fromNode, datagram);
    if (datagram[0] === DTLS_ALERT) alertsKept += 1;
    else if (peer && !isLost(fromNode, datagram)) inner.send(datagram, peer.port, peer.address);
  });
  return {
    address: { ip: '127.0.0.1', port: inner.address().port },
    toNode,
    fromNode,
    get alertsKept() {
      return alertsKept;
    },
    loseOneIn: (count) => {
      oneIn = count;
    },
    checkAgain: () => {
      if (!lastCheck) throw new Error('the peer has not checked anything yet');
      outer.send(lastCheck, node.port, node.ip);
    },
    [Symbol.dispose]: () => {
      inner.close();
      outer.close();
    },
  };
}

async function bind(): Promise<Socket> {
  const { begin, end } = nextUdpPorts();
  for (let port = begin; ; port++) {
    const socket = createSocket('udp4');
    try {
      await once(socket.bind(port, '127.0.0.1'), 'listening');
      return socket;
    } catch (error) {
      socket.close();
      if (port === end) throw error;
    }
  }
}

function isMedia(datagram: Buffer): boolean {
  const first = datagram[0] ?? 0;
  return first >= 128 && first <= 191;
}

/** STUN begins with 0 to 3, RTP and RTCP with 128 to 191 (RFC 7983 §7). */
function count(traffic: Traffic, datagram: Buffer): void {
  traffic.datagrams += 1;
  if (isMedia(datagram)) traffic.mediaDatagrams += 1;
  if (isStun(datagram)) traffic.stunDatagrams += 1;
  traffic.lastAtMs = performance.now();
}

function isStun(datagram: Buffer): boolean {
  return (datagram[0] ?? 0) <= 3;
}
