/**
 * Memory of each process of an installation: what a participant takes, from none to so many in one room, and what is left of people who have
 * come and gone. Native people who receive and send nothing, so that it is theirs and not their packets'. Resident memory; of PostgreSQL, whose
 * processes share much, the proportional set size.
 * `npm run bench -- memory [--participants 500] [--step 100] [--cycles 10000]`; writes `bench/results/memory.json`. A quarter of an hour.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openNativeSite, type NativeSite } from './common/native-site.ts';
import { writeResults } from './common/results.ts';
import { startCrowd, type Crowd } from './crowd/crowd.ts';
import type { CrowdPlace } from './crowd/messages.ts';
import { MEMORY_PARTS, table, type MemoryPart, type MemorySample, type MemorySlopes } from './tables/memory.ts';

const JOINS_PER_SECOND = 14;
/** The door lets each in 600 times a minute. */
const ADDRESSES = 4;
const PROCESSES = 2;
/** People of one cycle. */
const CROWD = 200;
const SETTLE_MS = 3_000;
const READ_EVERY_CYCLES = 1_000;
const ROOM = { privacy: 'public', roles: ['speaker'], default_role: 'speaker', max_participants: 1_000 };

interface Room {
  readonly site: NativeSite;
  readonly room: string;
  readonly place: CrowdPlace;
}

async function sample({ site }: Room, people: number): Promise<MemorySample> {
  await delay(SETTLE_MS);
  const pids = await site.pids();
  const bytesOf = async (part: MemoryPart) => {
    const sizes = await Promise.all(pids[part].map((pid) => (part === 'postgres' ? proportionalBytes(pid) : residentBytes(pid))));
    return sizes.reduce((sum, bytes) => sum + bytes, 0);
  };
  const sizes = await Promise.all(MEMORY_PARTS.map(async (part) => [part, await bytesOf(part)] as const));
  const sampled = { people, ...(Object.fromEntries(sizes) as Record<MemoryPart, number>) }; // each part once
  const megabytes = MEMORY_PARTS.map((part) => `${part} ${(sampled[part] / 1e6).toFixed(0)} MB`);
  console.log(`${String(people).padStart(6)}: ${megabytes.join(', ')}`);
  return sampled;
}

const residentBytes = (pid: number) => kilobytesIn(`/proc/${pid}/status`, /^VmRSS:\s+(\d+)/m);
const proportionalBytes = (pid: number) => kilobytesIn(`/proc/${pid}/smaps_rollup`, /^Pss:\s+(\d+)/m);

async function kilobytesIn(file: string, pattern: RegExp): Promise<number> {
  const text = await readFile(file, 'utf8').catch(() => ''); // a process of PostgreSQL may have ended meanwhile
  return Number(pattern.exec(text)?.[1] ?? 0) * 1_024;
}

async function letIn(crowd: Crowd, { room, place }: Room, people: number): Promise<void> {
  const startMs = Date.now() + 200;
  const plans = Array.from({ length: people }, (_one, index) => ({
    name: `Person ${index + 1}`,
    room,
    joinAtMs: startMs + (index * 1_000) / JOINS_PER_SECOND,
    localAddress: `127.0.8.${1 + (index % ADDRESSES)}`,
  }));
  const { failures } = await crowd.join(place, plans);
  if (failures.length > 0) throw new Error(`${failures.length} of ${people} did not get in: ${failures.slice(0, 3).join(', ')}`);
}

async function comeAndGo(room: Room, people: number): Promise<void> {
  await using crowd = startCrowd(PROCESSES);
  await letIn(crowd, room, people);
  await crowd.leave();
}

/** Bytes for each of the people, by least squares; null of one sample. */
function slopes(samples: readonly MemorySample[]): MemorySlopes {
  const mean = (pick: (one: MemorySample) => number) => samples.reduce((sum, one) => sum + pick(one), 0) / samples.length;
  const people = mean((one) => one.people);
  const spread = samples.reduce((sum, one) => sum + (one.people - people) ** 2, 0);
  const slope = (part: MemoryPart) => {
    const bytes = mean((one) => one[part]);
    return samples.reduce((sum, one) => sum + (one.people - people) * (one[part] - bytes), 0) / spread;
  };
  const entries = MEMORY_PARTS.map((part) => [part, spread === 0 ? null : Math.round(slope(part))]);
  return Object.fromEntries(entries) as Record<MemoryPart, number | null>; // each part once
}

const { values } = parseArgs({
  options: {
    participants: { type: 'string', default: '500' },
    step: { type: 'string', default: '100' },
    cycles: { type: 'string', default: '10000' },
  },
});
const [participants, step, cycles] = [Number(values.participants), Number(values.step), Number(values.cycles)];
const inside: MemorySample[] = [];
const after: MemorySample[] = [];
{
  await using site = await openNativeSite();
  const room = await site.createRoom(ROOM);
  const at: Room = { site, room, place: await site.placeOf(room) };
  console.log('people who are in:');
  inside.push(await sample(at, 0));
  {
    await using crowd = startCrowd(PROCESSES);
    for (let people = step; people <= participants; people += step) {
      await letIn(crowd, at, step);
      inside.push(await sample(at, people));
    }
    await crowd.leave();
  }
  console.log('people who have come and gone:');
  const readEvery = Math.min(READ_EVERY_CYCLES, cycles / 5);
  for (let gone = 0; gone < cycles; gone += CROWD) {
    await comeAndGo(at, Math.min(CROWD, cycles - gone));
    const now = Math.min(cycles, gone + CROWD);
    if (Math.floor(now / readEvery) > Math.floor(gone / readEvery)) after.push(await sample(at, now));
  }
}
// While it warms up a process grows; what goes on growing afterwards is lost.
const result = { bytesPerParticipant: slopes(inside), bytesPerCycle: slopes(after.slice(Math.floor(after.length / 2))), inside, after };
console.log(`\n${table(result)}`);
await writeResults('memory', result);
