import { createHmac } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { crc32 } from 'node:zlib';
import { groupsOf } from '../ip-networks.ts';

/** RFC 8489 §5 */
const MAGIC_COOKIE = 0x2112a442;
const FINGERPRINT_XOR = 0x5354554e;
const HEADER_BYTES = 20;
const INTEGRITY_BYTES = 20;

/** Types of attributes: RFC 8489 §18.3, RFC 8656 §18, RFC 8445 §16.1. */
export const STUN_ATTRIBUTE = {
  username: 0x0006,
  integrity: 0x0008,
  error: 0x0009,
  channel: 0x000c,
  peer: 0x0012,
  data: 0x0013,
  realm: 0x0014,
  nonce: 0x0015,
  transport: 0x0019,
  mapped: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  controlling: 0x802a,
} as const;

export type StunAttribute = readonly [type: number, value: Buffer];

/** A STUN message (RFC 8489 §5 and §14). @param type method and class; @param transaction 12 bytes */
export function stunMessage(type: number, transaction: Buffer, attributes: readonly StunAttribute[]): Buffer {
  const body = Buffer.concat(
    attributes.map(([type, value]) => {
      const padded = Buffer.alloc(4 + value.length + (-value.length & 3));
      padded.writeUInt16BE(type, 0);
      padded.writeUInt16BE(value.length, 2);
      value.copy(padded, 4);
      return padded;
    }),
  );
  const header = Buffer.alloc(8);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(body.length, 2);
  header.writeUInt32BE(MAGIC_COOKIE, 4);
  return Buffer.concat([header, transaction, body]);
}

/** The same with MESSAGE-INTEGRITY at its end, an HMAC-SHA-1 under `key` (RFC 8489 §14.5). */
export function signedStunMessage(type: number, transaction: Buffer, attributes: readonly StunAttribute[], key: string | Buffer): Buffer {
  // The length in the header counts the integrity that is not there yet.
  const covered = stunMessage(type, transaction, [...attributes, [STUN_ATTRIBUTE.integrity, Buffer.alloc(INTEGRITY_BYTES)]]);
  const integrity = createHmac('sha1', key)
    .update(covered.subarray(0, -INTEGRITY_BYTES - 4))
    .digest();
  return stunMessage(type, transaction, [...attributes, [STUN_ATTRIBUTE.integrity, integrity]]);
}

/** The same with FINGERPRINT at its end (RFC 8489 §14.7), as ICE wants it. */
export function withFingerprint(message: Buffer): Buffer {
  const longer = Buffer.from(message);
  longer.writeUInt16BE(message.length - HEADER_BYTES + 8, 2);
  const attribute = Buffer.alloc(8);
  attribute.writeUInt16BE(STUN_ATTRIBUTE.fingerprint, 0);
  attribute.writeUInt16BE(4, 2);
  attribute.writeUInt32BE((crc32(longer) ^ FINGERPRINT_XOR) >>> 0, 4);
  return Buffer.concat([longer, attribute]);
}

/** XOR-PEER-ADDRESS (RFC 8489 §14.2) of the 4 or 16 bytes of an address. */
export function stunPeer(bytes: readonly number[], port: number, transaction: Buffer): StunAttribute {
  const mask = maskOf(transaction);
  const value = Buffer.alloc(4 + bytes.length);
  value[1] = bytes.length === 4 ? 1 : 2;
  value.writeUInt16BE(port ^ (MAGIC_COOKIE >>> 16), 2);
  for (const [index, byte] of bytes.entries()) value[4 + index] = byte ^ (mask[index] ?? 0);
  return [STUN_ATTRIBUTE.peer, value];
}

/** The 4 or 16 bytes of an address that is written out. */
export function addressBytes(address: string): number[] {
  return isIPv4(address) ? address.split('.').map(Number) : groupsOf(address).flatMap((group) => [group >>> 8, group & 0xff]);
}

export interface StunMessage {
  readonly type: number;
  /** 12 bytes in hexadecimal digits. */
  readonly transaction: string;
  /** By type; of several of one type the last. */
  readonly attributes: ReadonlyMap<number, Buffer>;
}

/** Undefined for what is no whole STUN message. Integrity and fingerprint are not checked. */
export function readStunMessage(bytes: Buffer): StunMessage | undefined {
  if (bytes.length < HEADER_BYTES || bytes.readUInt32BE(4) !== MAGIC_COOKIE) return undefined;
  if (bytes.length !== stunLength(bytes)) return undefined;
  const attributes = new Map<number, Buffer>();
  for (let at = HEADER_BYTES; at + 4 <= bytes.length;) {
    const length = bytes.readUInt16BE(at + 2);
    attributes.set(bytes.readUInt16BE(at), bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length + (-length & 3);
  }
  return { type: bytes.readUInt16BE(0), transaction: bytes.toString('hex', 8, HEADER_BYTES), attributes };
}

/** How long the message is whose beginning this is; undefined before its header is there. */
export function stunLength(bytes: Buffer): number | undefined {
  return bytes.length < HEADER_BYTES ? undefined : HEADER_BYTES + bytes.readUInt16BE(2);
}

/** XOR-MAPPED-ADDRESS: the address that the answering side has seen. */
export function mappedAddress({ attributes, transaction }: StunMessage): string | undefined {
  const value = attributes.get(STUN_ATTRIBUTE.mapped);
  if (value === undefined || (value.length !== 8 && value.length !== 20)) return undefined;
  const mask = maskOf(Buffer.from(transaction, 'hex'));
  const plain = Buffer.from(value.subarray(4).map((byte, index) => byte ^ (mask[index] ?? 0)));
  if (plain.length === 4) return plain.join('.');
  return Array.from({ length: 8 }, (_, index) => plain.readUInt16BE(index * 2).toString(16)).join(':');
}

/** ERROR-CODE (RFC 8489 §14.8); 0 where there is none. */
export function errorCode({ attributes }: StunMessage): number {
  const value = attributes.get(STUN_ATTRIBUTE.error);
  return value ? (value[2] ?? 0) * 100 + (value[3] ?? 0) : 0;
}

function maskOf(transaction: Buffer): Buffer {
  const cookie = Buffer.alloc(4);
  cookie.writeUInt32BE(MAGIC_COOKIE);
  return Buffer.concat([cookie, transaction]);
}
