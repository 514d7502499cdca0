import { readdir, readFile } from 'node:fs/promises';

export interface ProcessInfo {
  pid: number;
  parentPid: number;
  command: string;
}

async function readProcess(pid: number): Promise<ProcessInfo | null> {
  try {
    const [stat, cmdline] = await Promise.all([readFile(`/proc/${pid}/stat`, 'utf8'), readFile(`/proc/${pid}/cmdline`, 'utf8')]);
    // The second field is the name in brackets and may hold spaces: count from the last bracket (proc(5)).
    const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid, parentPid: Number(afterName[1]), command: cmdline.replaceAll('\0', ' ').trim() };
  } catch {
    return null; // ended between readdir and here
  }
}

/** All living descendants of a process, nearest first. Linux only. */
export async function descendants(rootPid: number): Promise<ProcessInfo[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = (await Promise.all(pids.map(readProcess))).filter((entry) => entry !== null);
  const found: ProcessInfo[] = [];
  let parents = new Set([rootPid]);
  while (parents.size > 0) {
    const children = all.filter((entry) => parents.has(entry.parentPid));
    found.push(...children);
    parents = new Set(children.map((entry) => entry.pid));
  }
  return found;
}
