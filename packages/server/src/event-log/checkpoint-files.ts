import { mkdir, open, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '@conclave/runtime/key-files';

/** Much more than the longest line there can be. */
const TAIL_BYTES = 65_536;

/** A signed checkpoint as it is kept. */
export interface KeptCheckpoint {
  /** ISO 8601, UTC */
  readonly signedAt: string;
  /** The signed note. */
  readonly checkpoint: string;
}

/**
 * The checkpoints outside the database: `history.jsonl`, a line each, only ever appended to, and `latest`, the newest note alone.
 * Everything throws what the file system throws.
 */
export interface CheckpointFiles {
  /** The newest of the history; null if there is none; `unreadable` if its last line is not one that we wrote. */
  last(): Promise<KeptCheckpoint | 'unreadable' | null>;
  /** On the disk when it resolves. */
  add(kept: KeptCheckpoint): Promise<void>;
}

/** @param dir made on the first use, readable for others: checkpoints are public */
export function createCheckpointFiles(dir: string): CheckpointFiles {
  const history = join(dir, 'history.jsonl');
  return {
    last: async () => {
      const { lines } = await readTail(history);
      const line = lines.at(-1);
      return line === undefined ? null : parseLine(line);
    },
    add: async (kept) => {
      await mkdir(dir, { recursive: true, mode: 0o755 });
      const { endsAt, length } = await readTail(history);
      // Half a line, of a process that was killed while it wrote: it was never published.
      if (endsAt < length) await truncate(history, endsAt);
      await appendSynced(history, `${JSON.stringify(kept)}\n`);
      await writeWhole(join(dir, 'latest'), kept.checkpoint, 0o644);
    },
  };
}

function parseLine(line: string): KeptCheckpoint | 'unreadable' {
  try {
    const kept = JSON.parse(line) as Partial<KeptCheckpoint> | null;
    if (typeof kept?.checkpoint !== 'string' || typeof kept.signedAt !== 'string' || Number.isNaN(Date.parse(kept.signedAt)))
      return 'unreadable';
    return { signedAt: kept.signedAt, checkpoint: kept.checkpoint };
  } catch {
    return 'unreadable';
  }
}

/** The last whole lines, where they end and how long the file is. */
async function readTail(path: string): Promise<{ lines: string[]; endsAt: number; length: number }> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (file === null) return { lines: [], endsAt: 0, length: 0 };
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    const whole = buffer.subarray(0, buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1);
    const lines = whole.toString('utf8').split('\n').slice(0, -1);
    return { lines, endsAt: start + whole.length, length: size };
  } finally {
    await file.close();
  }
}

async function appendSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'a', 0o644);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
