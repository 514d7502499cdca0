import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One packet on loopback over IPv4. */
export interface Packet {
  readonly protocol: 'udp' | 'tcp';
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payload: Buffer;
}

/** What goes over loopback while it runs. Disposing ends it and removes what it kept. */
export interface Capture extends AsyncDisposable {
  /** Ends it: every packet so far, in order. */
  packets(): Promise<Packet[]>;
  /** Afterwards: how many packets it missed because the machine was too busy. */
  missed(): number;
  /** Afterwards: what tshark reads in the packets that a display filter chooses, the given fields of each. */
  fields(filter: string, fields: readonly string[]): Promise<string[][]>;
}

/** Whether this user may capture, and the Debian package tshark is installed. */
export function canCapture(): boolean {
  return process.getuid?.() === 0 && spawnSync('dumpcap', ['--version']).status === 0 && spawnSync('tshark', ['--version']).status === 0;
}

const MAX_SECONDS = 120;

/** Captures whole packets on loopback from now on, two minutes at most. `filter` as pcap-filter(7) has it. */
export async function startCapture(filter: string): Promise<Capture> {
  const folder = await mkdtemp(join(tmpdir(), 'conclave-capture-'));
  const file = join(folder, 'packets.pcap');
  // Its own format, which is simple to read: no comments, no blocks.
  const options = ['-i', 'lo', '-P', '-B', '16', '-a', `duration:${MAX_SECONDS}`, '-w', file, '-f', filter];
  const child = spawn('dumpcap', options, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  let said = '';
  for await (const piece of child.stderr.iterator({ destroyOnReturn: false })) {
    said += String(piece);
    if (said.includes('File:')) break; // it has opened the interface
  }
  if (child.exitCode !== null) throw new Error(`dumpcap: ${said}`);
  child.stderr.on('data', (piece: Buffer) => (said += String(piece)));
  const stop = async () => {
    child.kill('SIGINT');
    await ended;
  };
  return {
    packets: async () => {
      await stop();
      return readPcap(await readFile(file));
    },
    // `Packets received/dropped on interface 'Loopback: lo': 4875/0 (…)`
    missed: () => Number(/received\/dropped on interface .*: \d+\/(\d+)/.exec(said)?.[1] ?? Number.NaN),
    fields: async (display, fields) => {
      const { stdout } = await run('tshark', ['-r', file, '-Y', display, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])], {
        maxBuffer: 64 * 1024 * 1024,
      });
      return stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')]));
    },
    [Symbol.asyncDispose]: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const ETHERNET_BYTES = 14;
const PROTOCOL = { tcp: 6, udp: 17 } as const;

/** The format of libpcap (pcap-savefile(5)), little-endian as this machine writes it. */
function readPcap(bytes: Buffer): Packet[] {
  const packets: Packet[] = [];
  for (let at = FILE_HEADER_BYTES; at + RECORD_HEADER_BYTES <= bytes.length;) {
    const length = bytes.readUInt32LE(at + 8);
    const packet = readPacket(bytes.subarray(at + RECORD_HEADER_BYTES + ETHERNET_BYTES, at + RECORD_HEADER_BYTES + length));
    if (packet) packets.push(packet);
    at += RECORD_HEADER_BYTES + length;
  }
  return packets;
}

function readPacket(ip: Buffer): Packet | undefined {
  const [first = 0, protocol] = [ip[0], ip[9]];
  if (first >> 4 !== 4) return undefined;
  const inner = ip.subarray((first & 0x0f) * 4, ip.readUInt16BE(2));
  const [sourcePort, destinationPort] = [inner.readUInt16BE(0), inner.readUInt16BE(2)];
  if (protocol === PROTOCOL.udp) return { protocol: 'udp', sourcePort, destinationPort, payload: inner.subarray(8) };
  if (protocol !== PROTOCOL.tcp) return undefined;
  return { protocol: 'tcp', sourcePort, destinationPort, payload: inner.subarray(((inner[12] ?? 0) >> 4) * 4) };
}
