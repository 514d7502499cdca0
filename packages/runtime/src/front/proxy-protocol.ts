import { isIPv4, isIPv6, type Socket } from 'node:net';
import { groupsOf, plainAddress } from '../ip-networks.ts';

/** One end of a TCP connection; the address without zone, IPv4 never as `::ffff:…`. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** @see https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt §2.2 */
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const V2_HEAD_BYTES = 16;
const V2_LENGTH_AT = 14;
/** Addresses take at most 216 bytes; balancers add a few TLVs. */
const V2_MAX_BODY_BYTES = 2_048;
/** §2.1: the longest line of version 1 with its CR LF. */
const V1_MAX_BYTES = 107;
const V1_LINE = /^PROXY (?:TCP4|TCP6) (\S{2,39}) \S{2,39} (\d{1,5}) \d{1,5}\r\n$/;

/** The header (version 2, TCP) that says for whom a connection is made. Both ends become IPv6 if one of them is. */
export function encodeProxyHeader(source: Endpoint, destination: Endpoint): Buffer {
  const v4 = isIPv4(source.address) && isIPv4(destination.address);
  const addresses = [source, destination].map(({ address }) => (v4 ? Buffer.from(address.split('.').map(Number)) : bytes16(address)));
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(source.port, 0);
  ports.writeUInt16BE(destination.port, 2);
  const body = Buffer.concat([...addresses, ports]);
  const head = Buffer.from([0x21, v4 ? 0x11 : 0x21, 0, body.length]);
  return Buffer.concat([SIGNATURE, head, body]);
}

function bytes16(address: string): Buffer {
  const bytes = Buffer.alloc(16);
  for (const [index, group] of groupsOf(isIPv4(address) ? `::ffff:${address}` : address).entries()) bytes.writeUInt16BE(group, index * 2);
  return bytes;
}

/**
 * Takes the header, version 1 or 2, off the beginning of a connection; what follows stays in the socket.
 * Resolves with the client's end, with null where the proxy speaks for itself (`LOCAL`, `UNKNOWN`), and rejects when there is no such header
 * or the connection ends before.
 */
export async function takeProxyHeader(socket: Socket, signal: AbortSignal): Promise<Endpoint | null> {
  const first = await take(socket, SIGNATURE.length, signal);
  if (first.equals(SIGNATURE)) {
    const head = await take(socket, V2_HEAD_BYTES - SIGNATURE.length, signal);
    const length = head.readUInt16BE(V2_LENGTH_AT - SIGNATURE.length);
    if (length > V2_MAX_BODY_BYTES) throw new Error('the PROXY header is too long');
    const body = length === 0 ? Buffer.alloc(0) : await take(socket, length, signal);
    return decodeV2(head[0] ?? 0, head[1] ?? 0, body);
  }
  let line = first;
  while (line.at(-1) !== 0x0a) {
    if (line.length === V1_MAX_BYTES) throw new Error('the PROXY header is too long');
    line = Buffer.concat([line, await take(socket, 1, signal)]);
  }
  return decodeV1(line.toString('latin1'));
}

function decodeV2(versionAndCommand: number, family: number, body: Buffer): Endpoint | null {
  if (versionAndCommand === 0x20) return null;
  if (versionAndCommand !== 0x21) throw new Error('no PROXY header that is known');
  if (family === 0x11 && body.length >= 12) return { address: body.subarray(0, 4).join('.'), port: body.readUInt16BE(8) };
  if (family === 0x21 && body.length >= 36) {
    const groups = Array.from({ length: 8 }, (_, index) => body.readUInt16BE(index * 2).toString(16));
    return { address: canonical(groups.join(':')), port: body.readUInt16BE(32) };
  }
  throw new Error('the PROXY header is not about TCP');
}

function decodeV1(line: string): Endpoint | null {
  if (line.startsWith('PROXY UNKNOWN')) return null;
  const [, address = '', port] = V1_LINE.exec(line) ?? [];
  if (!isIPv4(address) && !isIPv6(address)) throw new Error('no PROXY header that is known');
  return { address: canonical(address), port: Number(port) };
}

/** As the run time itself writes addresses. */
function canonical(address: string): string {
  if (isIPv4(address)) return address;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, mark = 0, high = 0, low = 0] = groupsOf(address);
  if (a + b + c + d + e === 0 && mark === 0xffff) return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  return plainAddress(new URL(`http://[${address}]`).hostname.slice(1, -1));
}

/** Exactly so many bytes. */
async function take(socket: Socket, sizeBytes: number, signal: AbortSignal): Promise<Buffer> {
  for (;;) {
    const bytes: unknown = socket.read(sizeBytes);
    if (bytes instanceof Buffer && bytes.length === sizeBytes) return bytes;
    if (bytes !== null || socket.readableEnded || socket.destroyed) throw new Error('ended within the PROXY header');
    await untilReadable(socket, signal);
  }
}

function untilReadable(socket: Socket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => () => {
      for (const [name, listener] of listeners) socket.off(name, listener);
      signal.removeEventListener('abort', onAbort);
      finish();
    };
    const onAbort = settle(() => reject(new Error('no PROXY header in time')));
    const onEnd = settle(() => reject(new Error('ended within the PROXY header')));
    const listeners = [
      ['readable', settle(resolve)],
      ['end', onEnd],
      ['close', onEnd],
    ] as const;
    for (const [name, listener] of listeners) socket.on(name, listener);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
}
