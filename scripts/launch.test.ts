import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'conclave-launch-'));
  const launcher = new URL('./launch.mjs', import.meta.url).href;
  writeFileSync(join(dir, 'launcher.mjs'), `import { launch } from '${launcher}'; process.exitCode = await launch([process.argv[2]]);`);
  // Counts the signals it gets, says so, and ends with 7 a little after the last.
  writeFileSync(
    join(dir, 'child.mjs'),
    `let count = 0;
     process.on('SIGINT', () => { count++; setTimeout(() => { console.log('signals ' + count); process.exit(7); }, 300); });
     process.on('disconnect', () => { console.log('launcher gone'); process.exit(0); });
     setInterval(() => {}, 1000);
     console.log('running');`,
  );
});
afterAll(() => rmSync(dir, { recursive: true }));

function start() {
  const launcher = spawn(process.execPath, [join(dir, 'launcher.mjs'), join(dir, 'child.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: launcher.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string | undefined> => (await lines.next()).value;
  return { launcher, nextLine };
}

test('Ctrl-C sent by terminal and npm alike reaches the program once, and its exit code is kept', async () => {
  const { launcher, nextLine } = start();
  const ended = once(launcher, 'exit');
  expect(await nextLine()).toBe('running');
  launcher.kill('SIGINT');
  launcher.kill('SIGINT');
  expect(await nextLine()).toBe('signals 1');
  expect(await ended).toEqual([7, null]);
});

test('a program whose launcher is killed gets to know it', async () => {
  const { launcher, nextLine } = start();
  expect(await nextLine()).toBe('running');
  launcher.kill('SIGKILL');
  expect(await nextLine()).toBe('launcher gone');
});
