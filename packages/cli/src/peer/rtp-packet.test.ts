import { describe, expect, test } from 'vitest';
import { makeOpus, makeVp8 } from './made-media.ts';
import { isRtcp, ssrcOf, writeRtp } from './rtp-packet.ts';

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
