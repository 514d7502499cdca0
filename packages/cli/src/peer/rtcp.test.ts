import { describe, expect, test } from 'vitest';
import { isRtcp } from './rtp-packet.ts';
import {
  keyFramesAsked,
  nacksIn,
  reportBlocksIn,
  reportTimesIn,
  writeNack,
  writeReceiverReports,
  writeSenderReport,
  type ReceiverBlock,
} from './rtcp.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('feedback', () => {
  const report = hex('80c9000100000001');
  const loss = hex('81ce0002000000010a0b0c0d');
  const intra = hex('84ce0006000000010000000000000011010000000000001202000000');

  test('says of which streams a key frame is asked, in whatever packet of the compound', () => {
    expect(isRtcp(report)).toBe(true);
    expect(keyFramesAsked(Buffer.concat([report, loss, intra]))).toEqual([0x0a0b0c0d, 0x11, 0x12]);
    expect(keyFramesAsked(report)).toEqual([]);
  });

  test.each([
    ['a key frame', intra, (cut: Buffer) => keyFramesAsked(cut).length, 1],
    ['a packet', hex('81cd0004 00000001 00000002 0064 0011 00c8 0000'), (cut: Buffer) => nacksIn(cut)[0]?.sequences.length ?? 0, 3],
  ])('for %s that is cut off asks nothing of what is missing', (_what, whole, asked, most) => {
    for (let length = 0; length < whole.length; length++) expect(asked(whole.subarray(0, length))).toBeLessThanOrEqual(most);
  });
});

describe('a generic NACK (RFC 4585 §6.2.1)', () => {
  test('names packets by a number and the sixteen that follow', () => {
    const nack = writeNack(1, 2, [100, 101, 105, 116, 117, 200]);
    expect(nack.toString('hex')).toBe(hex('81cd0005 00000001 00000002 0064 8011 0075 0000 00c8 0000').toString('hex'));
    expect(nacksIn(nack)).toEqual([{ ssrc: 2, sequences: [100, 101, 105, 116, 117, 200] }]);
  });

  test('goes over the wrap of numbers, and stands in a compound', () => {
    const compound = Buffer.concat([writeReceiverReports(1, []), writeNack(1, 2, [65_535, 0, 15]), writeNack(1, 3, [7])]);
    expect(nacksIn(compound)).toEqual([
      { ssrc: 2, sequences: [65_535, 0, 15] },
      { ssrc: 3, sequences: [7] },
    ]);
    expect(keyFramesAsked(compound)).toEqual([]);
  });
});

describe('reports (RFC 3550 §6.4)', () => {
  const block: ReceiverBlock = { ssrc: 2, fractionLost: 128, lost: 3, highestSequence: 65_540, jitter: 27 };

  test('of a receiver say what is lost and when they heard of the sender', () => {
    const report = writeReceiverReports(1, [{ ...block, heard: { middle: 0xaabbccdd, delayMs: 500 } }]);
    expect(report.toString('hex')).toBe(hex('81c90007 00000001 00000002 80000003 00010004 0000001b aabbccdd 00008000').toString('hex'));
    expect(reportBlocksIn(report)).toEqual([{ ssrc: 2, fractionLost: 128, lost: 3 }]);
  });

  test('of a receiver are as many as its streams need', () => {
    const blocks = Array.from({ length: 40 }, (_, index) => ({ ...block, ssrc: index }));
    const reports = writeReceiverReports(1, blocks);
    expect([reports.length, reports[0], reports[8 + 31 * 24]]).toEqual([2 * 8 + 40 * 24, 0x80 | 31, 0x80 | 9]);
    expect(reportBlocksIn(reports).map(({ ssrc }) => ssrc)).toEqual(blocks.map(({ ssrc }) => ssrc));
  });

  test('of a sender say which moment of its media is which moment of the world', () => {
    const report = writeSenderReport({ ssrc: 5, nowMs: 1_500, timestamp: 2 ** 32 + 9, packets: 7, payloadBytes: 700 });
    expect(report.toString('hex')).toBe(hex('80c80006 00000005 83aa7e81 80000000 00000009 00000007 000002bc').toString('hex'));
    expect(reportTimesIn(report)).toEqual([{ ssrc: 5, middle: 0x7e818000 }]);
    expect(reportBlocksIn(report)).toEqual([]);
  });
});
