import type { TransportDirection, TransportView } from '@conclave/protocol/media-api/public';
import type { DtlsParameters, IceParameters } from '@conclave/protocol/media-api/rtp';
import datachannel from 'node-datachannel';
import { isRtcp } from './rtp-packet.ts';
import { nextUdpPorts } from './udp-ports.ts';

const { PeerConnection, Audio } = datachannel;

/** Where a transport is reached. */
export interface MediaAddress {
  readonly ip: string;
  readonly port: number;
}

/** RTP and RTCP that went one way: whole packets without what SRTP adds to each (RFC 3711 §3.1, §3.4). */
export interface Flow {
  readonly rtp: { readonly packets: number; readonly bytes: number };
  readonly rtcp: { readonly packets: number; readonly bytes: number };
}

/** One packet is one datagram. */
export interface Traffic {
  readonly sent: Flow;
  readonly received: Flow;
}

/** One end of a transport of the media node: real ICE, DTLS and SRTP, and RTP and RTCP as they are inside. */
export interface SrtpPath extends Disposable {
  /** For the media node, which must know them before `connect`. */
  readonly dtlsParameters: DtlsParameters;
  /** What our connectivity checks name us by, for who wants to be told before they come. */
  readonly iceParameters: IceParameters;
  /**
   * To a transport of the node, `via` the address given instead of those that the node told. Resolves when DTLS is up.
   * @throws Error when ICE or DTLS fails, or neither is up in time.
   */
  connect(transport: NodeTransport, via?: MediaAddress): Promise<void>;
  /** False when it was not sent: the path is not up (any more), or the socket takes no more. */
  send(packet: Buffer): boolean;
  /** What was sent and what came, since the path was opened. */
  readonly traffic: Traffic;
}

export type NodeTransport = Pick<TransportView, 'iceParameters' | 'iceCandidates' | 'dtlsParameters'>;

interface SrtpPathOptions {
  readonly direction: TransportDirection;
  /** Every packet that was decrypted, RTP and RTCP, whatever its SSRC. */
  onPacket(packet: Buffer): void;
}

/** ICE asks after 0, 0.5, 1.5, 3.5, 7.5 and 15.5 s (libjuice): on a machine that is too busy to answer one of the first, the next is waited for. */
const CONNECT_TIMEOUT_MS = 30_000;
const MID = '0';
/** Names the one line of the description. Packets are neither checked against it nor changed. */
const PAYLOAD_TYPE = 111;

/** Opens the client's end of a transport. Nothing is sent before `connect`. */
export function openSrtpPath({ direction, onPacket }: SrtpPathOptions): SrtpPath {
  const { begin: portRangeBegin, end: portRangeEnd } = nextUdpPorts();
  const connection = new PeerConnection('native', { iceServers: [], disableAutoNegotiation: true, portRangeBegin, portRangeEnd });
  // With a single line libdatachannel hands it all packets, so that streams come and go without another offer and answer.
  const line = new Audio(MID, direction === 'send' ? 'SendOnly' : 'RecvOnly');
  line.addOpusCodec(PAYLOAD_TYPE);
  const track = connection.addTrack(line);
  const traffic = { sent: noFlow(), received: noFlow() };
  track.onMessage((packet) => {
    count(traffic.received, packet);
    onPacket(packet);
  });
  connection.setLocalDescription('offer');
  const description = connection.localDescription()?.sdp ?? '';
  const [, algorithm = '', value = ''] = /a=fingerprint:(\S+) (\S+)/.exec(description) ?? [];
  const attribute = (name: string) => new RegExp(`a=${name}:(\\S+)`).exec(description)?.[1] ?? '';
  return {
    dtlsParameters: { role: 'client', fingerprints: [{ algorithm, value }] },
    iceParameters: { usernameFragment: attribute('ice-ufrag'), password: attribute('ice-pwd') },
    connect: async (transport, via) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      track.onOpen(resolve);
      connection.onStateChange((state) =>
        state === 'failed' || state === 'closed' ? reject(new Error(`the media path ${state}`)) : undefined,
      );
      connection.setRemoteDescription(describeNode(transport, direction, via), 'answer');
      const timer = setTimeout(() => {
        reject(new Error(`the media path was not up in time: ICE is ${connection.iceState()}, all of it ${connection.state()}`));
      }, CONNECT_TIMEOUT_MS);
      await promise.finally(() => clearTimeout(timer));
    },
    traffic,
    send: (packet) => {
      const isSent = track.isOpen() && track.sendMessageBinary(packet);
      if (isSent) count(traffic.sent, packet);
      return isSent;
    },
    [Symbol.dispose]: () => connection.close(),
  };
}

type Counted = { rtp: { packets: number; bytes: number }; rtcp: { packets: number; bytes: number } };

/** Nothing yet. */
export function noFlow(): Counted {
  return { rtp: { packets: 0, bytes: 0 }, rtcp: { packets: 0, bytes: 0 } };
}

function count(flow: Counted, packet: Buffer): void {
  const kind = isRtcp(packet) ? flow.rtcp : flow.rtp;
  kind.packets += 1;
  kind.bytes += packet.length;
}

/** All of them together. */
export function addFlows(...flows: readonly Flow[]): Flow {
  const sum = noFlow();
  for (const flow of flows) {
    for (const kind of ['rtp', 'rtcp'] as const) {
      sum[kind].packets += flow[kind].packets;
      sum[kind].bytes += flow[kind].bytes;
    }
  }
  return sum;
}

/** What the node would answer if it spoke SDP: ICE-lite, waiting for our DTLS. */
function describeNode(
  { iceParameters, iceCandidates, dtlsParameters }: NodeTransport,
  direction: TransportDirection,
  via?: MediaAddress,
): string {
  const fingerprint = dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256')?.value ?? '';
  const candidates = via ? [{ foundation: 'via', priority: 1, ...via }] : iceCandidates.filter(({ protocol }) => protocol === 'udp');
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    `a=group:BUNDLE ${MID}`,
    'a=ice-lite',
    `m=audio 9 UDP/TLS/RTP/SAVPF ${PAYLOAD_TYPE}`,
    'c=IN IP4 127.0.0.1',
    `a=mid:${MID}`,
    `a=${direction === 'send' ? 'recvonly' : 'sendonly'}`,
    'a=rtcp-mux',
    `a=rtpmap:${PAYLOAD_TYPE} opus/48000/2`,
    'a=setup:passive',
    `a=ice-ufrag:${iceParameters.usernameFragment}`,
    `a=ice-pwd:${iceParameters.password}`,
    `a=fingerprint:sha-256 ${fingerprint}`,
    ...candidates.map(({ foundation, priority, ip, port }) => `a=candidate:${foundation} 1 udp ${priority} ${ip} ${port} typ host`),
    'a=end-of-candidates',
    '',
  ].join('\r\n');
}
