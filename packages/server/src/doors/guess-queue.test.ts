import { AppError } from '@conclave/protocol/errors';
import { createManualTime } from '@conclave/runtime/testing/manual-time';
import { expect, test } from 'vitest';
import { createGuessQueue } from './guess-queue.ts';

const wrong = () => Promise.reject(new AppError('password_wrong'));

test('two guesses are looked at at once, and networks that guessed wrong wait behind those that did not', async () => {
  const queue = createGuessQueue(createManualTime());
  await expect(queue.run('192.0.2.1', wrong)).rejects.toMatchObject({ code: 'password_wrong' });
  const gate = Promise.withResolvers<void>();
  const order: string[] = [];
  const guess = (address: string) => queue.run(address, async () => (order.push(address), gate.promise));
  const guesses = ['192.0.2.2', '192.0.2.3', '192.0.2.1', '192.0.2.4'].map(guess);
  await new Promise(setImmediate);
  expect(order).toEqual(['192.0.2.2', '192.0.2.3']);
  gate.resolve();
  await Promise.all(guesses);
  expect(order).toEqual(['192.0.2.2', '192.0.2.3', '192.0.2.4', '192.0.2.1']);
});

test('guesses of one network wait for one another, IPv6 by its /64, and a crowd of them is rate limited', async () => {
  const queue = createGuessQueue(createManualTime());
  const gate = Promise.withResolvers<void>();
  let running = 0;
  const guesses = Array.from({ length: 64 }, (_, n) =>
    queue.run(`2001:db8::${n + 1}`, async () => {
      running += 1;
      await gate.promise;
    }),
  );
  await new Promise(setImmediate);
  expect(running).toBe(1);
  await expect(queue.run('2001:db8::ffff', async () => undefined)).rejects.toMatchObject({ code: 'rate_limited' });
  await queue.run('192.0.2.9', async () => undefined);
  gate.resolve();
  await Promise.all(guesses);
  expect(running).toBe(64);
});
