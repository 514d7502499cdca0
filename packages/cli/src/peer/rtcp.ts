import type { ReceptionSummary } from './reception.ts';

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const TRANSPORT_FEEDBACK = 205;
const PAYLOAD_SPECIFIC_FEEDBACK = 206;
/** Formats of feedback. */
const GENERIC_NACK = 1;
const PICTURE_LOSS = 1;
const FULL_INTRA_REQUEST = 4;

const HEADER_BYTES = 8;
const SENDER_INFO_BYTES = 20;
const BLOCK_BYTES = 24;
const MOST_BLOCKS = 31;
/** From 1900 to 1970 (RFC 5905). */
const NTP_OFFSET_S = 2_208_988_800;

/** What a receiver tells the sender of one of its streams. */
export interface ReportBlock {
  readonly ssrc: number;
  /** In 256ths, since the report before. */
  readonly fractionLost: number;
  readonly lost: number;
}

/** A time in a sender report, to be told back in receiver reports so that the sender knows the round trip. */
export interface ReportTime {
  readonly ssrc: number;
  /** The middle 32 bits of its NTP time. */
  readonly middle: number;
}

/** The SSRCs of which a compound RTCP packet asks a key frame: PLI (RFC 4585 §6.3.1) or FIR (RFC 5104 §4.3.1). */
export function keyFramesAsked(compound: Buffer): number[] {
  const asked: number[] = [];
  for (const { type, format, packet } of packetsOf(compound)) {
    if (type !== PAYLOAD_SPECIFIC_FEEDBACK || packet.length < 12) continue;
    if (format === PICTURE_LOSS) asked.push(packet.readUInt32BE(8));
    // Each entry is an SSRC, a sequence number and three reserved bytes.
    if (format === FULL_INTRA_REQUEST) for (let at = 12; at + 8 <= packet.length; at += 8) asked.push(packet.readUInt32BE(at));
  }
  return asked;
}

/** What is asked for again by generic NACKs (RFC 4585 §6.2.1), one entry for each NACK. */
export function nacksIn(compound: Buffer): { ssrc: number; sequences: number[] }[] {
  return packetsOf(compound).flatMap(({ type, format, packet }) => {
    if (type !== TRANSPORT_FEEDBACK || format !== GENERIC_NACK || packet.length < 12) return [];
    const sequences: number[] = [];
    for (let at = 12; at + 4 <= packet.length; at += 4) {
      const first = packet.readUInt16BE(at);
      const following = packet.readUInt16BE(at + 2);
      sequences.push(first);
      for (let bit = 0; bit < 16; bit++) if (following & (1 << bit)) sequences.push((first + bit + 1) & 0xffff);
    }
    return [{ ssrc: packet.readUInt32BE(8), sequences }];
  });
}

/** The blocks of all sender and receiver reports. */
export function reportBlocksIn(compound: Buffer): ReportBlock[] {
  return packetsOf(compound).flatMap(({ type, format, packet }) => {
    if (type !== SENDER_REPORT && type !== RECEIVER_REPORT) return [];
    const start = HEADER_BYTES + (type === SENDER_REPORT ? SENDER_INFO_BYTES : 0);
    const count = Math.min(format, Math.floor((packet.length - start) / BLOCK_BYTES));
    return Array.from({ length: Math.max(0, count) }, (_, index) => {
      const at = start + index * BLOCK_BYTES;
      return { ssrc: packet.readUInt32BE(at), fractionLost: packet.readUInt8(at + 4), lost: packet.readIntBE(at + 5, 3) };
    });
  });
}

/** The times of all sender reports. */
export function reportTimesIn(compound: Buffer): ReportTime[] {
  return packetsOf(compound).flatMap(({ type, packet }) =>
    type === SENDER_REPORT && packet.length >= 16 ? [{ ssrc: packet.readUInt32BE(4), middle: packet.readUInt32BE(10) }] : [],
  );
}

/** `times` of the newest sender report that came of this stream; `delayMs` since then. */
export interface ReceiverBlock extends ReceptionSummary {
  readonly ssrc: number;
  readonly heard?: { readonly middle: number; readonly delayMs: number } | undefined;
}

