import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { MediaAddress } from '@conclave/cli/peer/srtp-path';

/** By number, RFC 5764 §4.1.2 and RFC 7714 §14.2. */
const PROFILES: Record<number, string> = {
  1: 'SRTP_AES128_CM_HMAC_SHA1_80',
  2: 'SRTP_AES128_CM_HMAC_SHA1_32',
  7: 'SRTP_AEAD_AES_128_GCM',
  8: 'SRTP_AEAD_AES_256_GCM',
};

/** Stands between a client and an SFU and reads, from the ServerHello that is still in clear, which SRTP profile the SFU chose. */
export interface ProfileWitness extends Disposable {
  readonly via: (sfu: MediaAddress) => Promise<MediaAddress>;
  /** undefined: no ServerHello came by. */
  readonly profile: () => string | undefined;
}

export function witnessProfile(): ProfileWitness {
  const sockets: Socket[] = [];
  let profile: string | undefined;
  return {
    via: async ({ ip, port }) => {
      const [near, far] = [createSocket('udp4'), createSocket('udp4')];
      sockets.push(near, far);
      near.bind(0, '127.0.0.1');
      far.bind(0, ip); // one of this host, and to itself it answers from there
      await Promise.all([once(near, 'listening'), once(far, 'listening')]);
      let client: MediaAddress | undefined;
      near.on('message', (packet, from) => {
        client = { ip: from.address, port: from.port };
        far.send(packet, port, ip);
      });
      far.on('message', (packet) => {
        const chosen = chosenProfile(packet);
        if (chosen !== undefined) profile = PROFILES[chosen] ?? `profile ${chosen}`;
        if (client) near.send(packet, client.port, client.ip);
      });
      return { ip: '127.0.0.1', port: near.address().port };
    },
    profile: () => profile,
    [Symbol.dispose]: () => {
      for (const socket of sockets) socket.close();
    },
  };
}

const HANDSHAKE = 22;
const SERVER_HELLO = 2;
const USE_SRTP = 14;
const RECORD_HEADER_BYTES = 13;
const MESSAGE_HEADER_BYTES = 12;

/** The profile in a datagram that begins with a ServerHello (RFC 6347 §4.1 and §4.2.2, RFC 5246 §7.4.1.3, RFC 5764 §4.1.1). */
function chosenProfile(packet: Buffer): number | undefined {
  if (packet[0] !== HANDSHAKE || packet[RECORD_HEADER_BYTES] !== SERVER_HELLO) return undefined;
  const sessionIdAt = RECORD_HEADER_BYTES + MESSAGE_HEADER_BYTES + 2 + 32;
  const extensionsAt = sessionIdAt + 1 + (packet[sessionIdAt] ?? 0) + 2 + 1;
  if (extensionsAt + 2 > packet.length) return undefined;
  const endsAt = Math.min(packet.length, extensionsAt + 2 + packet.readUInt16BE(extensionsAt));
  for (let at = extensionsAt + 2; at + 4 <= endsAt; at += 4 + packet.readUInt16BE(at + 2)) {
    if (packet.readUInt16BE(at) === USE_SRTP && at + 8 <= endsAt) return packet.readUInt16BE(at + 6);
  }
  return undefined;
}
