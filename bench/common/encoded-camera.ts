import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readIvf } from '@conclave/cli/peer/vp8-clip';

const WIDTH = 1_280;
const HEIGHT = 720;
const FRAMES_PER_SECOND = 30;
/** Of a sensor: so many of 256 steps of brightness each way, at most. */
const NOISE = 6;
const NOISE_BYTES = 2 ** 20;

/** What a camera sees, encoded. Disposing removes it. */
export interface EncodedCamera extends AsyncDisposable {
  /** IVF with VP8. */
  readonly file: string;
  readonly bitrateBps: number;
  readonly framesPerSecond: number;
}

/**
 * Somebody before a camera of 720p, drawn here, and encoded as browsers do it for a call: libvpx in real time, one layer, constant bit rate, key
 * frames only where they are asked for. Needs Debian's `vpx-tools`.
 */
export async function encodeCamera({ bitrateBps, seconds }: { bitrateBps: number; seconds: number }): Promise<EncodedCamera> {
  const directory = await mkdtemp(join(tmpdir(), 'conclave-bench-camera-'));
  const file = join(directory, 'camera.ivf');
  await encode(file, bitrateBps, seconds * FRAMES_PER_SECOND);
  const { frames, framesPerSecond } = readIvf(await readFile(file));
  const bytes = frames.reduce((sum, { length }) => sum + length, 0);
  return {
    file,
    bitrateBps: Math.round((bytes * 8 * framesPerSecond) / frames.length),
    framesPerSecond,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

async function encode(file: string, bitrateBps: number, frames: number): Promise<void> {
  const how = [
    '--codec=vp8',
    '--rt',
    '--cpu-used=8',
    '--end-usage=cbr',
    '--lag-in-frames=0',
    '--kf-max-dist=100000',
    '--error-resilient=1',
  ];
  const budget = [`--target-bitrate=${Math.round(bitrateBps / 1_000)}`, '--buf-sz=1000', '--buf-initial-sz=500', '--buf-optimal-sz=600'];
  const child = spawn('vpxenc', [...how, ...budget, '--quiet', '--ivf', `--output=${file}`, '-'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = once(child, 'exit');
  const draw = createDrawing();
  child.stdin.write(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F${FRAMES_PER_SECOND}:1 Ip A1:1 C420jpeg\n`);
  for (let frame = 0; frame < frames; frame++) {
    child.stdin.write('FRAME\n');
    if (!child.stdin.write(draw(frame))) await Promise.race([once(child.stdin, 'drain'), ended]);
  }
  child.stdin.end();
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`vpxenc ended with ${code}`);
}

/** Frames in YUV 4:2:0: a wall with light from one side, a head that moves before it, and the noise of a sensor over both. */
function createDrawing(): (frame: number) => Buffer {
  const wall = Buffer.alloc(WIDTH * HEIGHT);
  for (let at = 0; at < wall.length; at++) wall[at] = 70 + ((at % WIDTH) * 90) / WIDTH + (Math.floor(at / WIDTH) % 48 < 2 ? 12 : 0);
  const noise = Int8Array.from(
    { length: NOISE_BYTES },
    (_, at) => ((Math.imul(at ^ (at >>> 7), 0x9e3779b1) >>> 24) % (2 * NOISE + 1)) - NOISE,
  );
  return (frame) => {
    const picture = Buffer.alloc((WIDTH * HEIGHT * 3) / 2, 128);
    const shift = (frame * 7_919 * 31) % NOISE_BYTES;
    for (let at = 0; at < wall.length; at++) picture[at] = (wall[at] as number) + (noise[(at + shift) % NOISE_BYTES] as number);
    const [centreX, centreY] = [WIDTH / 2 + 60 * Math.sin(frame / 19), HEIGHT / 2 + 18 * Math.sin(frame / 7)];
    for (let y = Math.max(0, Math.floor(centreY - 230)); y < Math.min(HEIGHT, centreY + 230); y++) {
      const half = Math.round(170 * Math.sqrt(Math.max(0, 1 - ((y - centreY) / 230) ** 2)));
      for (let x = Math.round(centreX) - half; x < centreX + half; x++) {
        const at = y * WIDTH + x;
        const features = 26 * Math.sin((x - centreX) / 23) * Math.sin((y - centreY) / 17 + frame / 11);
        picture[at] = 150 + features + (noise[(at + shift) % NOISE_BYTES] as number);
      }
    }
    return picture;
  };
}
