import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isRunning, startTicks } from '@conclave/runtime/process-info';

/** One process for good: ids are used again, ids with their start time are not. */
interface ProcessMark {
  pid: number;
  ticks: string | undefined;
}

interface RunRecord {
  supervisor: ProcessMark;
  children: Record<string, ProcessMark>;
}

/** The right to run an installation: at most one supervisor has a data directory at a time. */
export interface Run {
  /** Notes a child, so that the next supervisor can wait for it if this one is killed. */
  note(name: string, pid: number): Promise<void>;
  release(): Promise<void>;
}

const LEFTOVER_TIMEOUT_MS = 6000;

/** Takes the data directory for this process, or says which process has it. Children of a killed supervisor are waited for, then ended. */
export async function acquireRun(dataDir: string): Promise<Run | { heldBy: number }> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const file = recordFile(dataDir);
  const record: RunRecord = { supervisor: mark(process.pid), children: {} };
  for (;;) {
    if (await createOnly(file, record)) break;
    const present = await readRecord(file);
    if (present && isAlive(present.supervisor)) return { heldBy: present.supervisor.pid };
    if (present) await endLeftovers(Object.values(present.children));
    await removeStale(file);
  }
  const write = async () => {
    await writeFile(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
    await rename(`${file}.new`, file);
  };
  let writing = Promise.resolve(); // one after the other: all use the same draft
  const queue = (task: () => Promise<void>) => (writing = writing.then(task, task));
  return {
    note: (name, pid) => {
      record.children[name] = mark(pid);
      return queue(write);
    },
    release: () => queue(() => rm(file, { force: true })),
  };
}

/** The supervisor that runs this installation now, if any. */
export async function runningSupervisor(dataDir: string): Promise<number | undefined> {
  const record = await readRecord(recordFile(dataDir));
  return record && isAlive(record.supervisor) ? record.supervisor.pid : undefined;
}

/** The processes of this installation that run now, by name, the supervisor among them; not PostgreSQL, which survives them. */
export async function runningParts(dataDir: string): Promise<Record<string, number>> {
  const record = await readRecord(recordFile(dataDir));
  const parts = Object.entries({ ...(record && { supervisor: record.supervisor }), ...record?.children });
  return Object.fromEntries(parts.flatMap(([name, one]) => (isAlive(one) ? [[name, one.pid]] : [])));
}

function recordFile(dataDir: string): string {
  return join(dataDir, 'run.json');
}

/** Creates the file with its content in one step; false if there is one. */
async function createOnly(file: string, record: RunRecord): Promise<boolean> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, JSON.stringify(record), { mode: 0o600 });
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft);
  }
}

async function readRecord(file: string): Promise<RunRecord | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as RunRecord; // written by acquireRun
  } catch {
    return undefined;
  }
}

/** Another process may have put its own record there since we looked: that one is put back. */
async function removeStale(file: string): Promise<void> {
  const claimed = `${file}.stale-${process.pid}`;
  try {
    await rename(file, claimed);
  } catch {
    return; // another process was first
  }
  const taken = await readRecord(claimed);
  if (taken && isAlive(taken.supervisor)) await link(claimed, file).catch(() => undefined);
  await rm(claimed);
}

function mark(pid: number): ProcessMark {
  return { pid, ticks: startTicks(pid) };
}

function isAlive({ pid, ticks }: ProcessMark): boolean {
  return isRunning(pid) && startTicks(pid) === ticks;
}

async function endLeftovers(children: readonly ProcessMark[]): Promise<void> {
  const deadlineMs = Date.now() + LEFTOVER_TIMEOUT_MS;
  while (children.some(isAlive) && Date.now() < deadlineMs) await delay(50);
  for (const child of children.filter(isAlive)) process.kill(child.pid, 'SIGKILL');
}
