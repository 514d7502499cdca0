import { execFile, execFileSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { FRAMES_PER_S } from './packets.ts';
import { pinned } from './processes.ts';
import type { Window } from './rows.ts';

export const FLOOR = 'floor';
const TIMEOUT_MS = 60_000;

/** Compiles floor.c into `folder` and answers the program. */
export function compileFloor(folder: string): string {
  const program = join(folder, 'floor');
  const source = fileURLToPath(new URL('floor.c', import.meta.url));
  execFileSync('gcc', ['-O2', '-o', program, source, '-lcrypto']);
  return program;
}

interface FloorOptions {
  readonly program: string;
  readonly cpus: { readonly sfu: number | undefined; readonly clients: number | undefined };
  readonly frames: number;
}

/** What a stream without layers costs at least. */
export async function measureFloor(
  { program, cpus, frames }: FloorOptions,
  at: Pick<Window, 'variant' | 'subscribers' | 'repeat' | 'packetsPerFrame'>,
): Promise<Window> {
  const numbers = [at.subscribers, frames, at.packetsPerFrame[0] ?? 0, FRAMES_PER_S, cpus.clients ?? -1];
  const [file, args] = pinned(cpus.sfu, program, numbers.map(String));
  const { stdout } = await promisify(execFile)(file, args, { timeout: TIMEOUT_MS });
  const [sent = 0, received = 0, cpuNs = 0] = stdout.trim().split(' ').map(Number);
  const usPerPacket = cpuNs / 1000 / received;
  return { ...at, subject: FLOOR, forwarded: received, lossRatio: 1 - received / sent, usPerPacket, load: loadavg()[0] ?? 0 };
}
