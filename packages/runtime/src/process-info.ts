import { readFileSync, readlinkSync } from 'node:fs';

/** Whether a process with this id runs; a zombie does not. One of another user counts. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  return statFields(pid)?.[0] !== 'Z';
}

/** When a process began, in the kernel's ticks since boot: with the pid it names one process for good. Linux only. */
export function startTicks(pid: number): string | undefined {
  return statFields(pid)?.[19];
}

/** The working directory of a process, if this user may see it. Linux only. */
export function workingDirectory(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

/** The fields of proc(5) stat from `state` on: what is before may hold spaces and brackets. */
function statFields(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
