import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createAuthority, createLeaf } from '@conclave/runtime/certificate-authority';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { httpsClient } from '@conclave/cli/peer/https-client';
import { startPlatform, type Platform } from '../src/platform.ts';
import { findTcpPort } from '../src/ports.ts';
import { connectSignal } from '../src/signal-client.ts';

const HAPROXY = '/usr/sbin/haproxy';
const SHIPPED = new URL('../../../deploy/haproxy/haproxy.cfg', import.meta.url);

const stack = new AsyncDisposableStack();
let platform: Platform;
let origin: string;
let ca: string;

/** HAProxy with the shipped configuration, its ports and files replaced, and a certificate of another CA than ours. */
async function startHaproxy(): Promise<void> {
  const folder = stack.adopt(await mkdtemp(join(tmpdir(), 'conclave-haproxy-')), (path) => rm(path, { recursive: true }));
  const nowMs = Date.now();
  const authority = await createAuthority({ commonName: 'Balancer', days: 2, nowMs });
  const leaf = await createLeaf({ authority, commonName: 'Balancer', names: ['localhost'], usages: ['server'], days: 1, nowMs });
  const port = await findTcpPort();
  const config = (await readFile(SHIPPED, 'utf8'))
    .replace('bind :443', `bind 127.0.0.1:${port}`)
    .replaceAll('127.0.0.1:8443', `127.0.0.1:${platform.config.httpsPort}`)
    .replaceAll('/etc/haproxy', folder);
  await writeFile(join(folder, 'conclave.pem'), `${leaf.key}\n${leaf.cert}`);
  await writeFile(join(folder, 'conclave-ca.pem'), platform.ca);
  await writeFile(join(folder, 'haproxy.cfg'), config);
  const haproxy = spawn(HAPROXY, ['-db', '-f', join(folder, 'haproxy.cfg')], { stdio: 'ignore' });
  stack.defer(async () => {
    const ended = once(haproxy, 'exit');
    haproxy.kill('SIGKILL');
    await ended;
  });
  const deadlineMs = Date.now() + 20_000;
  while (!(await listens(port))) {
    if (Date.now() > deadlineMs) throw new Error('HAProxy does not listen');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  [origin, ca] = [`https://localhost:${port}`, authority.cert];
}

const listens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connectTcp(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

beforeAll(async () => {
  if (!existsSync(HAPROXY)) return;
  platform = stack.use(await startPlatform({ env: { CONCLAVE_TRUSTED_PROXIES: '127.0.0.1', CONCLAVE_PROXY_PROTOCOL: 'true' } }));
  await startHaproxy();
});
afterAll(() => stack.disposeAsync());

describe.skipIf(!existsSync(HAPROXY))(
  '[H1] behind HAProxy as we ship it (skipped where the Debian package haproxy is not installed)',
  () => {
    test('pages come over HTTP/1.1 and HTTP/2, and signalling over WSS', async () => {
      using client = httpsClient(origin, ca);
      expect((await client.ask('GET', '/')).text).toContain('<!doctype html>');
      const session = connectHttp2(origin, { ca });
      expect(await text(session.request({ ':path': '/' }))).toContain('<!doctype html>');
      session.destroy();
      using signal = await connectSignal(origin, { ca, origin });
      expect(signal.socket.readyState).toBe(signal.socket.OPEN);
      await expect(connectSignal(origin, { ca, origin: 'https://evil.example' })).rejects.toThrow('403');
    });

    test('who passes it by is refused', async () => {
      using client = httpsClient(platform.origin, platform.ca);
      await expect(client.ask('GET', '/')).rejects.toThrow();
    });
  },
);
