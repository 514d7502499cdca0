/**
 * How long `npm start` takes in a clone that was made a moment ago, with empty caches of npm and ours, and once all is there; and what lies on
 * the disk then. Of a first start most is fetched from the npm registry, so that it is the network's, too. The media worker of this host is
 * copied to its place unless `--with-worker-build` is given, which compiles it (some minutes); that figure is kept in the result from then on.
 * `npm run bench -- start [--first 1] [--repeats 5] [--with-worker-build]`; writes `bench/results/start.json`. Measures what is committed.
 */
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeResults } from './common/results.ts';
import { spreadOf, type Spread } from './common/spread.ts';
import { makeFreshClone, type FreshClone, type Started } from './start/fresh-clone.ts';
import { table, type FirstStart, type StartResult } from './tables/start.ts';

const spread = (starts: readonly Started[], of: 'readyMs' | 'healthyMs' | 'processorMs' | 'endMs'): Spread =>
  spreadOf(
    starts.map((one) => one[of] / 1000),
    1,
  );

function firstStart(starts: readonly Started[]): FirstStart | null {
  const last = starts.at(-1);
  if (!last) return null;
  return {
    onDay: new Date().toISOString().slice(0, 10),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    readyS: spread(starts, 'readyMs'),
    healthyS: spread(starts, 'healthyMs'),
    processorS: spread(starts, 'processorMs'),
    stepsS: last.stepsS,
  };
}

function tellStart(what: string, { readyMs, healthyMs, processorMs, endMs }: Started): void {
  const [ready, healthy, processor, end] = [readyMs, healthyMs, processorMs, endMs].map((ms) => (ms / 1000).toFixed(1));
  console.log(`${what}: ready after ${ready} s, healthy after ${healthy} s, ${processor} s of processor time; ended in ${end} s`);
}

/** Bytes of blocks in use. */
function bytesIn(folder: string): number {
  return Number(execFileSync('du', ['-sB1', folder], { encoding: 'utf8' }).split('\t')[0]);
}

function sizeOf({ dir, dataDir, npmCacheDir, workerCacheDir }: FreshClone): StartResult['bytesOnDisk'] {
  const nodeModules = bytesIn(join(dir, 'node_modules'));
  const pages = bytesIn(join(dir, 'packages/web/dist'));
  return {
    repository: bytesIn(dir) - nodeModules - pages,
    nodeModules,
    pages,
    data: bytesIn(dataDir),
    workerCache: bytesIn(workerCacheDir),
    npmCache: bytesIn(npmCacheDir),
  };
}

async function resultOf(name: string): Promise<Record<string, unknown> | undefined> {
  const text = await readFile(new URL(`results/${name}.json`, import.meta.url), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>); // as writeResults wrote it
}

async function readFirstLoad(): Promise<StartResult['firstLoad']> {
  const page = (await resultOf('page')) as { where: { onDay: string }; rows: { readyScriptBytes: Spread } } | undefined; // as bench/page.ts writes it
  return page ? { scriptBytes: page.rows.readyScriptBytes, onDay: page.where.onDay } : null;
}

const { values } = parseArgs({
  options: {
    first: { type: 'string', default: '1' },
    repeats: { type: 'string', default: '5' },
    'with-worker-build': { type: 'boolean', default: false },
  },
});
const withWorker = !values['with-worker-build'];
const [first, second]: [Started[], Started[]] = [[], []];
let bytesOnDisk: StartResult['bytesOnDisk'] | undefined;
for (let repeat = 1; repeat <= Math.max(1, Number(values.first)); repeat++) {
  await using clone = await makeFreshClone({ withWorker });
  const started = await clone.start();
  first.push(started);
  tellStart(`first start ${repeat}`, started);
  for (const [step, s] of Object.entries(started.stepsS)) console.log(`  ${step}: ${s} s`);
  if (bytesOnDisk) continue;
  bytesOnDisk = sizeOf(clone);
  for (let again = 1; again <= Math.max(1, Number(values.repeats)); again++) {
    second.push(await clone.start());
    tellStart(`second start ${again}`, second.at(-1) as Started); // it was just put there
  }
}
const before = (await resultOf('start')) as Partial<StartResult> | undefined; // as written below
const result: StartResult = {
  firstStart: withWorker ? firstStart(first) : (before?.firstStart ?? null),
  firstStartWithWorkerBuild: withWorker ? (before?.firstStartWithWorkerBuild ?? null) : firstStart(first),
  secondStart: {
    readyS: spread(second, 'readyMs'),
    healthyS: spread(second, 'healthyMs'),
    processorS: spread(second, 'processorMs'),
    endS: spread(second, 'endMs'),
  },
  bytesOnDisk: bytesOnDisk as StartResult['bytesOnDisk'], // there was a first start
  firstLoad: await readFirstLoad(),
};
console.log(`\n${table(result)}`);
await writeResults('start', result);
