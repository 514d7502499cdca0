// OpenSSL's own client as the peer of a media worker: ICE and SRTP are spoken for it.
import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lineReader, run } from '../../../scripts/run.mjs';
import { sessionKeys } from './srtp.mjs';
import { nominatingRequest } from './stun.mjs';

const STEP_TIMEOUT_MS = 10_000;
export const ADDRESS = '127.0.0.1';
export const PAYLOAD_TYPE = 100;

export async function makeCertificate() {
  const dir = mkdtempSync(join(tmpdir(), 'conclave-handshake-'));
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=peer', '-days', '1'];
  const { code, output } = await run('openssl', [...request, '-keyout', key, '-out', cert]);
  if (code !== 0) throw new Error(`openssl could not make a certificate: ${output}`);
  return { dir, key, cert, fingerprint: new X509Certificate(readFileSync(cert)).fingerprint256 };
}

/** A socket that has shown the worker by ICE that it is the peer: what comes is sorted (RFC 7983 §7), what goes is the caller's. */
export async function openPath(transport) {
  const { port } = transport.iceCandidates[0];
  const media = await bind();
  const waiting = { stun: [], dtls: [], srtp: [] };
  const listeners = new Set();
  media.on('message', (message) => {
    if (message[0] < 4) waiting.stun.shift()?.(message);
    else if (message[0] < 64) {
      waiting.dtls.shift()?.(message);
      for (const listener of listeners) listener(message);
    }
    // RTCP shares the port (RFC 5761 §4); only RTP is looked for.
    else if (message[0] > 127 && (message[1] & 0x7f) === PAYLOAD_TYPE) waiting.srtp.shift()?.(message);
  });
  const next = (kind) => new Promise((resolve) => waiting[kind].push(resolve));
  const { usernameFragment, password } = transport.iceParameters;
  const answered = within(next('stun'), 'a STUN answer');
  media.send(nominatingRequest({ username: `${usernameFragment}:peer`, password }), port, ADDRESS);
  await answered;
  return {
    send: (message) => media.send(message, port, ADDRESS),
    next,
    onDtls: (listener) => listeners.add(listener),
    close: () => media.close(),
  };
}

/** OpenSSL's client behind such a socket: SRTP ends here, DTLS passes. */
export async function openPeer(transport, suite, certificate) {
  const path = await openPath(transport);
  const tls = await bind();
  let clientPort;
  path.onDtls((message) => clientPort !== undefined && tls.send(message, clientPort, ADDRESS));
  tls.on('message', (message, from) => {
    clientPort = from.port;
    path.send(message);
  });
  const client = startClient(tls.address().port, suite, certificate);
  const close = () => {
    client.process.kill();
    path.close();
    tls.close();
  };
  try {
    const keys = sessionKeys(await within(client.exported, 'the DTLS handshake'), suite.keyBytes);
    await within(connected(transport), 'the worker to finish the DTLS handshake');
    return { keys, close, send: path.send, nextSrtp: () => path.next('srtp') };
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
  while (transport.dtlsState !== 'connected') {
    if (transport.dtlsState === 'failed') throw new Error('the worker ended the DTLS handshake');
    await once(transport, 'dtlsstatechange');
  }
}

async function bind() {
  const socket = createSocket('udp4');
  socket.bind(0, ADDRESS);
  await once(socket, 'listening');
  return socket;
}

export function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${STEP_TIMEOUT_MS} ms for ${what}`)), STEP_TIMEOUT_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
