/** Video that an encoder made: whole frames of VP8, the first of them a key frame. */
export interface Vp8Clip {
  readonly framesPerSecond: number;
  readonly frames: readonly Buffer[];
}

const FILE_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 12;

/**
 * Reads an IVF file, which is what libvpx writes: a header with FourCC and time base, then frames, each after its length in bytes.
 * @throws Error for anything but VP8 that begins with a key frame.
 */
export function readIvf(file: Buffer): Vp8Clip {
  if (file.toString('latin1', 0, 4) !== 'DKIF' || file.toString('latin1', 8, 12) !== 'VP80') throw new Error('no IVF file with VP8');
  const framesPerSecond = file.readUInt32LE(16) / file.readUInt32LE(20);
  const frames: Buffer[] = [];
  for (let at = FILE_HEADER_BYTES; at + FRAME_HEADER_BYTES <= file.length;) {
    const begin = at + FRAME_HEADER_BYTES;
    const end = begin + file.readUInt32LE(at);
    if (end > file.length) throw new Error('the IVF file ends within a frame');
    // Of a static picture an encoder with a tight budget may drop a frame: it is there, and empty.
    if (end > begin) frames.push(file.subarray(begin, end));
    at = end;
  }
  if (!frames[0] || !isKeyFrame(frames[0])) throw new Error('the IVF file does not begin with a key frame');
  return { framesPerSecond, frames };
}

/** RFC 6386 §9.1. */
function isKeyFrame(frame: Buffer): boolean {
  return ((frame[0] ?? 1) & 1) === 0;
}
