// One set-up at a time in a clone, also when two terminals start at once.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 200;

/** Runs `work` while holding the lock file; `onWait(pid)` is called once if another live process holds it. */
export async function withLock(file, work, onWait) {
  let waited = false;
  while (!take(file)) {
    const holder = read(file);
    if (holder !== undefined && !isAlive(holder)) removeStale(file, holder);
    else {
      if (!waited) onWait(holder?.split(' ')[0] ?? '?');
      waited = true;
      await sleep(POLL_MS);
    }
  }
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}

function take(file) {
  try {
    writeFileSync(file, identity(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** A process id can be given out again, so the time its process started belongs to it. */
function identity(pid) {
  const stat = read(`/proc/${pid}/stat`);
  // The command's name, in parentheses, may contain spaces; the start time is the 20th field after it.
  const startTime = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  return `${pid} ${startTime}`;
}

function isAlive(holder) {
  const pid = Number(holder.split(' ')[0]);
  // An empty file is a lock that is just being written.
  if (!Number.isInteger(pid) || pid === 0) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code === 'ESRCH') return false;
  }
  return identity(pid) === holder;
}

/** Between looking and removing, another process may have taken the lock: then it is given back. */
function removeStale(file, holder) {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    if (read(aside) !== holder) linkSync(aside, file);
  } catch {
    // Someone else removed it first.
  }
  rmSync(aside, { force: true });
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
