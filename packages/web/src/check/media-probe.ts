import type { CheckTransport } from '@conclave/protocol/media-api/internal';
import type { DtlsParameters, IceServer } from '@conclave/protocol/media-api/rtp';

/** How long a path may take: one lost first packet and a slow network, and still no test of patience. */
const PATH_TIMEOUT_MS = 8_000;

/** Two connections to be, one for UDP and one for TCP, that show the same certificate. */
export interface MediaProbe extends Disposable {
  /** For the media node, before `connect`. */
  readonly dtlsParameters: DtlsParameters;
  /** Whether ICE and DTLS came up over that protocol. Never rejects. */
  connect(protocol: 'udp' | 'tcp', transport: CheckTransport): Promise<boolean>;
}

/** @throws what the browser throws when it has no WebRTC. */
export async function openMediaProbe(): Promise<MediaProbe> {
  const certificate = await RTCPeerConnection.generateCertificate({ name: 'ECDSA', namedCurve: 'P-256' } as AlgorithmIdentifier); // TypeScript's type lacks the curve
  const connections = { udp: makeConnection([certificate]), tcp: makeConnection([certificate]) };
  const offers = await Promise.all(Object.values(connections).map(offer));
  return {
    dtlsParameters: { role: 'client', fingerprints: fingerprintsIn(offers[0] ?? '') },
    connect: async (protocol, transport) => {
      const connection = connections[protocol];
      try {
        await connection.setRemoteDescription({ type: 'answer', sdp: describeNode(transport) });
        return await untilTrue(connection, 'connectionstatechange', () =>
          connection.connectionState === 'connected' ? true : connection.connectionState === 'failed' ? false : null,
        );
      } catch {
        return false;
      }
    },
    [Symbol.dispose]: () => {
      for (const connection of Object.values(connections)) connection.close();
    },
  };
}

/** Whether a TURN server gives an address to be reached by: it was reached, and took the credentials. Never rejects. */
export async function reachesTurn(iceServers: readonly IceServer[]): Promise<boolean> {
  const connection = new RTCPeerConnection({ iceServers: iceServers as RTCIceServer[], iceTransportPolicy: 'relay' }); // readonly is ours
  let relayed = false;
  try {
    connection.addEventListener('icecandidate', ({ candidate }) => (relayed ||= candidate?.type === 'relay'));
    connection.createDataChannel('check');
    await offer(connection);
    return await untilTrue(connection, 'icecandidate', () => (relayed ? true : connection.iceGatheringState === 'complete' ? false : null));
  } catch {
    return false;
  } finally {
    connection.close();
  }
}

function makeConnection(certificates: RTCCertificate[]): RTCPeerConnection {
  const connection = new RTCPeerConnection({ certificates });
  // Nobody answers on it: it is there because a connection without anything in it does not begin.
  connection.createDataChannel('check');
  return connection;
}

async function offer(connection: RTCPeerConnection): Promise<string> {
  await connection.setLocalDescription(await connection.createOffer());
  return connection.localDescription?.sdp ?? '';
}

function fingerprintsIn(sdp: string): DtlsParameters['fingerprints'] {
  const [, algorithm = '', value = ''] = /^a=fingerprint:(\S+) (\S+)/m.exec(sdp) ?? [];
  return [{ algorithm, value }];
}

/** Looks again at each event until it is known; false when it is not known in time. */
function untilTrue(
  target: RTCPeerConnection,
  event: 'connectionstatechange' | 'icecandidate',
  look: () => boolean | null,
): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => end(false), PATH_TIMEOUT_MS);
    const again = () => {
      const known = look();
      if (known !== null) end(known);
    };
    const end = (result: boolean) => {
      clearTimeout(timer);
      target.removeEventListener(event, again);
      resolve(result);
    };
    target.addEventListener(event, again);
    again();
  });
}

/** What the media node would answer if it spoke SDP: ICE-lite (RFC 8839 §5.3), waiting for our DTLS. */
function describeNode({ iceParameters, iceCandidates, dtlsParameters }: CheckTransport): string {
  const fingerprint = dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256')?.value ?? '';
  return [
    'v=0',
    'o=- 1 1 IN IP4 0.0.0.0',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    'a=ice-lite',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    'a=mid:0',
    'a=sctp-port:5000',
    'a=setup:passive',
    `a=ice-ufrag:${iceParameters.usernameFragment}`,
    `a=ice-pwd:${iceParameters.password}`,
    `a=fingerprint:sha-256 ${fingerprint}`,
    ...iceCandidates.map(
      ({ foundation, protocol, priority, ip, port }) =>
        `a=candidate:${foundation} 1 ${protocol} ${priority} ${ip} ${port} typ host${protocol === 'tcp' ? ' tcptype passive' : ''}`,
    ),
    'a=end-of-candidates',
    '',
  ].join('\r\n');
}
