import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';

/** Writes `bench/results/NAME.json`: what was measured, and where. Call it while nothing of the bench runs any more. */
export async function writeResults(name: string, measured: object): Promise<void> {
  const folder = new URL('../results/', import.meta.url);
  await mkdir(folder, { recursive: true });
  const where = {
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    onDay: new Date().toISOString().slice(0, 10),
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    loadAfterwards: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
  await writeFile(new URL(`${name}.json`, folder), `${JSON.stringify({ where, ...measured }, undefined, 2)}\n`);
}
