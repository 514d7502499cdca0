import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, isIPv4, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { types } from 'mediasoup';

/** One address that a worker binds, and what it tells browsers instead of it. */
export interface Binding {
  ip: string;
  announcedAddress?: string;
  /** Tell browsers the bound address as well. */
  exposeInternalIp?: boolean;
}

/**
 * Of each UDP socket, for what comes while its worker does something else; the kernel grants `net.core.rmem_max` at most. All people of a
 * worker send to one socket: its usual 208 KiB are full when a dozen cameras of 1.5 Mbit/s have a picture in the same moment.
 */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/**
 * Decides which local addresses carry the announced ones. An announced address of this host is bound itself. One that is not (NAT) is
 * announced by a local address of its family, each by another one, because two sockets cannot share an address and a port; where the
 * host has none, by the wildcard address.
 * @throws RangeError when more foreign addresses are announced than local ones exist to carry them.
 */
export function planBindings(announcedIps: readonly string[], localIps: readonly string[]): Binding[] {
  const bindings = new Map<string, Binding>(announcedIps.filter((ip) => localIps.includes(ip)).map((ip) => [ip, { ip }]));
  const own = [...bindings.keys()];
  for (const foreign of announcedIps.filter((ip) => !localIps.includes(ip))) {
    const sameFamily = [...own, ...localIps].filter((ip) => isIPv4(ip) === isIPv4(foreign) && !isLoopback(ip));
    const carrier =
      sameFamily.find((ip) => bindings.get(ip)?.announcedAddress === undefined) ?? wildcard(foreign, bindings, sameFamily.length === 0);
    bindings.set(carrier, { ip: carrier, announcedAddress: foreign, ...(own.includes(carrier) && { exposeInternalIp: true }) });
  }
  return [...bindings.values()];
}

/** What a WebRtcServer listens to: UDP, and TCP on the same port for networks without UDP. UDP comes first and is preferred. */
export function listenInfos(bindings: readonly Binding[], port: number, tcp: boolean): types.TransportListenInfo[] {
  return (tcp ? (['udp', 'tcp'] as const) : (['udp'] as const)).flatMap((protocol) =>
    bindings.map((binding) => ({ ...binding, protocol, port, ...(protocol === 'udp' && { recvBufferSize: RECEIVE_BUFFER_BYTES }) })),
  );
}

export function localAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));
}

/** A port that is free for TCP and UDP on all bindings now; it may be taken a moment later. */
export async function findFreePort(bindings: readonly Binding[]): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = await freeTcpPort();
    const free = await Promise.all(bindings.map(({ ip }) => isFree(ip, port)));
    if (free.every(Boolean)) return port;
  }
  throw new Error('no free port for media was found');
}

function wildcard(foreign: string, bindings: ReadonlyMap<string, Binding>, alone: boolean): string {
  const ip = isIPv4(foreign) ? '0.0.0.0' : '::';
  const taken = [...bindings.keys()].some((bound) => isIPv4(bound) === isIPv4(foreign));
  if (!alone || taken) throw new RangeError('more addresses are announced than this host has to carry them');
  return ip;
}

function isLoopback(ip: string): boolean {
  return ip.startsWith('127.') || ip === '::1';
}

async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  server.close();
  await once(server, 'close');
  return port;
}

async function isFree(ip: string, port: number): Promise<boolean> {
  const tcp = createServer();
  const udp = createSocket(isIPv4(ip) ? 'udp4' : 'udp6');
  try {
    await Promise.all([once(tcp.listen(port, ip), 'listening'), once(udp.bind(port, ip), 'listening')]);
    return true;
  } catch {
    return false;
  } finally {
    tcp.close();
    udp.close();
  }
}
