// SRTP with AES-GCM (RFC 7714), written apart from libsrtp so that the two check each other.
import { createCipheriv, createDecipheriv } from 'node:crypto';

const SALT_BYTES = 12;
const TAG_BYTES = 16;
const LABEL_RTP_KEY = 0;
const LABEL_RTP_SALT = 2;

/** Splits what DTLS exported (RFC 5764 §4.2) into the two directions' session keys. */
export function sessionKeys(exported, keyBytes) {
  const at = (start, length) => exported.subarray(start, start + length);
  const saltStart = 2 * keyBytes;
  return {
    client: derive(at(0, keyBytes), at(saltStart, SALT_BYTES)),
    server: derive(at(keyBytes, keyBytes), at(saltStart + SALT_BYTES, SALT_BYTES)),
  };
}

/** RFC 3711 §4.3 with a salt of 96 bits, as RFC 7714 §11 wants it. */
function derive(masterKey, masterSalt) {
  const part = (label, length) => {
    const counter = Buffer.alloc(16);
    masterSalt.copy(counter);
    counter[7] ^= label;
    return createCipheriv(`aes-${masterKey.length * 8}-ctr`, masterKey, counter).update(Buffer.alloc(length));
  };
  return { key: part(LABEL_RTP_KEY, masterKey.length), salt: part(LABEL_RTP_SALT, SALT_BYTES) };
}

/** Protects one RTP packet whose roll-over counter is still zero. */
export function protect(packet, { key, salt }) {
  const header = packet.subarray(0, headerLength(packet));
  const cipher = createCipheriv(`aes-${key.length * 8}-gcm`, key, nonce(packet, salt));
  cipher.setAAD(header);
  const sealed = [cipher.update(packet.subarray(header.length)), cipher.final()];
  return Buffer.concat([header, ...sealed, cipher.getAuthTag()]);
}

/** The payload of one SRTP packet whose roll-over counter is still zero; throws when its tag is wrong. */
export function unprotect(packet, { key, salt }) {
  const header = packet.subarray(0, headerLength(packet));
  const decipher = createDecipheriv(`aes-${key.length * 8}-gcm`, key, nonce(packet, salt));
  decipher.setAAD(header);
  decipher.setAuthTag(packet.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(packet.subarray(header.length, -TAG_BYTES)), decipher.final()]);
}

function nonce(packet, salt) {
  const value = Buffer.alloc(SALT_BYTES);
  packet.copy(value, 2, 8, 12);
  packet.copy(value, 10, 2, 4);
  for (let i = 0; i < SALT_BYTES; i++) value[i] ^= salt[i];
  return value;
}

function headerLength(packet) {
  const fixed = 12 + 4 * (packet[0] & 0x0f);
  const hasExtension = (packet[0] & 0x10) !== 0;
  return hasExtension ? fixed + 4 + 4 * packet.readUInt16BE(fixed + 2) : fixed;
}
