import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Crowd } from '../crowd/crowd.ts';
import type { CrowdPlace } from '../crowd/messages.ts';
import { HEAP_PARTS, MEMORY_PARTS, type HeapSizes, type MemoryPart, type MemorySample } from '../tables/memory.ts';
import { liveHeapBytes } from './heap.ts';
import { openNativeSite, type NativeSite } from './native-site.ts';

const JOINS_PER_SECOND = 14;
/** The door lets each in 600 times a minute. */
const ADDRESSES = 4;
const SETTLE_MS = 3_000;
const ROOM = { privacy: 'public', roles: ['speaker'], default_role: 'speaker', max_participants: 1_000 };

/** An installation of its own, with one room. */
export interface MemorySite extends AsyncDisposable {
  readonly site: NativeSite;
  readonly room: string;
  readonly place: CrowdPlace;
  anotherRoom(): Promise<string>;
}

export async function openMemorySite(): Promise<MemorySite> {
  await using began = new AsyncDisposableStack();
  const site = began.use(await openNativeSite());
  const anotherRoom = () => site.createRoom(ROOM);
  const room = await anotherRoom();
  const place = await site.placeOf(room);
  const ends = began.move();
  return { site, room, place, anotherRoom, [Symbol.asyncDispose]: () => ends.disposeAsync() };
}

/** Resident memory of each part; of PostgreSQL, whose processes share much, the proportional set size. */
export async function sampleMemory({ site }: MemorySite, people: number): Promise<MemorySample> {
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

export async function sampleHeaps({ site }: MemorySite): Promise<HeapSizes> {
  const pids = await site.pids();
  const sizes: number[] = [];
  for (const part of HEAP_PARTS) for (const pid of pids[part]) sizes.push(await liveHeapBytes(pid)); // each has one process
  const [server = NaN, media = NaN] = sizes;
  console.log(`        alive: server ${(server / 1e6).toFixed(1)} MB, media ${(media / 1e6).toFixed(1)} MB`);
  return { server, media };
}

const residentBytes = (pid: number) => kilobytesIn(`/proc/${pid}/status`, /^VmRSS:\s+(\d+)/m);
const proportionalBytes = (pid: number) => kilobytesIn(`/proc/${pid}/smaps_rollup`, /^Pss:\s+(\d+)/m);

async function kilobytesIn(file: string, pattern: RegExp): Promise<number> {
  const text = await readFile(file, 'utf8').catch(() => ''); // a process of PostgreSQL may have ended meanwhile
  return Number(pattern.exec(text)?.[1] ?? 0) * 1_024;
}

/** People who receive and send nothing, one after the other: for each the room. */
export async function letIn(crowd: Crowd, { place }: MemorySite, rooms: readonly string[]): Promise<void> {
  const startMs = Date.now() + 200;
  const people = rooms.length;
  const plans = rooms.map((room, index) => ({
    name: `Person ${index + 1}`,
    room,
    joinAtMs: startMs + (index * 1_000) / JOINS_PER_SECOND,
    localAddress: `127.0.8.${1 + (index % ADDRESSES)}`,
  }));
  const { failures } = await crowd.join(place, plans);
  if (failures.length > 0) throw new Error(`${failures.length} of ${people} did not get in: ${failures.slice(0, 3).join(', ')}`);
}

/** Bytes for each of the people, by least squares; null of one sample. */
export function slopeOf<S extends { people: number }>(samples: readonly S[], bytesOf: (sample: S) => number): number | null {
  const mean = (pick: (one: S) => number) => samples.reduce((sum, one) => sum + pick(one), 0) / samples.length;
  const [people, bytes] = [mean((one) => one.people), mean(bytesOf)];
  const spread = samples.reduce((sum, one) => sum + (one.people - people) ** 2, 0);
  if (spread === 0) return null;
  return Math.round(samples.reduce((sum, one) => sum + (one.people - people) * (bytesOf(one) - bytes), 0) / spread);
}

export function slopesOf(samples: readonly MemorySample[]): Readonly<Record<MemoryPart, number | null>> {
  const entries = MEMORY_PARTS.map((part) => [part, slopeOf(samples, (one) => one[part])]);
  return Object.fromEntries(entries) as Record<MemoryPart, number | null>; // each part once
}
