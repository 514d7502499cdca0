const TRANSPORT_FEEDBACK = 205;
const TRANSPORT_WIDE = 15;
const PROFILE_ONE_BYTE = 0xbede;
const RTP_HEADER_BYTES = 12;
/** Common header, both SSRCs, base and count, reference time and count of feedback. */
const FIXED_BYTES = 20;
const REFERENCE_MS = 64;
const TICK_MS = 0.25;
/** How a packet fared: not received, within 64 ms of the one before, or further away. */
const [MISSING, NEAR, FAR] = [0, 1, 2] as const;
const MOST_NEAR_TICKS = 0xff;
const FAR_TICKS = 0x7fff;
const VECTOR_OF_TWO_BITS = 0xc000;
const IN_A_VECTOR = 7;
const MOST_OF_A_RUN = 0x1fff;

/** The transport-wide sequence number of an RTP packet with one-byte header extensions (RFC 8285 §4.2); undefined when there is none. */
export function transportSequence(packet: Buffer, extension: number): number | undefined {
  if ((packet.readUInt8(0) & 0x10) === 0 || packet.readUInt16BE(RTP_HEADER_BYTES) !== PROFILE_ONE_BYTE) return undefined;
  const endsAt = RTP_HEADER_BYTES + 4 + 4 * packet.readUInt16BE(RTP_HEADER_BYTES + 2);
  for (let at = RTP_HEADER_BYTES + 4; at < endsAt;) {
    const head = packet.readUInt8(at);
    if (head >> 4 === extension) return packet.readUInt16BE(at + 1);
    at += head === 0 ? 1 : 2 + (head & 0x0f);
  }
  return undefined;
}

/** Tells the sender of RTP which packets came when, all that a transport carries by one numbering. */
export interface TransportFeedback {
  arrived(sequence: number, nowMs: number): void;
  /** What came since the last; undefined when nothing did. Each number is told once, those that were overtaken as missing. */
  take(): Buffer | undefined;
}

/** @see draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1 */
export function createTransportFeedback({ own, media }: { own: number; media: number }): TransportFeedback {
  const arrivals = new Map<number, number>();
  let [next, highest, told] = [0, 0, 0];
  return {
    arrived: (short, nowMs) => {
      // Above zero, so that what the first one overtook has a number, too.
      const sequence = highest === 0 ? 0x10000 + short : highest + (((short - highest + 0x8000) & 0xffff) - 0x8000);
      if (highest === 0) next = sequence;
      if (sequence < next) return;
      arrivals.set(sequence, nowMs);
      highest = Math.max(highest, sequence);
    },
    take: () => {
      if (arrivals.size === 0) return undefined;
      const packet = write({ own, media, from: next, to: highest, count: told++ & 0xff }, arrivals);
      next = highest + 1;
      arrivals.clear();
      return packet;
    },
  };
}

interface Span {
  own: number;
  media: number;
  from: number;
  to: number;
  count: number;
}

function write({ own, media, from, to, count }: Span, arrivals: ReadonlyMap<number, number>): Buffer {
  const statuses: number[] = [];
  const deltas: Buffer[] = [];
  let reference: number | undefined;
  let ticks = 0;
  for (let sequence = from; sequence <= to; sequence++) {
    const atMs = arrivals.get(sequence);
    if (atMs === undefined) {
      statuses.push(MISSING);
      continue;
    }
    reference ??= Math.floor(atMs / REFERENCE_MS);
    const delta = Math.round((atMs - reference * REFERENCE_MS) / TICK_MS) - ticks;
    ticks += delta;
    statuses.push(delta >= 0 && delta <= MOST_NEAR_TICKS ? NEAR : FAR);
    deltas.push(writeDelta(delta));
  }
  const fixed = Buffer.alloc(FIXED_BYTES);
  const body = Buffer.concat([...writeChunks(statuses), ...deltas]);
  const words = Math.ceil((fixed.length + body.length) / 4);
  fixed.set([0x80 | TRANSPORT_WIDE, TRANSPORT_FEEDBACK]);
  fixed.writeUInt16BE(words - 1, 2);
  fixed.writeUInt32BE(own, 4);
  fixed.writeUInt32BE(media, 8);
  fixed.writeUInt16BE(from & 0xffff, 12);
  fixed.writeUInt16BE(statuses.length, 14);
  fixed.writeUIntBE((reference ?? 0) & 0xffffff, 16, 3);
  fixed.writeUInt8(count, 19);
  return Buffer.concat([fixed, body], words * 4);
}

function writeDelta(ticks: number): Buffer {
  if (ticks >= 0 && ticks <= MOST_NEAR_TICKS) return Buffer.of(ticks);
  const delta = Buffer.alloc(2);
  delta.writeInt16BE(Math.max(-FAR_TICKS, Math.min(FAR_TICKS, ticks)));
  return delta;
}

/** A run where more are alike than a vector holds, else a vector of seven, whose rest stands for nothing. */
function writeChunks(statuses: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < statuses.length;) {
    const differs = statuses.findIndex((status, index) => index > at && status !== statuses[at]);
    const alike = Math.min((differs < 0 ? statuses.length : differs) - at, MOST_OF_A_RUN);
    const isRun = alike >= IN_A_VECTOR;
    const vector = statuses.slice(at, at + IN_A_VECTOR).reduce((bits, status, index) => bits | (status << (12 - 2 * index)), 0);
    const chunk = Buffer.alloc(2);
    chunk.writeUInt16BE(isRun ? ((statuses[at] ?? MISSING) << 13) | alike : VECTOR_OF_TWO_BITS | vector);
    chunks.push(chunk);
    at += isRun ? alike : IN_A_VECTOR;
  }
  return chunks;
}
