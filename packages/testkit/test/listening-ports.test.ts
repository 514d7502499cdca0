import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAuthority, createLeaf } from '@conclave/runtime/certificate-authority';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startInstallation, type Installation } from '../src/installation.ts';
import { canMakeNetworks, createFirewalledNetwork, FIREWALLED, type FirewalledNetwork } from '../src/network-namespaces.ts';
import type { HeldMeeting } from '../src/programs/meeting.ts';
import type { UdpProbe } from '../src/programs/probe-udp.ts';
import type { TcpScan } from '../src/programs/scan-tcp.ts';

const NAME = 'meet.example';
const WORKERS = 2;
const MEDIA_PORTS = [10_000, 10_001];
const LISTED_TCP = [80, 443, ...MEDIA_PORTS];
/** Beside media: DNS, NTP, SNMP, HTTP/3, IKE, STUN and TURN, SIP, mDNS, and the range in which relays and others get ports. */
const OTHER_UDP = [53, 123, 161, 443, 500, 3478, 3479, 3480, 5060, 5349, 5353, 8080, 8443, 9464, 49_152, 50_000, 65_535];
const { ipv4: IPV4, ipv6: IPV6 } = FIREWALLED.server;
const SHIPPED = new URL('../../../deploy/nftables.conf', import.meta.url);
const program = (name: string) => fileURLToPath(new URL(`../src/programs/${name}`, import.meta.url));

/** What an operator might have forgotten: it listens on all addresses. */
const STRAY = { tcp: 9999, udp: 5353 };
const STRAY_PROGRAM = `
  require('node:net').createServer((socket) => socket.end('hello')).listen(${STRAY.tcp}, '::');
  const udp = require('node:dgram').createSocket('udp6');
  udp.on('message', (message, { port, address }) => udp.send(message, port, address)).bind(${STRAY.udp}, '::', () => console.log('listens'));`;

const stack = new AsyncDisposableStack();
let network: FirewalledNetwork;
let installation: Installation;
let caFile: string;

async function makeCertificate(folder: string): Promise<{ cert: string; key: string }> {
  const nowMs = Date.now();
  const authority = await createAuthority({ commonName: 'Somebody', days: 2, nowMs });
  const leaf = await createLeaf({ authority, commonName: NAME, names: [NAME], usages: ['server'], days: 1, nowMs });
  caFile = join(folder, 'ca.pem');
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  await writeFile(caFile, authority.cert);
  await writeFile(cert, leaf.cert);
  await writeFile(key, leaf.key);
  return { cert, key };
}

/** With the defaults of production: all addresses of the host, ports 443, 80 and 10000. */
async function startInProduction(): Promise<Installation> {
  const folder = stack.adopt(await mkdtemp(join(tmpdir(), 'conclave-ports-')), (path) => rm(path, { recursive: true, force: true }));
  const { cert, key } = await makeCertificate(folder);
  return startInstallation({
    host: network.server,
    readyTimeoutMs: 150_000,
    env: {
      CONCLAVE_ENV: 'production',
      CONCLAVE_HOST: NAME,
      CONCLAVE_HTTPS_PORT: '',
      CONCLAVE_HTTP_PORT: '',
      CONCLAVE_MEDIA_PORT: '',
      CONCLAVE_MEDIA_WORKERS: String(WORKERS),
      CONCLAVE_ANNOUNCED_IP: '',
      CONCLAVE_METRICS_PORT: '9464',
      CONCLAVE_TLS_CERT: cert,
      CONCLAVE_TLS_KEY: key,
      CONCLAVE_LOG_LEVEL: 'warn',
    },
  });
}

interface Listener {
  protocol: string;
  address: string;
  port: number;
}

/** Everything that listens in the server's network, by ss(8). */
async function listeners(): Promise<Listener[]> {
  const lines = (await network.server.run('ss', ['-lntupH'])).trim().split('\n');
  return lines.map((line) => {
    const [protocol = '', , , , local = ''] = line.trim().split(/\s+/);
    const colon = local.lastIndexOf(':');
    return { protocol, address: local.slice(0, colon).replace(/%\w+$/, ''), port: Number(local.slice(colon + 1)) };
  });
}

