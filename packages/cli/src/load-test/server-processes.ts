import { readFile } from 'node:fs/promises';
import { isRunning } from '@conclave/runtime/process-info';
import { runningPostmaster } from '@conclave/runtime/postgres';
import { descendants, type ProcessInfo } from '@conclave/runtime/process-tree';
import { runningParts } from '../run-record.ts';

/** What one part of an installation took of this host while it was watched. */
export interface ServerProcess {
  /** `server`, `media`, `media worker 1`, `PostgreSQL` (all its processes together), `supervisor`, … */
  readonly name: string;
  /** The newest, where it was started again. */
  readonly pid: number;
  /** How often it was started again meanwhile. */
  readonly restarts: number;
  /** Of one core: the mean, and the most in one interval. */
  readonly cpuRatio: number;
  readonly cpuRatioMax: number;
  readonly residentBytesMax: number;
}

/** Looks again and again until it is stopped. */
export interface ProcessWatch {
  /** The newest interval, by name, of one core. */
  newest(): ReadonlyMap<string, number>;
  stop(): Promise<ServerProcess[]>;
}

const EVERY_MS = 1_000;
/** To find them all processes of the host are looked at, which takes more than to look at those that are known. */
const LOOKS_FOR_EACH_SEARCH = 5;
/** proc(5) counts in these on every architecture that Node runs on (`getconf CLK_TCK`). */
const TICK_MS = 10;

interface Sample {
  readonly pid: number;
  readonly cpuMs: number;
  readonly residentBytes: number;
}

interface Watched {
  pid: number;
  restarts: number;
  /** Of processes that are gone. */
  cpuBeforeMs: number;
  firstAtMs: number;
  lastAtMs: number;
  lastCpuMs: number;
  firstCpuMs: number;
  cpuRatioMax: number;
  cpuRatioNow: number;
  residentBytesMax: number;
}

/** Watches the parts of the installation in that data directory. Linux only: elsewhere there is nothing to see. */
export async function watchProcesses(dataDir: string): Promise<ProcessWatch> {
  const watched = new Map<string, Watched>();
  let parts: Parts = new Map();
  let looks = 0;
  const look = async () => {
    if (looks % LOOKS_FOR_EACH_SEARCH === 0) parts = await findParts(dataDir);
    looks += 1;
    for (const [name, pids] of parts) {
      const sample = await sampleAll(pids);
      if (sample) note(watched, name, sample, performance.now());
      else looks = 0; // it was started again, or is about to be
    }
  };
  await look();
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, EVERY_MS);
  return {
    newest: () => new Map([...watched].map(([name, { cpuRatioNow }]) => [name, cpuRatioNow])),
    stop: async () => {
      clearInterval(timer);
      await looking;
      await look();
      return [...watched].map(([name, one]) => ({
        name,
        pid: one.pid,
        restarts: one.restarts,
        cpuRatio: one.lastAtMs > one.firstAtMs ? (one.cpuBeforeMs + one.lastCpuMs - one.firstCpuMs) / (one.lastAtMs - one.firstAtMs) : 0,
        cpuRatioMax: one.cpuRatioMax,
        residentBytesMax: one.residentBytesMax,
      }));
    },
  };
}

/** Intervals shorter than this say too little in ticks of 10 ms. */
const SHORTEST_INTERVAL_MS = 500;

function note(watched: Map<string, Watched>, name: string, { pid, cpuMs, residentBytes }: Sample, nowMs: number): void {
  const before = watched.get(name);
  if (!before) {
    const none = { restarts: 0, cpuBeforeMs: 0, cpuRatioMax: 0, cpuRatioNow: 0 };
    watched.set(name, {
      pid,
      ...none,
      firstAtMs: nowMs,
      lastAtMs: nowMs,
      firstCpuMs: cpuMs,
      lastCpuMs: cpuMs,
      residentBytesMax: residentBytes,
    });
    return;
  }
  if (before.pid !== pid) {
    before.restarts += 1;
    before.cpuBeforeMs += before.lastCpuMs - before.firstCpuMs;
    Object.assign(before, { pid, firstCpuMs: 0, lastCpuMs: 0 });
  }
  const intervalMs = nowMs - before.lastAtMs;
  if (intervalMs >= SHORTEST_INTERVAL_MS) {
    // Backends of PostgreSQL come and go, and take their time with them.
    before.cpuRatioNow = Math.max(0, cpuMs - before.lastCpuMs) / intervalMs;
    before.cpuRatioMax = Math.max(before.cpuRatioMax, before.cpuRatioNow);
  }
  before.lastAtMs = nowMs;
  before.lastCpuMs = Math.max(before.lastCpuMs, cpuMs);
  before.residentBytesMax = Math.max(before.residentBytesMax, residentBytes);
}

/** The processes of each part by its name, the main one first. */
type Parts = ReadonlyMap<string, readonly number[]>;

async function findParts(dataDir: string): Promise<Parts> {
  const parts = new Map<string, number[]>();
  for (const [name, pid] of Object.entries(await runningParts(dataDir))) {
    parts.set(name, [pid]);
    const workers = name === 'media' ? (await descendants(pid)).filter(isMediaWorker) : [];
    for (const [index, worker] of workers.toSorted((a, b) => a.pid - b.pid).entries()) parts.set(`media worker ${index + 1}`, [worker.pid]);
  }
  const postmaster = await runningPostmaster(dataDir);
  if (postmaster !== undefined) parts.set('PostgreSQL', [postmaster, ...(await descendants(postmaster)).map(({ pid }) => pid)]);
  return parts;
}

function isMediaWorker({ command }: ProcessInfo): boolean {
  return command.split(' ', 1)[0]?.includes('mediasoup-worker') ?? false;
}

/** The first must still run. */
async function sampleAll([pid = 0, ...others]: readonly number[]): Promise<Sample | undefined> {
  if (!isRunning(pid)) return undefined;
  const all = (await Promise.all([pid, ...others].map(readUsage))).filter((usage) => usage !== undefined);
  const sum = (of: (usage: Usage) => number) => all.reduce((total, usage) => total + of(usage), 0);
  return { pid, cpuMs: sum(({ cpuMs }) => cpuMs), residentBytes: sum(({ residentBytes }) => residentBytes) };
}

interface Usage {
  cpuMs: number;
  residentBytes: number;
}

/** User and system time with that of children that ended and were waited for, and resident memory without what is shared with files. */
async function readUsage(pid: number): Promise<Usage | undefined> {
  try {
    const [stat, status] = await Promise.all([readFile(`/proc/${pid}/stat`, 'utf8'), readFile(`/proc/${pid}/status`, 'utf8')]);
    // Fields from the third on; the second is a name in brackets and may hold spaces (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
    const kibibytes = Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
    return { cpuMs: ticks * TICK_MS, residentBytes: kibibytes * 1024 };
  } catch {
    return undefined; // it ended meanwhile
  }
}
