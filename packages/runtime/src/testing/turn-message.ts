/** RFC 8489 §5 */
const MAGIC_COOKIE = 0x2112a442;

export type TurnAttribute = readonly [type: number, value: Buffer];

/** A STUN message as it goes over a stream (RFC 8489 §5 and §14). @param transaction 12 bytes */
export function turnMessage(method: number, transaction: Buffer, attributes: readonly TurnAttribute[]): Buffer {
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
  header.writeUInt16BE(method, 0);
  header.writeUInt16BE(body.length, 2);
  header.writeUInt32BE(MAGIC_COOKIE, 4);
  return Buffer.concat([header, transaction, body]);
}

/** XOR-PEER-ADDRESS (RFC 8489 §14.2) of the 4 or 16 bytes of an address. */
export function turnPeer(bytes: readonly number[], port: number, transaction: Buffer): TurnAttribute {
  const cookie = Buffer.alloc(4);
  cookie.writeUInt32BE(MAGIC_COOKIE);
  const mask = Buffer.concat([cookie, transaction]);
  const value = Buffer.alloc(4 + bytes.length);
  value[1] = bytes.length === 4 ? 1 : 2;
  value.writeUInt16BE(port ^ (MAGIC_COOKIE >>> 16), 2);
  for (const [index, byte] of bytes.entries()) value[4 + index] = byte ^ (mask[index] ?? 0);
  return [0x0012, value];
}
