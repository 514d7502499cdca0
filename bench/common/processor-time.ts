import { readFile } from 'node:fs/promises';
import { descendants } from '@conclave/runtime/process-tree';

/** proc(5) counts in these on every architecture that Node runs on (`getconf CLK_TCK`). */
const TICK_MS = 10;

/** User and system time of a process and of those of its children that ended and were waited for; 0 when it is gone. Linux only. */
export async function processorMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return 0;
  // Fields from the third on; the second is a name in brackets and may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0) * TICK_MS;
}

/** Of a process and all its descendants. */
export async function processorMsOfTree(rootPid: number): Promise<number> {
  const pids = [rootPid, ...(await descendants(rootPid)).map(({ pid }) => pid)];
  return (await Promise.all(pids.map(processorMs))).reduce((sum, one) => sum + one, 0);
}
