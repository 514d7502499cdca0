import { expect, test } from 'vitest';
import { createTurns } from './turns.ts';

test('turns are given in order, no more at once than there are, and who waits too long leaves no hole', async () => {
  const take = createTurns(2, 50);
  const order: string[] = [];
  const first = await take();
  const second = await take();
  await expect(take()).rejects.toMatchObject({ code: 'unavailable' });
  const third = take().then((giveBack) => (order.push('third'), giveBack));
  const fourth = take().then((giveBack) => (order.push('fourth'), giveBack));
  first();
  (await third)();
  (await fourth)();
  second();
  expect(order).toEqual(['third', 'fourth']);
  const again = await Promise.all([take(), take()]);
  await expect(take()).rejects.toMatchObject({ code: 'unavailable' });
  for (const giveBack of again) giveBack();
});
