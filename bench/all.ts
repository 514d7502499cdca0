/**
 * All that `docs/performance.md` tells, one after the other and in under half an hour, then the page itself: `npm run bench` without a name.
 * What fails is told at the end and keeps its last figures. Nothing else should run on the host meanwhile.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** With what leaves time for the others; each alone takes as long as it says itself. `churn` takes a quarter of an hour, so it is asked for by name. */
const RUNS: readonly (readonly [name: string, ...options: string[]])[] = [
  ['page'],
  ['start'],
  ['fanout', '--subscribers', '10,60,200', '--seconds', '1'],
  ['join-native'],
  ['round-trips'],
  ['join', '--joins', '5'],
  ['memory', '--participants', '200', '--step', '50'],
  ['webinar'],
  ['host', '--seconds', '3'],
  ['report'],
];

async function run([name, ...options]: readonly [string, ...string[]]): Promise<boolean> {
  const file = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, [file, ...options], { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0;
}

const beganMs = performance.now();
const minutes = (sinceMs: number) => `${((performance.now() - sinceMs) / 60_000).toFixed(1)} min`;
const failed: string[] = [];
for (const [index, one] of RUNS.entries()) {
  const [name] = one;
  console.log(`\n── ${index + 1} of ${RUNS.length}: ${one.join(' ')} (after ${minutes(beganMs)})`);
  const beganOneMs = performance.now();
  if (!(await run(one))) failed.push(name);
  console.log(`── ${name}: ${failed.at(-1) === name ? 'failed' : 'done'} in ${minutes(beganOneMs)}`);
}
console.log(`\n${minutes(beganMs)} in all; ${failed.length === 0 ? 'nothing failed' : `failed: ${failed.join(', ')}`}`);
process.exitCode = failed.length === 0 ? 0 : 1;
