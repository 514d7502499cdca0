import { isRtcp, writeRtp } from '@conclave/cli/peer/rtp-packet';

/** RTP header included, without what SRTP adds. */
export const PACKET_BYTES = 1_100;
export const PAYLOAD_TYPE = 96;
const HEADER_BYTES = 12;
const CLOCK_PER_S = 90_000;
/** A key frame comes with each of so many frames, the first included. */
const KEY_FRAME_EVERY = 30;
/** VP8 of 640 by 360 (RFC 6386 §9.1). */
const KEY_FRAME_HEADER = Buffer.of(0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01);
const FRAME_HEADER = Buffer.of(0x11, 0, 0);

/** Frames of VP8 (RFC 7741), each in so many packets of one size; numbers go on from one call to the next. */
export function createFrames({ ssrc, framesPerS }: { ssrc: number; framesPerS: number }): (packets: number, key: boolean) => Buffer[] {
  let [frame, sequence] = [0, 0];
  return (packets, key) => {
    const timestamp = (frame * CLOCK_PER_S) / framesPerS;
    const pictureId = Buffer.of(0x80 | ((frame >> 8) & 0x7f), frame & 0xff);
    const made = Array.from({ length: packets }, (_, index) => {
      const descriptor = Buffer.concat([Buffer.of(index === 0 ? 0x90 : 0x80, 0x80), pictureId]);
      const header = index > 0 ? Buffer.alloc(0) : key ? KEY_FRAME_HEADER : FRAME_HEADER;
      const payload = Buffer.concat([descriptor, header], PACKET_BYTES - HEADER_BYTES);
      return writeRtp({
        payloadType: PAYLOAD_TYPE,
        sequence: sequence++,
        timestamp,
        ssrc,
        marker: index === packets - 1,
        extensions: [],
        payload,
      });
    });
    frame++;
    return made;
  };
}

export function isKeyFrame(frame: number): boolean {
  return frame % KEY_FRAME_EVERY === 0;
}

/** Counts each sequence number once; what comes twice is counted apart. RTCP and what is shorter than was sent counts for nothing. */
export interface SequenceCount {
  readonly onPacket: (packet: Buffer) => void;
  readonly counted: { distinct: number; repeated: number };
  reset(): void;
}

export function createSequenceCount(): SequenceCount {
  const seen = new Uint8Array(65_536);
  const counted = { distinct: 0, repeated: 0 };
  return {
    counted,
    onPacket: (packet) => {
      if (packet.length < PACKET_BYTES || isRtcp(packet)) return;
      const sequence = packet.readUInt16BE(2);
      if (seen[sequence] === 1) counted.repeated++;
      else counted.distinct++;
      seen[sequence] = 1;
    },
    reset: () => {
      seen.fill(0);
      counted.distinct = 0;
      counted.repeated = 0;
    },
  };
}
