/** A packet of RTP as it is written (RFC 3550 §5.1). */
export interface RtpPacket {
  readonly payloadType: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  /** The last packet of a video frame; the first after silence for audio. */
  readonly marker: boolean;
  /** One-byte header extensions (RFC 8285 §4.2), `data` of 1 to 16 bytes. */
  readonly extensions: readonly { readonly id: number; readonly data: Buffer }[];
  readonly payload: Buffer;
}

const HEADER_BYTES = 12;
const VERSION_2 = 0x80;
const HAS_EXTENSION = 0x10;
const MARKER = 0x80;
const ONE_BYTE_PROFILE = 0xbede;

/** The bytes of a packet. Sequence number and timestamp are taken modulo their width. */
export function writeRtp({ payloadType, sequence, timestamp, ssrc, marker, extensions, payload }: RtpPacket): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = VERSION_2 | (extensions.length > 0 ? HAS_EXTENSION : 0);
  header[1] = payloadType | (marker ? MARKER : 0);
  header.writeUInt16BE(sequence & 0xffff, 2);
  header.writeUInt32BE(timestamp >>> 0, 4);
  header.writeUInt32BE(ssrc, 8);
  return Buffer.concat([header, writeExtensions(extensions), payload]);
}

function writeExtensions(extensions: RtpPacket['extensions']): Buffer {
  if (extensions.length === 0) return Buffer.alloc(0);
  const elements = extensions.flatMap(({ id, data }) => [Buffer.of((id << 4) | (data.length - 1)), data]);
  const sizeBytes = elements.reduce((sum, { length }) => sum + length, 0);
  const words = Math.ceil(sizeBytes / 4);
  const start = Buffer.alloc(4);
  start.writeUInt16BE(ONE_BYTE_PROFILE, 0);
  start.writeUInt16BE(words, 2);
  return Buffer.concat([start, ...elements, Buffer.alloc(words * 4 - sizeBytes)]);
}

/** Whether what came over a port for both is RTCP: its packet types are 192 to 223 (RFC 5761 §4). */
export function isRtcp(packet: Uint8Array): boolean {
  const type = packet[1] ?? 0;
  return type >= 192 && type <= 223;
}

/** The SSRC of an RTP packet; undefined when it is too short to be one. */
export function ssrcOf(packet: Buffer): number | undefined {
  return packet.length < HEADER_BYTES ? undefined : packet.readUInt32BE(8);
}

/** How much of an RTP packet without padding is payload. */
export function payloadBytesOf(packet: Buffer): number {
  const hasExtension = (packet.readUInt8(0) & HAS_EXTENSION) !== 0;
  return packet.length - HEADER_BYTES - (hasExtension ? 4 + 4 * packet.readUInt16BE(HEADER_BYTES + 2) : 0);
}
