// The one STUN message with which an ICE controlling agent opens a path to an ICE-lite peer (RFC 8445 §7.1, RFC 8489).
import { createHmac, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const MAGIC_COOKIE = 0x2112a442;
const FINGERPRINT_XOR = 0x5354554e;

/** @returns {Buffer} a binding request that nominates the path; `password` is the peer's */
export function nominatingRequest({ username, password }) {
  const uint32 = (value) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value >>> 0);
    return bytes;
  };
  const attributes = Buffer.concat([
    attribute(0x0006, Buffer.from(username)),
    attribute(0x0024, uint32(0x6e7f1eff)), // PRIORITY of a peer-reflexive candidate
    attribute(0x802a, randomBytes(8)), // ICE-CONTROLLING
    attribute(0x0025, Buffer.alloc(0)), // USE-CANDIDATE
  ]);
  const header = Buffer.concat([Buffer.from([0, 1, 0, 0]), uint32(MAGIC_COOKIE), randomBytes(12)]);
  // Each of the two closing attributes covers a header whose length already counts it.
  const withLength = (length) => {
    header.writeUInt16BE(length, 2);
    return header;
  };
  const signed = Buffer.concat([withLength(attributes.length + 24), attributes]);
  const integrity = attribute(0x0008, createHmac('sha1', password).update(signed).digest());
  const checked = Buffer.concat([withLength(attributes.length + 32), attributes, integrity]);
  return Buffer.concat([checked, attribute(0x8028, uint32(crc32(checked) ^ FINGERPRINT_XOR))]);
}

function attribute(type, value) {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}
