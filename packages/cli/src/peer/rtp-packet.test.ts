import { describe, expect, test } from 'vitest';
import { makeOpus, makeVp8, playVp8 } from './made-media.ts';
import { isRtcp, ssrcOf, writeRtp } from './rtp-packet.ts';
import { readIvf } from './vp8-clip.ts';

const rtp = { payloadType: 111, sequence: 65_537, timestamp: 2 ** 32 + 7, ssrc: 0x01020304, marker: true, payload: Buffer.of(9) };

describe('packets of RTP', () => {
  test('are written as RFC 3550 says, with numbers that wrap', () => {
    const packet = writeRtp({ ...rtp, extensions: [] });
    expect(packet.toString('hex')).toBe('80ef0001000000070102030409');
    expect([isRtcp(packet), ssrcOf(packet), ssrcOf(packet.subarray(0, 11))]).toEqual([false, 0x01020304, undefined]);
  });

  test('hold extensions of one byte, filled up to words', () => {
    const packet = writeRtp({
      ...rtp,
      extensions: [
        { id: 10, data: Buffer.of(0x9e) },
        { id: 1, data: Buffer.from('mid') },
      ],
    });
    expect(packet.toString('hex')).toBe('90ef00010000000701020304bede0002a09e126d6964000009');
  });
});

describe('made-up streams', () => {
  test.each([
    ['opus', makeOpus(32_000), 32_000],
    ['vp8', makeVp8(300_000), 300_000],
  ])('of %s have their bit rate, numbers without gaps, and a frame for every moment that passed', (_name, stream, bitrateBps) => {
    const packets = Array.from({ length: 1_000 }, (_, at) => stream.take(at * 10)).flat();
    const payloadBytes = packets.reduce((sum, { length }) => sum + length - 12, 0);
    expect((payloadBytes * 8) / 10 / bitrateBps).toBeGreaterThan(0.98);
    expect((payloadBytes * 8) / 10 / bitrateBps).toBeLessThan(1.3);
    const first = packets[0]?.readUInt16BE(2) ?? 0;
    expect(packets.map((packet) => packet.readUInt16BE(2))).toEqual(packets.map((_, index) => first + index));
    expect(new Set(packets.map(ssrcOf))).toEqual(new Set([stream.ssrc]));
  });

  test('begin with a key frame and make another when asked', () => {
    const stream = makeVp8(100_000, 10);
    const isKey = (atMs: number) => ((stream.take(atMs)[0]?.[16] ?? 1) & 1) === 0;
    expect([isKey(0), isKey(100)]).toEqual([true, false]);
    stream.askKeyFrame();
    expect([isKey(200), isKey(300)]).toEqual([true, false]);
  });

  test('of somebody who is silent are a small packet every 400 ms', () => {
    const stream = makeOpus(400, 400);
    const packets = Array.from({ length: 201 }, (_, at) => stream.take(at * 10)).flat();
    expect(packets.map(({ length }) => length)).toEqual(Array(6).fill(40));
    const times = packets.map((packet) => packet.readUInt32BE(4));
    expect(times.map((time) => time - (times[0] ?? 0))).toEqual([0, 1, 2, 3, 4, 5].map((index) => index * 19_200));
  });

  test('lose frames rather than burst after a long pause', () => {
    const stream = makeOpus(32_000);
    const numbers = [0, 60_000, 60_020].map((atMs) => stream.take(atMs).map((packet) => packet.readUInt16BE(2)));
    expect(numbers.map(({ length }) => length)).toEqual([1, 5, 1]);
    expect(stream.skipped()).toBe(2_995);
    // What was never sent is not lost.
    expect(numbers.flat()).toEqual(numbers.flat().map((_, index) => (numbers[0]?.[0] ?? 0) + index));
  });
});

describe('an encoded clip', () => {
  const [key, delta, long] = [Buffer.of(0x10, 1, 2), Buffer.of(0x11, 3), Buffer.from([0x11, ...Array<number>(2_500).fill(7)])];

  /** Frames as they come out of packets, RTP header and payload descriptor removed. */
  function framesIn(packets: readonly Buffer[]): Buffer[] {
    const frames: Buffer[] = [];
    const parts: Buffer[] = [];
    for (const packet of packets) {
      parts.push(packet.subarray(12 + 4));
      if (((packet[1] ?? 0) & 0x80) !== 0) frames.push(Buffer.concat(parts.splice(0)));
    }
    expect(parts).toEqual([]);
    return frames;
  }

  test('is sent frame by frame, over and over, and from its beginning when a key frame is asked for', () => {
    const stream = playVp8({ framesPerSecond: 10, frames: [key, delta, long] });
    const until = (...atMs: number[]) => framesIn(atMs.flatMap((ms) => stream.take(ms)));
    expect(until(0, 100, 200, 300, 400)).toEqual([key, delta, long, key, delta]);
    stream.askKeyFrame();
    expect(until(500, 600)).toEqual([key, delta]);
  });

  test('is read from an IVF file without the frames that the encoder dropped; anything else is refused', () => {
    const clip = readIvf(ivf([key, Buffer.alloc(0), long]));
    expect(clip).toEqual({ framesPerSecond: 30, frames: [key, long] });
    expect(() => readIvf(ivf([delta, key]))).toThrow('key frame');
    expect(() => readIvf(ivf([]))).toThrow('key frame');
    expect(() => readIvf(ivf([key, long]).subarray(0, -1))).toThrow('ends within a frame');
    expect(() => readIvf(Buffer.from('RIFF and so on'))).toThrow('no IVF file');
  });

  function ivf(frames: readonly Buffer[]): Buffer {
    const header = Buffer.alloc(32);
    header.write('DKIF', 0, 'latin1');
    header.write('VP80', 8, 'latin1');
    header.writeUInt32LE(30, 16);
    header.writeUInt32LE(1, 20);
    return Buffer.concat([
      header,
      ...frames.flatMap((frame) => {
        const frameHeader = Buffer.alloc(12);
        frameHeader.writeUInt32LE(frame.length);
        return [frameHeader, frame];
      }),
    ]);
  }
});