const isLoopback = ({ address }: Listener) => /^127\.|^\[::1\]$|^\[::ffff:127\./.test(address);

async function scanTcp(): Promise<Record<string, TcpScan>> {
  // More sockets at once than a process may have by default.
  const scan = ['-c', 'ulimit -n 20000 && exec "$@"', 'scan', process.execPath, program('scan-tcp.ts'), IPV4, IPV6];
  return JSON.parse(await network.client.run('sh', scan, { timeoutMs: 240_000 })) as Record<string, TcpScan>; // printed by that program
}

async function probeUdp(address: string, ports: readonly number[]): Promise<UdpProbe> {
  return JSON.parse(await network.client.run(process.execPath, [program('probe-udp.ts'), address, ...ports.map(String)])) as UdpProbe; // as above
}

const all = (ports: readonly number[], outcome: UdpProbe[number]): UdpProbe => Object.fromEntries(ports.map((port) => [port, outcome]));

async function holdMeeting(room: string): Promise<HeldMeeting> {
  await installation.conclave('team', 'create', '--name', room, '--json');
  const { developer_key: key } = JSON.parse(await installation.conclave('key', 'create', '--team', room, '--json')) as {
    developer_key: string; // the command's own output
  };
  const team = JSON.parse(await installation.conclave('team', 'list', '--json')) as { name: string; host: string }[];
  const host = team.find(({ name }) => name === room)?.host ?? '';
  await network.client.know({ [NAME]: IPV4, [host]: IPV4 });
  const args = [program('meeting.ts'), `https://${host}`, caFile, key, room];
  return JSON.parse(await network.client.run(process.execPath, args, { timeoutMs: 120_000 })) as HeldMeeting; // as above
}

beforeAll(async () => {
  if (!canMakeNetworks()) return;
  network = stack.use(await createFirewalledNetwork());
  // The kernel says only now and then that a port is closed; here it is asked often (icmp(7)).
  await network.server.run('sysctl', ['-qw', 'net.ipv4.icmp_ratelimit=0', 'net.ipv6.icmp.ratelimit=0']);
  await network.client.know({ [NAME]: IPV4 });
  installation = stack.use(await startInProduction());
});
afterAll(() => stack.disposeAsync());

describe.skipIf(!canMakeNetworks())(
  '[T3] an installation on a public address (skipped where this user may not make network namespaces, or without nftables)',
  () => {
    test('its processes listen on 443/tcp, 80/tcp and the media ports, and else on loopback alone', async () => {
      const listening = (await listeners()).filter((one) => !isLoopback(one));
      const ports = (protocol: string) => [...new Set(listening.filter((one) => one.protocol === protocol).map(({ port }) => port))];
      expect(ports('tcp').toSorted((one, other) => one - other)).toEqual(LISTED_TCP);
      expect(ports('udp').toSorted((one, other) => one - other)).toEqual(MEDIA_PORTS);
      // Metrics and PostgreSQL are there, and the media node's own API.
      expect((await listeners()).filter(isLoopback).length).toBeGreaterThanOrEqual(3);
    });

    test('without a firewall no other TCP port and no other UDP port answers, over IPv4 and IPv6', async () => {
      const closed = 65_535 - LISTED_TCP.length;
      for (const { open, refused, silent } of Object.values(await scanTcp()))
        expect({ open, refused: refused.length, silent }).toEqual({ open: LISTED_TCP, refused: closed, silent: 0 });
      for (const address of [IPV4, IPV6]) {
        expect(await probeUdp(address, OTHER_UDP)).toEqual(all(OTHER_UDP, 'refused'));
        expect(await probeUdp(address, MEDIA_PORTS)).toEqual(all(MEDIA_PORTS, 'silent'));
      }
    }, 300_000);

    test('with the firewall as it is shipped all others are silent, a stray service too, and a meeting is held through it', async () => {
      const stray = network.server.start(process.execPath, ['-e', STRAY_PROGRAM], { stdio: ['ignore', 'pipe', 'inherit'] });
      for await (const _ of stray.stdout ?? []) break;
      for (const address of [IPV4, IPV6]) expect(await probeUdp(address, [STRAY.udp])).toEqual(all([STRAY.udp], 'answered'));

      await network.server.loadRules(await readFile(SHIPPED, 'utf8'));
      for (const { open, refused } of Object.values(await scanTcp())) {
        expect(open).toEqual(LISTED_TCP);
        // The shipped file lets through sixteen media ports: where there is no worker, the host itself says so.
        expect(refused.every((port) => port >= 10_000 && port <= 10_015)).toBe(true);
      }
      for (const address of [IPV4, IPV6]) expect(await probeUdp(address, OTHER_UDP)).toEqual(all(OTHER_UDP, 'silent'));
      const { ann, ben } = await holdMeeting('harbour');
      expect(Math.min(ann, ben)).toBeGreaterThan(50_000);
    }, 400_000);
  },
);
