/**
 * What is left of people who have come and gone: the memory of each process of an installation as ten thousand join a room and leave it, two
 * hundred at a time. Resident memory, and of server and media node what is alive in their heaps after everything else was collected: resident
 * memory says little of a leak, since V8 keeps what it has for later.
 * `npm run bench -- churn [--people 10000]`; writes `bench/results/churn.json`. A quarter of an hour.
 */
import { parseArgs } from 'node:util';
import { letIn, openMemorySite, sampleHeaps, sampleMemory, slopeOf, slopesOf, type MemorySite } from './common/memory.ts';
import { writeResults } from './common/results.ts';
import { startCrowd } from './crowd/crowd.ts';
import { table, type ChurnSample } from './tables/churn.ts';

const PROCESSES = 2;
const CROWD = 200;
const SAMPLES = 10;

async function comeAndGo(at: MemorySite, people: number): Promise<void> {
  await using crowd = startCrowd(PROCESSES);
  await letIn(crowd, at, Array<string>(people).fill(at.room));
  await crowd.leave();
}

/** What is resident is read before everything is collected. */
async function sampleChurn(at: MemorySite, people: number): Promise<ChurnSample> {
  const resident = await sampleMemory(at, people);
  return { ...resident, heap: await sampleHeaps(at) };
}

const { values } = parseArgs({ options: { people: { type: 'string', default: '10000' } } });
const people = Number(values.people);
const after: ChurnSample[] = [];
{
  await using at = await openMemorySite();
  const sampleEvery = people / SAMPLES;
  for (let gone = 0; gone < people; gone += CROWD) {
    await comeAndGo(at, Math.min(CROWD, people - gone));
    const now = Math.min(people, gone + CROWD);
    if (Math.floor(now / sampleEvery) > Math.floor(gone / sampleEvery)) after.push(await sampleChurn(at, now));
  }
}
// While it warms up a process grows; what goes on growing afterwards is lost.
const late = after.slice(Math.floor(after.length / 2));
const result = {
  bytesPerPerson: slopesOf(late),
  heapBytesPerPerson: { server: slopeOf(late, ({ heap }) => heap.server), media: slopeOf(late, ({ heap }) => heap.media) },
  after,
};
console.log(`\n${table(result)}`);
await writeResults('churn', result);
