import { isRtcp, writeRtp } from '@conclave/cli/peer/rtp-packet';

/** RTP header included, without what SRTP adds. */
export const PACKET_BYTES = 1_100;
export const PAYLOAD_TYPE = 96;
export const FRAMES_PER_S = 30;
const HEADER_BYTES = 12;
const CLOCK_PER_S = 90_000;
/** A key frame comes with each of so many frames, the first included. */
const KEY_FRAME_EVERY = 30;
/** VP8 of 640 by 360 (RFC 6386 §9.1). */
const KEY_FRAME_HEADER = Buffer.of(0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01);
const FRAME_HEADER = Buffer.of(0x11, 0, 0);

/** One frame of one layer. */
interface FrameOptions {
  readonly packets: number;
  readonly key: boolean;
  /** Nothing is sent after it. */
  readonly last: boolean;
}

export interface Frames {
  /** Of the next frame. */
  readonly timestamp: number;
  make(options: FrameOptions): Buffer[];
}

interface FramesOptions {
  readonly ssrc: number;
  readonly layer: number;
  /** As `PACKET_BYTES`. */
  readonly packetBytes?: number;
}

/** Frames of VP8 (RFC 7741), each in packets of one size; numbers go on from one call to the next. The last two bytes say which layer and whether it is the last frame. */
export function createFrames({ ssrc, layer, packetBytes = PACKET_BYTES }: FramesOptions): Frames {
  let [frame, sequence] = [0, 0];
  const timestamp = () => (frame * CLOCK_PER_S) / FRAMES_PER_S;
  return {
    get timestamp() {
      return timestamp();
    },
    make: ({ packets, key, last }) => {
      const pictureId = Buffer.of(0x80 | ((frame >> 8) & 0x7f), frame & 0xff);
      const made = Array.from({ length: packets }, (_, index) => {
        const descriptor = Buffer.concat([Buffer.of(index === 0 ? 0x90 : 0x80, 0x80), pictureId]);
        const header = index > 0 ? Buffer.alloc(0) : key ? KEY_FRAME_HEADER : FRAME_HEADER;
        const payload = Buffer.concat([descriptor, header], packetBytes - HEADER_BYTES);
        payload.set([layer, Number(last)], payload.length - 2);
        return writeRtp({
          payloadType: PAYLOAD_TYPE,
          sequence: sequence++,
          timestamp: timestamp(),
          ssrc,
          marker: index === packets - 1,
          extensions: [],
          payload,
        });
      });
      frame++;
      return made;
    },
  };
}

export function isKeyFrame(frame: number): boolean {
  return frame % KEY_FRAME_EVERY === 0;
}

const layerOf = (packet: Buffer) => packet.at(-2);

/** Whether it is of the last frame of a window. */
export const isLast = (packet: Buffer) => packet.at(-1) === 1;

/** Counts each sequence number once; what comes twice is counted apart. RTCP, other layers and what is shorter than was sent count for nothing. */
export interface SequenceCount {
  readonly onPacket: (packet: Buffer) => void;
  readonly counted: { distinct: number; repeated: number };
  reset(): void;
}

export function createSequenceCount(layer: number, packetBytes = PACKET_BYTES): SequenceCount {
  const seen = new Uint8Array(65_536);
  const counted = { distinct: 0, repeated: 0 };
  return {
    counted,
    onPacket: (packet) => {
      if (packet.length < packetBytes || isRtcp(packet) || layerOf(packet) !== layer) return;
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
