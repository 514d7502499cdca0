/**
 * Memory of each process of an installation: what a participant takes, from none to so many in one room, and what is left of people who have
 * come and gone. Native people (`conclave load-test`) who receive and send nothing, so that it is theirs and not their packets'.
 * `npm run bench -- memory [--participants 500] [--step 100] [--cycles 2000]`; writes `bench/results/memory.json`. The door lets one address
 * in 600 times a minute, so that 10,000 cycles take half an hour.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { descendants } from '@conclave/runtime/process-tree';
import { runLoadTest } from './common/load-test.ts';
import { writeResults } from './common/results.ts';
import { openBenchSite, type BenchSite } from './common/site.ts';

const JOINS_PER_SECOND = 8;
const SETTLE_S = 8;
/** People of one cycle. */
const CROWD = 80;
const PAGE_BYTES = 4_096;

const PARTS = { server: 'main/server.ts', media: 'main/media.ts', worker: 'mediasoup-worker' } as const;
type Part = keyof typeof PARTS;

interface Sample extends Record<Part, number> {
  /** How many are in, or have come and gone. */
  readonly people: number;
}

/** Resident bytes of each part; all workers together. */
async function sample({ installation }: BenchSite, people: number): Promise<Sample> {
  const all = await descendants(installation.pid);
  const bytesOf = async (part: Part) => {
    const pids = all.filter(({ command }) => command.includes(PARTS[part])).map(({ pid }) => pid);
    const sizes = await Promise.all(
      pids.map(async (pid) => Number((await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')[1]) * PAGE_BYTES),
    );
    return sizes.reduce((sum, bytes) => sum + bytes, 0);
  };
  const [server, media, worker] = await Promise.all([bytesOf('server'), bytesOf('media'), bytesOf('worker')]);
  return { people, server, media, worker };
}

async function sampleWith(site: BenchSite, people: number): Promise<Sample> {
  if (people === 0) return sample(site, 0);
  const joiningS = Math.ceil(people / JOINS_PER_SECOND);
  const running = runLoadTest(site, { subscribers: people, 'join-rate': JOINS_PER_SECOND, seconds: joiningS + 2 * SETTLE_S });
  await delay((joiningS + SETTLE_S) * 1_000);
  const sampled = await sample(site, people);
  const { joins } = await running;
  if (joins.joined < people)
    throw new Error(`${joins.joined} of ${people} got in: ${JSON.stringify({ ...joins.refused, ...joins.failed })}`);
  return sampled;
}

/** Bytes for each of the people, by least squares. */
function slope(samples: readonly Sample[], part: Part): number {
  const mean = (pick: (one: Sample) => number) => samples.reduce((sum, one) => sum + pick(one), 0) / samples.length;
  const [people, bytes] = [mean((one) => one.people), mean((one) => one[part])];
  const above = samples.reduce((sum, one) => sum + (one.people - people) * (one[part] - bytes), 0);
  return Math.round(above / samples.reduce((sum, one) => sum + (one.people - people) ** 2, 0));
}

const slopes = (samples: readonly Sample[]) => ({
  server: slope(samples, 'server'),
  media: slope(samples, 'media'),
  worker: slope(samples, 'worker'),
});

const { values } = parseArgs({
  options: {
    participants: { type: 'string', default: '500' },
    step: { type: 'string', default: '100' },
    cycles: { type: 'string', default: '2000' },
  },
});
const inside: Sample[] = [];
const after: Sample[] = [];
const tell = ({ people, server, media, worker }: Sample) =>
  `${String(people).padStart(6)}: server ${(server / 1e6).toFixed(0)} MB, media node ${(media / 1e6).toFixed(0)} MB, workers ${(worker / 1e6).toFixed(0)} MB`;
{
  await using site = await openBenchSite();
  console.log('people who are in:');
  for (let people = 0; people <= Number(values.participants); people += Number(values.step)) {
    inside.push(await sampleWith(site, people));
    console.log(tell(inside.at(-1) as Sample)); // it was just put there
  }
  console.log('people who have come and gone:');
  for (let gone = 0; gone < Number(values.cycles); gone += CROWD) {
    await runLoadTest(site, { subscribers: CROWD, 'join-rate': JOINS_PER_SECOND, seconds: Math.ceil(CROWD / JOINS_PER_SECOND) + 1 });
    after.push(await sample(site, gone + CROWD));
    console.log(tell(after.at(-1) as Sample)); // it was just put there
  }
}
// While it warms up a process grows; what goes on growing afterwards is lost.
const bytesPerParticipant = slopes(inside);
const bytesPerCycle = slopes(after.slice(Math.floor(after.length / 2)));
console.log(
  `each participant: ${JSON.stringify(bytesPerParticipant)} bytes; left of each who has gone: ${JSON.stringify(bytesPerCycle)} bytes`,
);
await writeResults('memory', { bytesPerParticipant, bytesPerCycle, inside, after });
