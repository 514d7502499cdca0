/**
 * What a participant takes of the memory of each process of an installation, from none to so many in one room, and what a room takes: the same
 * with each in a room of their own. Native people who receive and send nothing, so that it is theirs and not their packets'. What is left
 * of people who have gone: `churn.ts`.
 * `npm run bench -- memory [--participants 500] [--step 100]`; writes `bench/results/memory.json`.
 */
import { parseArgs } from 'node:util';
import { letIn, openMemorySite, sampleHeaps, sampleMemory, slopesOf, type MemorySite } from './common/memory.ts';
import { writeResults } from './common/results.ts';
import { startCrowd } from './crowd/crowd.ts';
import { table, type Filling, type HeapSizes } from './tables/memory.ts';

const PROCESSES = 2;

/** An installation from nobody to so many; `roomsFor` makes the rooms of those who come next. */
async function fill(most: number, step: number, roomsFor: (at: MemorySite, people: number) => Promise<string[]>): Promise<Filling> {
  await using at = await openMemorySite();
  await using crowd = startCrowd(PROCESSES);
  const samples = [await sampleMemory(at, 0)];
  const before = await sampleHeaps(at);
  for (let people = step; people <= most; people += step) {
    await letIn(crowd, at, await roomsFor(at, step));
    samples.push(await sampleMemory(at, people));
  }
  const after = await sampleHeaps(at);
  await crowd.leave();
  const people = samples.at(-1)?.people ?? 0;
  const each = (part: keyof HeapSizes) => Math.round((after[part] - before[part]) / people);
  return { samples, bytesPerPerson: slopesOf(samples), heapBytesPerPerson: { server: each('server'), media: each('media') } };
}

const inOne = async ({ room }: MemorySite, people: number) => Array<string>(people).fill(room);

async function inOnesOwn({ anotherRoom }: MemorySite, people: number): Promise<string[]> {
  const rooms: string[] = [];
  while (rooms.length < people) rooms.push(await anotherRoom());
  return rooms;
}

const { values } = parseArgs({ options: { participants: { type: 'string', default: '500' }, step: { type: 'string', default: '100' } } });
const [participants, step] = [Number(values.participants), Number(values.step)];
console.log('all in one room');
const inOneRoom = await fill(participants, step, inOne);
console.log('each in a room of their own');
const eachInOwnRoom = await fill(participants, step, inOnesOwn);
const result = { inOneRoom, eachInOwnRoom };
console.log(`\n${table(result)}`);
await writeResults('memory', result);
