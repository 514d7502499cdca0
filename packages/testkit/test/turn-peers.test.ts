import { createHmac } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { connectTurn } from '@conclave/runtime/turn/turn-client';
import { expect, test, vi } from 'vitest';
import { COTURN_IS_INSTALLED } from '../src/coturn.ts';
import { startFrontSite } from '../src/front-site.ts';
import { startInstallation } from '../src/installation.ts';

const OWN = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

/** Everything that a relay must not be a way to, in every form in which an address can be written. */
const FORBIDDEN = [
  ['127.0.0.1', '127.255.255.254', '0.0.0.0', '0.1.2.3'],
  ['10.0.0.1', '172.16.0.1', '172.31.255.254', '192.168.0.1', '100.64.0.1', '169.254.169.254'],
  ['224.0.0.1', '239.255.255.255', '255.255.255.255', '203.0.113.77', '8.8.8.8'],
  ['::1', '::', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::127.0.0.1', '2002:7f00:1::1', '64:ff9b::7f00:1'],
  ['fc00::1', 'fd00::2', 'fe80::1', 'ff02::1', '2001:db8::1'],
].flat();
/** Forbidden, and the family of an address that this relay has none of (RFC 8656 §9.2, §19). */
const REFUSED = [403, 443];

interface Listener extends Disposable {
  readonly port: number;
  readonly heard: string[];
}

async function listen(address: string): Promise<Listener> {
  const socket = createSocket('udp4').bind(0, address);
  await once(socket, 'listening');
  const heard: string[] = [];
  socket.on('message', (message) => heard.push(message.toString()));
  return { port: socket.address().port, heard, [Symbol.dispose]: () => socket.close() };
}

test.skipIf(!COTURN_IS_INSTALLED || OWN === undefined)(
  '[T7] coturn as it is set up refuses every peer but the media nodes by its own list alone, without the guard before it (skipped without the Debian package coturn, or an address beside loopback)',
  async () => {
    const node = OWN ?? '';
    await using installation = await startInstallation({
      env: { CONCLAVE_TURNSERVER: '/usr/bin/turnserver', CONCLAVE_ANNOUNCED_IP: node },
    });
    const setUp = await readFile(join(installation.dataDir, 'turn/turnserver.conf'), 'utf8');
    const valueOf = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(setUp)?.[1] ?? '';
    await using site = await startFrontSite({ turnPort: Number(valueOf('tcp-proxy-port')) });
    const username = `${Math.floor(Date.now() / 1_000) + 600}:somebody`;
    const credential = createHmac('sha1', valueOf('static-auth-secret')).update(username).digest('base64');
    const open = () =>
      connectTurn(`https://${site.host}:${site.port}`, { credential: { username, credential }, ca: site.ca, tls: { host: '127.0.0.1' } });
    using relay = await vi.waitFor(
      async () => {
        const opened = await open();
        expect(await opened.allocate()).toBe(0);
        return opened;
      },
      { timeout: 20_000, interval: 200 },
    );

    using inside = await listen('127.0.0.1');
    using media = await listen(node);
    for (const address of FORBIDDEN) {
      expect(REFUSED, `a permission for ${address}`).toContain(await relay.permit(address));
      expect(REFUSED, `a channel to ${address}`).toContain(await relay.bind(address, 10_000));
      relay.send(address, inside.port, Buffer.from('unasked'));
    }
    expect(await relay.permit(node)).toBe(0);
    relay.send('127.0.0.1', inside.port, Buffer.from('inside'));
    relay.send(node, media.port, Buffer.from('media'));
    await vi.waitUntil(() => media.heard.length > 0, 10_000);
    expect([media.heard, inside.heard]).toEqual([['media'], []]);
  },
  120_000,
);
