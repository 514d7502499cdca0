import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCommand, runCommand, type Outcome } from './command.ts';

/** Debian's place for CAs of the local administrator; `update-ca-certificates` merges it into the system's bundle. */
const DIRECTORY = '/usr/local/share/ca-certificates';

/** What came of a change: done, nothing to do, or what a person has to type. */
export type SystemOutcome = { kind: 'done' } | { kind: 'unchanged' } | { kind: 'refused'; advice: string };

/** Puts a CA into the system's store. As an ordinary user on a terminal it asks through `sudo`. */
export async function addToSystemStore(caFile: string, name: string): Promise<SystemOutcome> {
  const file = join(DIRECTORY, `${name}.crt`);
  return changeStore([['install', '-D', '-m', '644', caFile, file], ['update-ca-certificates']]);
}

/** Takes a CA out of the system's store. */
export async function removeFromSystemStore(name: string): Promise<SystemOutcome> {
  const file = join(DIRECTORY, `${name}.crt`);
  const isThere = await stat(file).then(
    () => true,
    () => false,
  );
  if (!isThere) return { kind: 'unchanged' };
  return changeStore([
    ['rm', '-f', file],
    ['update-ca-certificates', '--fresh'],
  ]);
}

async function changeStore(commands: readonly (readonly [string, ...string[]])[]): Promise<SystemOutcome> {
  if (!hasCommand('update-ca-certificates'))
    return { kind: 'refused', advice: 'update-ca-certificates is missing; install it with: sudo apt-get install ca-certificates' };
  const isRoot = process.getuid?.() === 0;
  const typed = commands.map((words) => `sudo ${words.join(' ')}`).join(' && ');
  if (!isRoot && !(hasCommand('sudo') && process.stdin.isTTY)) return { kind: 'refused', advice: `that needs root; type: ${typed}` };
  for (const [program, ...args] of commands) {
    const outcome: Outcome = isRoot ? await runCommand(program, args) : await runCommand('sudo', [program, ...args], { interactive: true });
    if (outcome.code !== 0) return { kind: 'refused', advice: `${program} failed; type: ${typed}` };
  }
  return { kind: 'done' };
}
