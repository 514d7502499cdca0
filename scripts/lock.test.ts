import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withLock } from './lock.mjs';

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'conclave-lock-'));
  file = join(dir, 'lock');
});
afterEach(() => rmSync(dir, { recursive: true }));

const neverWait = (): never => {
  throw new Error('waited');
};

test('two holders never work at the same time, and the second is told whom it waits for', async () => {
  const events: string[] = [];
  const first = Promise.withResolvers<void>();
  const onWait = vi.fn(() => first.resolve());
  const work = (name: string, until?: Promise<void>) => async () => {
    events.push(`${name} begins`);
    await until;
    events.push(`${name} ends`);
  };
  await Promise.all([withLock(file, work('one', first.promise), neverWait), withLock(file, work('two'), onWait)]);
  expect(events).toEqual(['one begins', 'one ends', 'two begins', 'two ends']);
  expect(onWait).toHaveBeenCalledExactlyOnceWith(String(process.pid));
});

test.each([
  ['a process that has ended', '4194304 1'],
  ['another process that got its id since', `${process.pid} 1`],
])('the lock of %s is taken over', async (_who, holder) => {
  writeFileSync(file, holder);
  expect(await withLock(file, async () => 'worked', neverWait)).toBe('worked');
});

test('the lock is released when the work fails', async () => {
  await expect(withLock(file, () => Promise.reject(new Error('broken')), neverWait)).rejects.toThrow('broken');
  expect(existsSync(file)).toBe(false);
});
