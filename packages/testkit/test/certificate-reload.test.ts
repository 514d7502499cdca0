import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { createAuthority, createLeaf, type KeyAndCertificate } from '@conclave/runtime/certificate-authority';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPlatform, type Platform } from '../src/platform.ts';
import { connectSignal } from '../src/signal-client.ts';

const stack = new AsyncDisposableStack();
let authority: KeyAndCertificate;
let folder: string;
let platform: Platform;
beforeAll(async () => {
  authority = await createAuthority({ commonName: 'Test', days: 2, nowMs: Date.now() });
  folder = stack.adopt(await mkdtemp(join(tmpdir(), 'conclave-reload-')), (path) => rm(path, { recursive: true }));
  await put(await leaf('first'));
  platform = stack.use(
    await startPlatform({
      env: { CONCLAVE_TLS_CERT: join(folder, 'cert.pem'), CONCLAVE_TLS_KEY: join(folder, 'key.pem') },
      ca: authority.cert,
    }),
  );
});
afterAll(() => stack.disposeAsync());

const leaf = (commonName: string) =>
  createLeaf({ authority, commonName, names: ['localhost'], usages: ['server'], days: 1, nowMs: Date.now() });

async function put({ key, cert }: KeyAndCertificate): Promise<void> {
  for (const [name, text] of [
    ['key.pem', key],
    ['cert.pem', cert],
  ] as const) {
    await writeFile(join(folder, `${name}.new`), text);
    await rename(join(folder, `${name}.new`), join(folder, name));
  }
}

/** The common name of the certificate that a new handshake sees. */
async function servedName(): Promise<string> {
  const socket: TLSSocket = connect({ host: '127.0.0.1', port: platform.config.httpsPort, servername: 'localhost', ca: authority.cert });
  await once(socket, 'secureConnect');
  const name = String(socket.getPeerCertificate().subject.CN);
  socket.destroy();
  return name;
}

describe('[T1] certificates from files', () => {
  test('a moved certificate is served soon, and the open WebSocket stays', async () => {
    using client = await connectSignal(platform.origin, { ca: authority.cert });
    let closed = false;
    void client.closed.then(() => (closed = true));
    expect(await servedName()).toBe('first');
    const second = await leaf('second');
    await put(second);
    await expect.poll(servedName, { timeout: 10_000, interval: 25 }).toBe('second');
    const ponged = once(client.socket, 'pong');
    client.socket.ping();
    await ponged;
    expect(closed).toBe(false);
  });

  test.each([
    ['a certificate without its key', async () => ({ cert: (await leaf('third')).cert })],
    ['half a certificate', async () => ({ cert: (await leaf('third')).cert.slice(0, 400) })],
    ['half a key', async () => ({ key: (await leaf('third')).key.slice(0, 60) })],
    ['an empty file', async () => ({ cert: '' })],
  ])('%s changes nothing, and what follows is served', async (_title, broken) => {
    const before = await leaf(`before ${_title}`);
    await put(before);
    await expect.poll(servedName, { timeout: 10_000 }).toBe(`before ${_title}`);
    await put({ ...before, ...(await broken()) });
    const deadlineMs = Date.now() + 1_200;
    while (Date.now() < deadlineMs) expect(await servedName()).toBe(`before ${_title}`);
    await put(await leaf(`after ${_title}`));
    await expect.poll(servedName, { timeout: 10_000 }).toBe(`after ${_title}`);
  });
});
