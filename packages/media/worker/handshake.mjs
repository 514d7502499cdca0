// Proves a media worker: `node handshake.mjs <worker binary>` makes real DTLS-SRTP handshakes with it
// (the peer is OpenSSL's own client) and sends one RTP packet each way. Exit code 0 when all arrived.
// mediasoup's tests make no handshake, and the fault that build.mjs corrects shows only there.
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createWorker } from 'mediasoup';
import { ADDRESS, makeCertificate, openPeer, PAYLOAD_TYPE, within } from './openssl-peer.mjs';
import { protect, unprotect } from './srtp.mjs';

const SUITES = [
  { name: 'SRTP_AEAD_AES_128_GCM', keyBytes: 16 },
  { name: 'SRTP_AEAD_AES_256_GCM', keyBytes: 32 },
];
const PEER_SSRC = 0x11111111;
const WORKER_SSRC = 0x22222222;
const OPUS = { mimeType: 'audio/opus', clockRate: 48000, channels: 2 };

async function main(workerBin) {
  const certificate = await makeCertificate();
  const worker = await createWorker({ workerBin, logLevel: 'warn' });
  const died = once(worker, 'died').then(([error]) => {
    throw error;
  });
  died.catch(() => {});
  try {
    for (const suite of SUITES) {
      await Promise.race([exchange(worker, suite, certificate), died]);
      console.log(`${suite.name}: handshake made, packet received and sent`);
    }
  } finally {
    worker.close();
    rmSync(certificate.dir, { recursive: true });
  }
}

async function exchange(worker, suite, certificate) {
  const router = await worker.createRouter({ mediaCodecs: [{ kind: 'audio', preferredPayloadType: PAYLOAD_TYPE, ...OPUS }] });
  const webRtcServer = await worker.createWebRtcServer({ listenInfos: [{ protocol: 'udp', ip: ADDRESS }] });
  const transport = await router.createWebRtcTransport({ webRtcServer });
  const direct = await router.createDirectTransport();
  await transport.connect({ dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: certificate.fingerprint }] } });

  const peer = await openPeer(transport, suite, certificate);
  try {
    await checkInbound(transport, direct, router, peer);
    await checkOutbound(transport, direct, router, peer);
  } finally {
    peer.close();
    router.close();
    webRtcServer.close();
  }
}

async function checkInbound(transport, direct, router, peer) {
  const producer = await transport.produce({ kind: 'audio', rtpParameters: rtpParameters(PEER_SSRC) });
  const consumer = await direct.consume({ producerId: producer.id, rtpCapabilities: router.rtpCapabilities });
  const arrived = within(once(consumer, 'rtp'), 'an RTP packet from the peer');
  peer.send(protect(rtpPacket(PEER_SSRC, 'to the worker'), peer.keys.client));
  const [packet] = await arrived;
  expectPayload(Buffer.from(packet).subarray(-'to the worker'.length), 'to the worker');
}

async function checkOutbound(transport, direct, router, peer) {
  const producer = await direct.produce({ kind: 'audio', rtpParameters: rtpParameters(WORKER_SSRC) });
  await transport.consume({ producerId: producer.id, rtpCapabilities: router.rtpCapabilities });
  const arrived = within(peer.nextSrtp(), 'an SRTP packet from the worker');
  producer.send(rtpPacket(WORKER_SSRC, 'from the worker'));
  expectPayload(unprotect(await arrived, peer.keys.server), 'from the worker');
}

function rtpParameters(ssrc) {
  return { codecs: [{ payloadType: PAYLOAD_TYPE, ...OPUS }], encodings: [{ ssrc }], rtcp: { cname: 'handshake' } };
}

function rtpPacket(ssrc, payload) {
  const header = Buffer.from([0x80, PAYLOAD_TYPE, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0]);
  header.writeUInt32BE(ssrc, 8);
  return Buffer.concat([header, Buffer.from(payload)]);
}

function expectPayload(actual, expected) {
  if (actual.toString() !== expected) throw new Error(`expected the payload "${expected}", got "${actual.toString()}"`);
}

try {
  await main(process.argv[2]);
} catch (error) {
  console.error(`the media worker failed: ${error.message}`);
  process.exitCode = 1;
}
