// Proves a media worker: `node handshake.mjs <worker binary>` makes real DTLS-SRTP handshakes with it
// (the peer is OpenSSL's own client) and sends one RTP packet each way. Exit code 0 when all arrived.
// mediasoup's tests make no handshake, and the fault that build.mjs corrects shows only there.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWorker } from 'mediasoup';
import { lineReader, run } from '../../../scripts/run.mjs';
import { protect, sessionKeys, unprotect } from './srtp.mjs';
import { nominatingRequest } from './stun.mjs';

const SUITES = [
  { name: 'SRTP_AEAD_AES_128_GCM', keyBytes: 16 },
  { name: 'SRTP_AEAD_AES_256_GCM', keyBytes: 32 },
];
const STEP_TIMEOUT_MS = 10_000;
const ADDRESS = '127.0.0.1';
const PAYLOAD_TYPE = 100;
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

async function makeCertificate() {
  const dir = mkdtempSync(join(tmpdir(), 'conclave-handshake-'));
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=peer', '-days', '1'];
  const { code, output } = await run('openssl', [...request, '-keyout', key, '-out', cert]);
  if (code !== 0) throw new Error(`openssl could not make a certificate: ${output}`);
  return { dir, key, cert, fingerprint: new X509Certificate(readFileSync(cert)).fingerprint256 };
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

/** OpenSSL's client behind a socket that speaks ICE for it: STUN and SRTP end here, DTLS passes. */
async function openPeer(transport, suite, certificate) {
  const { port } = transport.iceCandidates[0];
  const [media, tls] = [await bind(), await bind()];
  let clientPort;
  const waiting = { stun: [], srtp: [] };
  media.on('message', (message) => {
    if (message[0] < 4) waiting.stun.shift()?.(message);
    else if (message[0] < 64 && clientPort !== undefined) tls.send(message, clientPort, ADDRESS);
    // RTCP shares the port (RFC 5761 §4); only RTP is looked for.
    else if (message[0] > 127 && (message[1] & 0x7f) === PAYLOAD_TYPE) waiting.srtp.shift()?.(message);
  });
  tls.on('message', (message, from) => {
    clientPort = from.port;
    media.send(message, port, ADDRESS);
  });
  const next = (kind) => new Promise((resolve) => waiting[kind].push(resolve));
  const { usernameFragment, password } = transport.iceParameters;
  const answered = within(next('stun'), 'a STUN answer');
  media.send(nominatingRequest({ username: `${usernameFragment}:peer`, password }), port, ADDRESS);
  await answered;

  const client = startClient(tls.address().port, suite, certificate);
  const close = () => {
    client.process.kill();
    media.close();
    tls.close();
  };
  try {
    const keys = sessionKeys(await within(client.exported, 'the DTLS handshake'), suite.keyBytes);
    await within(connected(transport), 'the worker to finish the DTLS handshake');
    return { keys, close, send: (packet) => media.send(packet, port, ADDRESS), nextSrtp: () => next('srtp') };
  } catch (error) {
    close();
    throw error;
  }
}

function startClient(port, suite, certificate) {
  const exportLength = 2 * (suite.keyBytes + 12);
  const identity = ['-cert', certificate.cert, '-key', certificate.key];
  const keying = ['-use_srtp', suite.name, '-keymatexport', 'EXTRACTOR-dtls_srtp', '-keymatexportlen', String(exportLength)];
  const child = spawn('openssl', ['s_client', '-dtls1_2', '-connect', `${ADDRESS}:${port}`, ...identity, ...keying], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const exported = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`openssl s_client ended with ${code} before the handshake was made`)));
    child.stdout.on(
      'data',
      lineReader((line) => {
        const hex = /Keying material: ([0-9A-F]+)/.exec(line)?.[1];
        if (hex !== undefined) resolve(Buffer.from(hex, 'hex'));
      }),
    );
  });
  return { process: child, exported };
}

async function connected(transport) {
  while (transport.dtlsState !== 'connected') await once(transport, 'dtlsstatechange');
}

async function bind() {
  const socket = createSocket('udp4');
  socket.bind(0, ADDRESS);
  await once(socket, 'listening');
  return socket;
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

function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${STEP_TIMEOUT_MS} ms for ${what}`)), STEP_TIMEOUT_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

try {
  await main(process.argv[2]);
} catch (error) {
  console.error(`the media worker failed: ${error.message}`);
  process.exitCode = 1;
}
