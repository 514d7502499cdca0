import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createWorker, type types } from 'mediasoup';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findWorker } from '../../../scripts/media-worker.mjs';
import { makeCertificate, openPath, openPeer } from './openssl-peer.mjs';

const workerBin = findWorker() ?? '';
/** mediasoup's own binary takes whatever OpenSSL takes; ours is compiled with a list of suites. */
const IS_OURS = !workerBin.includes('-download/');

const GOOD = {
  'ECDHE-ECDSA-AES128-GCM-SHA256': 0xc02b,
  'ECDHE-ECDSA-AES256-GCM-SHA384': 0xc02c,
  'ECDHE-ECDSA-CHACHA20-POLY1305': 0xcca9,
};
/** By the registry of TLS cipher suites (IANA); RFC 2246 §A.5 for those of export. */
const WEAK = {
  'no encryption (ECDHE-ECDSA-NULL-SHA)': 0xc006,
  'no encryption (RSA-NULL-SHA256)': 0x003b,
  'export (EXP-RC4-MD5)': 0x0003,
  'export (EXP-EDH-RSA-DES-CBC-SHA)': 0x0014,
  'nobody known (ECDH-anon-AES128-SHA)': 0xc018,
  'RC4 (ECDHE-ECDSA-RC4-SHA)': 0xc007,
  '3DES (ECDHE-ECDSA-3DES-CBC-SHA)': 0xc008,
  'CBC (ECDHE-ECDSA-AES128-SHA)': 0xc009,
  'CBC (ECDHE-ECDSA-AES256-SHA)': 0xc00a,
  'CBC (ECDHE-ECDSA-AES128-SHA256)': 0xc023,
  'no forward secrecy (AES128-GCM-SHA256)': 0x009c,
  'no forward secrecy (AES128-SHA)': 0x002f,
};
const VERSION = { dtls10: 0xfeff, dtls12: 0xfefd };
const SRTP = { name: 'SRTP_AEAD_AES_128_GCM', keyBytes: 16 };
const RECORD = { alert: 21, handshake: 22 };
const HANDSHAKE_FAILURE_ALERTS = [40, 70]; // handshake_failure, protocol_version (RFC 5246 §7.2)

let worker: types.Worker;
let router: types.Router;
let certificate: Awaited<ReturnType<typeof makeCertificate>>;
beforeAll(async () => {
  certificate = await makeCertificate();
  worker = await createWorker({ workerBin, logLevel: 'none' });
  router = await worker.createRouter();
});
afterAll(() => {
  worker.close();
  rmSync(certificate.dir, { recursive: true });
});

async function openTransport(fingerprint: string): Promise<types.WebRtcTransport> {
  const webRtcServer = await worker.createWebRtcServer({ listenInfos: [{ protocol: 'udp', ip: '127.0.0.1' }] });
  const transport = await router.createWebRtcTransport({ webRtcServer });
  await transport.connect({ dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: fingerprint }] } });
  return transport;
}

/** The first record that answers a greeting with one suite: `hello`, or the number of a fatal alert. */
async function greet(version: number, suite: number): Promise<'hello' | number> {
  const transport = await openTransport(certificate.fingerprint);
  const path = await openPath(transport);
  try {
    const answered = path.next('dtls');
    path.send(clientHello(version, suite));
    const record = await answered;
    expect(transport.dtlsState).not.toBe('connected');
    // Type, version, epoch and sequence number, length (RFC 6347 §4.1); an alert is its level and its number.
    return record[0] === RECORD.handshake ? 'hello' : record[0] === RECORD.alert && record[13] === 2 ? (record[14] ?? 0) : -1;
  } finally {
    path.close();
    transport.close();
  }
}

describe('[T6] the media worker’s DTLS', () => {
  test.each(Object.entries(GOOD))('takes %s', async (_name, suite) => expect(await greet(VERSION.dtls12, suite)).toBe('hello'));

  test.skipIf(!IS_OURS).each(Object.entries(WEAK))(
    'ends a handshake with %s (skipped with the binary that mediasoup offers: it has a list of its own)',
    async (_name, suite) => expect(HANDSHAKE_FAILURE_ALERTS).toContain(await greet(VERSION.dtls12, suite)),
  );

  test('ends a handshake of DTLS 1.0', async () => {
    expect(HANDSHAKE_FAILURE_ALERTS).toContain(await greet(VERSION.dtls10, 0xc009));
  });

  test('ends a handshake with another certificate than the one whose fingerprint was told', async () => {
    using right = closing(await openTransport(certificate.fingerprint));
    (await openPeer(right.transport, SRTP, certificate)).close();
    const other =
      `00${certificate.fingerprint.slice(2)}` === certificate.fingerprint
        ? `01${certificate.fingerprint.slice(2)}`
        : `00${certificate.fingerprint.slice(2)}`;
    using wrong = closing(await openTransport(other));
    await expect(openPeer(wrong.transport, SRTP, certificate)).rejects.toThrow('ended');
    expect(wrong.transport.dtlsState).toBe('failed');
  });
});

function closing(transport: types.WebRtcTransport) {
  return { transport, [Symbol.dispose]: () => transport.close() };
}

function vector(bytesOfLength: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const length = Buffer.alloc(bytesOfLength);
  length.writeUIntBE(content.length, 0, bytesOfLength);
  return Buffer.concat([length, content]);
}

const uint16 = (...values: number[]) => Buffer.from(values.flatMap((value) => [value >> 8, value & 0xff]));
const extension = (type: number, content: Buffer) => Buffer.concat([uint16(type), vector(2, content)]);

/** RFC 6347 §4.2, with what a client of DTLS-SRTP says beside its suites (RFC 5764 §4.1). */
function clientHello(version: number, suite: number): Buffer {
  const extensions = [
    extension(0x000a, vector(2, uint16(0x0017))), // P-256
    extension(0x000b, vector(1, Buffer.from([0]))), // uncompressed points
    extension(0x000d, vector(2, uint16(0x0403, 0x0804, 0x0401, 0x0203, 0x0201))), // ECDSA and RSA with SHA-256 and SHA-1
    extension(0x000e, Buffer.concat([vector(2, uint16(0x0007)), vector(1)])), // SRTP_AEAD_AES_128_GCM
    extension(0x0017, Buffer.alloc(0)), // extended master secret
  ];
  const body = Buffer.concat([
    uint16(version),
    randomBytes(32),
    vector(1), // session id
    vector(1), // cookie
    vector(2, uint16(suite)),
    vector(1, Buffer.from([0])),
    vector(2, ...extensions),
  ]);
  const length = Buffer.alloc(3);
  length.writeUIntBE(body.length, 0, 3);
  const handshake = Buffer.concat([Buffer.from([1]), length, Buffer.alloc(2), Buffer.alloc(3), length, body]);
  return Buffer.concat([Buffer.from([RECORD.handshake]), uint16(version), Buffer.alloc(8), vector(2, handshake)]);
}
