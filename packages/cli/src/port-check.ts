import { createSocket } from 'node:dgram';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename } from 'node:path';
import type { Config } from '@conclave/runtime/config';

type Protocol = 'tcp' | 'udp';

/** A port that this installation listens on. */
export interface WantedPort {
  protocol: Protocol;
  port: number;
  /** The setting that moves it. */
  variable: string;
}

/** One line for each port that cannot be had: which, why, who has it as far as that can be seen, and the setting to change. */
export async function findPortFaults(config: Config): Promise<string[]> {
  const faults = await Promise.all(wantedPorts(config).map((wanted) => describeFault(wanted, config.listenAddress)));
  return faults.filter((fault) => fault !== undefined);
}

/** None that is chosen anew at each start. */
export function wantedPorts(config: Config): WantedPort[] {
  const media = Array.from({ length: config.mediaWorkers }, (_, index) => config.mediaPort + index);
  const wanted: WantedPort[] = [
    { protocol: 'tcp', port: config.httpsPort, variable: 'CONCLAVE_HTTPS_PORT' },
    { protocol: 'tcp', port: config.httpPort, variable: 'CONCLAVE_HTTP_PORT' },
    ...(config.mediaPort === 0 ? [] : media).flatMap((port) =>
      (config.mediaTcp ? (['udp', 'tcp'] as const) : (['udp'] as const)).map((protocol) => ({
        protocol,
        port,
        variable: 'CONCLAVE_MEDIA_PORT',
      })),
    ),
  ];
  return wanted.filter(({ port }) => port !== 0);
}

async function describeFault({ protocol, port, variable }: WantedPort, address: string): Promise<string | undefined> {
  const code = await tryPort(protocol, port, address);
  const name = `${port}/${protocol} (${variable})`;
  if (code === undefined) return undefined;
  if (code === 'EACCES')
    return `${name}: this user may not use ports below 1024; run as root, or allow it: sysctl net.ipv4.ip_unprivileged_port_start=${port}`;
  if (code === 'EADDRNOTAVAIL') return `${name}: this host does not have the address ${address} (CONCLAVE_LISTEN_ADDRESS)`;
  if (code !== 'EADDRINUSE') return `${name}: ${code}`;
  return `${name}: taken by ${portOwner(protocol, port) ?? 'another program'}`;
}

/** Resolves with the error code of listening, or undefined if it works. */
export function tryPort(protocol: Protocol, port: number, address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message);
    if (protocol === 'tcp') {
      const server = createServer().once('error', fail);
      server.listen({ port, host: address, exclusive: true }, () => server.close(() => resolve(undefined)));
    } else {
      const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4').once('error', fail);
      socket.bind({ port, address, exclusive: true }, () => socket.close(() => resolve(undefined)));
    }
  });
}

/** `name (process id)` of who listens on a port, by proc(5); undefined where that cannot be seen. */
export function portOwner(protocol: Protocol, port: number): string | undefined {
  const sockets = new Set(socketsOn(protocol, port).map((inode) => `socket:[${inode}]`));
  if (sockets.size === 0) return undefined;
  const pid = list('/proc').find(
    (entry) => /^\d+$/.test(entry) && list(`/proc/${entry}/fd`).some((fd) => sockets.has(readLink(`/proc/${entry}/fd/${fd}`))),
  );
  return pid === undefined ? undefined : `${commandOf(pid)} (process ${pid})`;
}

/** Whether anybody listens on a port of any address, by proc(5), which shows that to every user. */
export function hasListener(protocol: Protocol, port: number): boolean {
  return socketsOn(protocol, port).length > 0;
}

function socketsOn(protocol: Protocol, port: number): string[] {
  return ['', '6'].flatMap((family) => inodesOn(`/proc/net/${protocol}${family}`, port));
}

/** The program and its first argument, which for an interpreter is what matters. */
function commandOf(pid: string): string {
  const [program = '', first = ''] = readText(`/proc/${pid}/cmdline`).split('\0');
  return `${basename(program)} ${first.startsWith('-') ? '' : first}`.trim().slice(0, 80);
}

const LISTENING = new Set(['0A', '07']); // TCP LISTEN; an unconnected UDP socket

function inodesOn(table: string, port: number): string[] {
  const rows = readText(table).trim().split('\n').slice(1);
  const fields = rows.map((row) => row.trim().split(/\s+/));
  return fields.flatMap(([, local = '', , state = '', , , , , , inode = '']) =>
    LISTENING.has(state) && Number.parseInt(local.split(':')[1] ?? '', 16) === port ? [inode] : [],
  );
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // gone meanwhile, or another user's
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
