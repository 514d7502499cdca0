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

const PAYLOAD_SPECIFIC_FEEDBACK = 206;
const PICTURE_LOSS = 1;
const FULL_INTRA_REQUEST = 4;

/** The SSRCs of which a compound RTCP packet asks a key frame: PLI (RFC 4585 §6.3.1) or FIR (RFC 5104 §4.3.1). */
export function keyFramesAsked(compound: Buffer): number[] {
  const asked: number[] = [];
  for (let at = 0; at + 12 <= compound.length;) {
    const endsAt = at + 4 * (compound.readUInt16BE(at + 2) + 1);
    const format = (compound[at] ?? 0) & 0x1f;
    if (compound[at + 1] === PAYLOAD_SPECIFIC_FEEDBACK) {
      if (format === PICTURE_LOSS) asked.push(compound.readUInt32BE(at + 8));
      // Each entry is an SSRC, a sequence number and three reserved bytes.
      if (format === FULL_INTRA_REQUEST)
        for (let entry = at + 12; entry + 8 <= Math.min(endsAt, compound.length); entry += 8) asked.push(compound.readUInt32BE(entry));
    }
    at = endsAt;
  }
  return asked;
}
