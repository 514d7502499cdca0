import { randomUUID } from 'node:crypto';
import { ConsumerId, ProducerId } from '@conclave/protocol/ids';
import { createManualTime, type ManualTime } from '@conclave/runtime/testing/manual-time';
import { beforeEach, describe, expect, test } from 'vitest';
import { createDemand, NOBODY, type Demand } from './demand.ts';

const camera = ProducerId.parse(randomUUID());
const [ada, ben] = [ConsumerId.parse(randomUUID()), ConsumerId.parse(randomUUID())] as const;
let time: ManualTime;
let told: number[];
let demand: Demand;

beforeEach(() => {
  time = createManualTime();
  told = [];
  demand = createDemand({ timers: time, announce: (_id, layer) => void told.push(layer) });
  demand.open(camera, 2);
});

describe('demand', () => {
  test('a publisher that is alone is told after 2 s that nobody watches', () => {
    time.advance(1999);
    expect(told).toEqual([]);
    time.advance(1);
    expect(told).toEqual([NOBODY]);
  });

  test('a publisher begins with its smallest layer, and more is wanted at once when somebody wants it', () => {
    expect(demand.announced(camera)).toBe(0);
    demand.want(camera, ada, 2);
    expect(told).toEqual([2]);
  });

  test('the first viewer raises it at once', () => {
    time.advance(2000);
    demand.want(camera, ada, 1);
    expect(told).toEqual([NOBODY, 1]);
  });

  test('the largest wish of all viewers counts, and never more than the publisher has', () => {
    time.advance(2000);
    demand.want(camera, ada, 0);
    demand.want(camera, ben, 3);
    expect(told).toEqual([NOBODY, 0, 2]);
    expect(demand.announced(camera)).toBe(2);
  });

  test('a smaller wish waits 2 s, in which a larger one takes it back', () => {
    demand.want(camera, ada, 2);
    demand.want(camera, ada, 0);
    time.advance(1500);
    demand.want(camera, ada, 2);
    time.advance(5000);
    expect(told).toEqual([2]);
    demand.want(camera, ada, 0);
    time.advance(2000);
    expect(told).toEqual([2, 0]);
  });

  test('wishes that go up and down below what is sent do not put the lowering off', () => {
    demand.want(camera, ada, 2);
    demand.want(camera, ada, 0);
    time.advance(1000);
    demand.want(camera, ada, 1);
    time.advance(500);
    demand.want(camera, ada, 0);
    time.advance(500);
    expect(told).toEqual([2, 0]);
  });

  test('a paused viewer and one that is gone count as nobody', () => {
    demand.want(camera, ada, 2);
    demand.want(camera, ben, NOBODY);
    demand.drop(camera, ada);
    time.advance(2000);
    expect(told).toEqual([2, NOBODY]);
  });

  test('a closed producer is told nothing any more', () => {
    demand.close(camera);
    demand.want(camera, ada, 0);
    time.advance(10_000);
    expect(told).toEqual([]);
    expect(demand.announced(camera)).toBeUndefined();
  });
});
