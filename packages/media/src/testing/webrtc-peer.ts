import type { ConsumerView, TransportView } from '@conclave/protocol/media-api/public';
import datachannel from 'node-datachannel';

const { PeerConnection, Audio } = datachannel;

/** One end of a transport that speaks real ICE, DTLS and SRTP. */
export interface Peer extends Disposable {
  dtlsParameters: { role: 'client'; fingerprints: { algorithm: string; value: string }[] };
  /** Resolves when DTLS is up. Call it once the node knows `dtlsParameters`. */
  connect(): Promise<void>;
  /** Does nothing once the connection is gone. */
  send(packet: Buffer): void;
  /** RTP packets that arrived, RTCP left out. */
  received: Buffer[];
  nextPacket(): Promise<Buffer>;
}

/** Sends opus on a send transport. */
export function openSender(transport: TransportView, ssrc: number): Peer {
  return openPeer(transport, { direction: 'SendOnly', payloadType: 111, ssrc, mid: '0' });
}

/** Receives one audio consumer on a receive transport. */
export function openReceiver(transport: TransportView, { rtpParameters }: ConsumerView): Peer {
  const { payloadType = 0 } = rtpParameters.codecs[0] ?? {};
  return openPeer(transport, {
    direction: 'RecvOnly',
    payloadType,
    ssrc: rtpParameters.encodings?.[0]?.ssrc ?? 0,
    mid: rtpParameters.mid ?? '0',
  });
}

interface Line {
  direction: 'SendOnly' | 'RecvOnly';
  payloadType: number;
  ssrc: number;
  mid: string;
}

function openPeer(transport: TransportView, line: Line): Peer {
  const connection = new PeerConnection('peer', { iceServers: [], disableAutoNegotiation: true });
  const media = new Audio(line.mid, line.direction);
  media.addOpusCodec(line.payloadType);
  if (line.direction === 'SendOnly') media.addSSRC(line.ssrc, 'test', 'test', 'test');
  const track = connection.addTrack(media);
  const received: Buffer[] = [];
  let arrived: (() => void) | undefined;
  track.onMessage((packet) => {
    // RTCP shares the port (RFC 5761 §4).
    if (((packet[1] ?? 0) & 0x7f) !== line.payloadType) return;
    received.push(packet);
    arrived?.();
  });
  connection.setLocalDescription('offer');
  const { type, value } = fingerprintOf(connection.localDescription()?.sdp ?? '');
  return {
    dtlsParameters: { role: 'client', fingerprints: [{ algorithm: type, value }] },
    received,
    connect() {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      track.onOpen(resolve);
      connection.onStateChange((state) => (state === 'failed' ? reject(new Error('DTLS or ICE failed')) : undefined));
      connection.setRemoteDescription(answer(transport, line), 'answer');
      return promise;
    },
    send(packet) {
      if (track.isOpen()) track.sendMessageBinary(packet);
    },
    nextPacket() {
      const { promise, resolve } = Promise.withResolvers<Buffer>();
      arrived = () => resolve(received.at(-1) as Buffer); // called after a push
      return promise;
    },
    [Symbol.dispose]: () => connection.close(),
  };
}

function fingerprintOf(sdp: string): { type: string; value: string } {
  const [, type = '', value = ''] = /a=fingerprint:(\S+) (\S+)/.exec(sdp) ?? [];
  return { type, value };
}

function answer({ iceParameters, iceCandidates, dtlsParameters }: TransportView, { direction, payloadType, ssrc, mid }: Line): string {
  const fingerprint = dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256');
  const candidates = iceCandidates.filter(({ protocol }) => protocol === 'udp');
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    `a=group:BUNDLE ${mid}`,
    'a=ice-lite',
    `m=audio 9 UDP/TLS/RTP/SAVPF ${payloadType}`,
    'c=IN IP4 127.0.0.1',
    `a=mid:${mid}`,
    `a=${direction === 'SendOnly' ? 'recvonly' : 'sendonly'}`,
    'a=rtcp-mux',
    `a=rtpmap:${payloadType} opus/48000/2`,
    ...(direction === 'RecvOnly' ? [`a=ssrc:${ssrc} cname:test`] : []),
    'a=setup:passive',
    `a=ice-ufrag:${iceParameters.usernameFragment}`,
    `a=ice-pwd:${iceParameters.password}`,
    `a=fingerprint:sha-256 ${fingerprint?.value ?? ''}`,
    ...candidates.map(({ foundation, priority, ip, port }) => `a=candidate:${foundation} 1 udp ${priority} ${ip} ${port} typ host`),
    'a=end-of-candidates',
    '',
  ].join('\r\n');
}
