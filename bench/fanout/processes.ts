import { readdir, readFile } from 'node:fs/promises';

export interface Started extends AsyncDisposable {
  readonly pid: number;
}

/** A command line that runs on one core. */
export function pinned(cpu: number | undefined, program: string, args: readonly string[]): [string, string[]] {
  return cpu === undefined ? [program, [...args]] : ['taskset', ['-c', String(cpu), program, ...args]];
}

/** `sysconf(_SC_CLK_TCK)`, 100 on every Linux that Node runs on. */
const TICKS_PER_S = 100;

/** CPU time of a process so far, user and system of all its threads. */
export interface CpuTime {
  /** Of the threads that there are, from the scheduler (`/proc/PID/task/TID/schedstat`), exact while they sleep. */
  readonly threadsUs: ReadonlyMap<string, number>;
  /** Of all threads that there ever were, from `/proc/PID/stat`, in steps of 10 ms. */
  readonly ticksUs: number;
}

export async function cpuTime(pid: number): Promise<CpuTime> {
  const threads = await readdir(`/proc/${pid}/task`);
  const threadsUs = new Map<string, number>();
  for (const thread of threads) {
    const [runNs] = (await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').catch(() => '0')).split(' ');
    threadsUs.set(thread, Number(runNs) / 1000);
  }
  // The second field is a name in brackets that may hold blanks (proc(5)).
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ');
  return { threadsUs, ticksUs: ((Number(fields[11]) + Number(fields[12])) * 1e6) / TICKS_PER_S };
}

/** Microseconds between two readings. What a thread spent that ended between them is missing, but for a kernel that only knows ticks. */
export function cpuBetween(before: CpuTime, after: CpuTime): number {
  if ([...after.threadsUs.values()].every((us) => us === 0)) return after.ticksUs - before.ticksUs;
  let spentUs = 0;
  for (const [thread, us] of after.threadsUs) spentUs += us - (before.threadsUs.get(thread) ?? 0);
  return spentUs;
}
