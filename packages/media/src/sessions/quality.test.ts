import { createManualTime, type ManualTime } from '@conclave/runtime/testing/manual-time';
import { beforeEach, describe, expect, test } from 'vitest';
import { createQualityWatch, decideQuality, type Measured, type QualityWatch } from './quality.ts';

const fine: Measured = { uplinkScores: [10], downlinkScores: [10, 10], disconnected: false };

describe('the quality of a connection', () => {
  test.each<[string, Partial<Measured>, string]>([
    ['all arrives', {}, 'good'],
    ['nothing is sent or received', { uplinkScores: [], downlinkScores: [] }, 'good'],
    ['some is lost on the way up', { uplinkScores: [10, 6] }, 'fair'],
    ['much is lost on the way up', { uplinkScores: [4] }, 'poor'],
    ['one of many on the way down is bad', { downlinkScores: [10, 10, 10, 2] }, 'good'],
    ['all on the way down are bad', { downlinkScores: [3, 3, 4] }, 'poor'],
    ['ICE lost the path', { disconnected: true }, 'poor'],
  ])('when %s', (_title, measured, expected) => {
    expect(decideQuality({ ...fine, ...measured })).toBe(expected);
  });
});

describe('the quality watch', () => {
  let time: ManualTime;
  let told: string[];
  let measured: Measured;
  let looks: number;
  let watch: QualityWatch<string>;

  beforeEach(() => {
    time = createManualTime();
    told = [];
    measured = fine;
    looks = 0;
    watch = createQualityWatch({
      timers: time,
      measure: () => {
        looks += 1;
        return measured;
      },
      announce: (who, quality) => void told.push(`${who} ${quality}`),
    });
  });

  test('worse is told when two looks agree, better at the next look, each once', () => {
    measured = { ...fine, disconnected: true };
    watch.mark('ada');
    time.advance(2000);
    expect(told).toEqual([]);
    time.advance(2000);
    expect(told).toEqual(['ada poor']);
    measured = fine;
    watch.mark('ada');
    watch.mark('ada');
    time.advance(2000);
    expect(told).toEqual(['ada poor', 'ada good']);
    expect(watch.current('ada')).toBe('good');
  });

  test('a dip between two looks is not told', () => {
    measured = { ...fine, uplinkScores: [0] };
    watch.mark('ada');
    time.advance(2000);
    measured = fine;
    time.advance(20_000);
    expect(told).toEqual([]);
  });

  test('nobody is looked at who was not marked', () => {
    watch.mark('ada');
    time.advance(60_000);
    expect(looks).toBe(1);
  });

  test('one who left is forgotten', () => {
    measured = { ...fine, disconnected: true };
    watch.mark('ada');
    time.advance(4000);
    watch.mark('ada');
    watch.forget('ada');
    time.advance(10_000);
    expect(told).toEqual(['ada poor']);
    expect(watch.current('ada')).toBe('good');
  });
});
