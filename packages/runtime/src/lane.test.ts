import { expect, test } from 'vitest';
import { createLane } from './lane.ts';

test('a task begins when the one before it has ended', async () => {
  const lane = createLane();
  const said: string[] = [];
  const first = Promise.withResolvers<void>();
  const one = lane.run(async () => {
    said.push('one begins');
    await first.promise;
    said.push('one ends');
  });
  const two = lane.run(async () => void said.push('two'));
  first.resolve();
  await Promise.all([one, two]);
  expect(said).toEqual(['one begins', 'one ends', 'two']);
});

test('a failure is its caller’s and does not hold up the next task', async () => {
  const lane = createLane();
  const failed = lane.run(() => Promise.reject(new Error('no')));
  const next = lane.run(async () => 'done');
  await expect(failed).rejects.toThrow('no');
  await expect(next).resolves.toBe('done');
});

test('what runs or waits is pending, what has ended or failed is not', async () => {
  const lane = createLane();
  const one = lane.run(() => Promise.reject(new Error('no')));
  const two = lane.run(async () => undefined);
  expect(lane.pending).toBe(2);
  await expect(one).rejects.toThrow('no');
  await two;
  expect(lane.pending).toBe(0);
});