/** As many receiver reports as the blocks need, in one compound. */
export function writeReceiverReports(sender: number, blocks: readonly ReceiverBlock[]): Buffer {
  const packets: Buffer[] = [];
  for (let from = 0; from === 0 || from < blocks.length; from += MOST_BLOCKS) {
    const some = blocks.slice(from, from + MOST_BLOCKS);
    packets.push(headerOf(RECEIVER_REPORT, some.length, sender, some.length * BLOCK_BYTES), ...some.map(writeBlock));
  }
  return Buffer.concat(packets);
}

function writeBlock({ ssrc, fractionLost, lost, highestSequence, jitter, heard }: ReceiverBlock): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  block.writeUInt32BE(ssrc, 0);
  block.writeUInt8(fractionLost, 4);
  block.writeIntBE(Math.min(lost, 0x7fffff), 5, 3);
  block.writeUInt32BE(highestSequence, 8);
  block.writeUInt32BE(jitter >>> 0, 12);
  block.writeUInt32BE(heard?.middle ?? 0, 16);
  block.writeUInt32BE(heard ? Math.round((heard.delayMs * 65_536) / 1000) >>> 0 : 0, 20);
  return block;
}

/** What a sender has sent of a stream until `nowMs`, since 1970. */
export interface SenderInfo {
  readonly ssrc: number;
  readonly nowMs: number;
  /** Of the media that is sampled at that moment. */
  readonly timestamp: number;
  readonly packets: number;
  readonly payloadBytes: number;
}

/** A sender report without blocks (RFC 3550 §6.4.1). */
export function writeSenderReport({ ssrc, nowMs, timestamp, packets, payloadBytes }: SenderInfo): Buffer {
  const info = Buffer.alloc(SENDER_INFO_BYTES);
  info.writeUInt32BE((Math.floor(nowMs / 1000) + NTP_OFFSET_S) >>> 0, 0);
  info.writeUInt32BE(Math.floor(((nowMs % 1000) / 1000) * 2 ** 32), 4);
  info.writeUInt32BE(timestamp >>> 0, 8);
  info.writeUInt32BE(packets >>> 0, 12);
  info.writeUInt32BE(payloadBytes >>> 0, 16);
  return Buffer.concat([headerOf(SENDER_REPORT, 0, ssrc, SENDER_INFO_BYTES), info]);
}

/** One generic NACK for these sequence numbers, in the order in which they were sent. */
export function writeNack(sender: number, ssrc: number, sequences: readonly number[]): Buffer {
  const entries: { first: number; following: number }[] = [];
  for (const sequence of sequences) {
    const last = entries.at(-1);
    const behind = last === undefined ? 0 : (sequence - last.first) & 0xffff;
    if (last && behind >= 1 && behind <= 16) last.following |= 1 << (behind - 1);
    else entries.push({ first: sequence, following: 0 });
  }
  const body = Buffer.alloc(4 + entries.length * 4);
  body.writeUInt32BE(ssrc, 0);
  for (const [index, { first, following }] of entries.entries()) {
    body.writeUInt16BE(first, 4 + index * 4);
    body.writeUInt16BE(following, 6 + index * 4);
  }
  return Buffer.concat([headerOf(TRANSPORT_FEEDBACK, GENERIC_NACK, sender, body.length), body]);
}

function headerOf(type: number, format: number, sender: number, bodyBytes: number): Buffer {
  const header = Buffer.of(0x80 | format, type, 0, 0, 0, 0, 0, 0);
  header.writeUInt16BE((HEADER_BYTES + bodyBytes) / 4 - 1, 2);
  header.writeUInt32BE(sender, 4);
  return header;
}

/** What a compound holds, as far as it is whole; `format` is the count of blocks in reports. */
function packetsOf(compound: Buffer): { type: number; format: number; packet: Buffer }[] {
  const packets: { type: number; format: number; packet: Buffer }[] = [];
  for (let at = 0; at + 4 <= compound.length;) {
    const endsAt = at + 4 * (compound.readUInt16BE(at + 2) + 1);
    const packet = compound.subarray(at, Math.min(endsAt, compound.length));
    packets.push({ type: compound.readUInt8(at + 1), format: compound.readUInt8(at) & 0x1f, packet });
    at = endsAt;
  }
  return packets;
}
