import { statfs } from 'node:fs/promises';
import type { Config } from '@conclave/runtime/config';
import type { Section } from './finding.ts';

const GIB = 1024 ** 3;
const FULL_BYTES = GIB;
const LOW_BYTES = 5 * GIB;
const LOW_SHARE = 0.1;

/** Room on the disk of the data directory, where the database grows, and of the checkpoints if that is another. */
export async function checkDisk({ dataDir, checkpointDir }: Pick<Config, 'dataDir' | 'checkpointDir'>, section: Section): Promise<void> {
  await checkFolder('disk', dataDir, section);
  if (!checkpointDir.startsWith(`${dataDir}/`)) await checkFolder('disk of checkpoints', checkpointDir, section);
}

async function checkFolder(what: string, folder: string, section: Section): Promise<void> {
  try {
    const { bavail, blocks, bsize, ffree, files } = await statfs(folder);
    judgeDisk(what, { folder, freeBytes: bavail * bsize, totalBytes: blocks * bsize, filesLeft: files === 0 ? 1 : ffree / files }, section);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    section.fail(
      what,
      `${folder} cannot be looked at (${code})`,
      'has Conclave been started once, and may this user read it? See CONCLAVE_DATA_DIR',
    );
  }
}

interface Disk {
  readonly folder: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** Share of the files that can still be made. */
  readonly filesLeft: number;
}

export function judgeDisk(what: string, { folder, freeBytes, totalBytes, filesLeft }: Disk, section: Section): void {
  const gib = (bytes: number) => (bytes / GIB).toFixed(1);
  const text = `${gib(freeBytes)} of ${gib(totalBytes)} GiB free at ${folder}`;
  if (freeBytes < FULL_BYTES) section.fail(what, text, 'make room: a database without room stops everything');
  else if (filesLeft < 0.02)
    section.fail(what, `hardly a file more can be made at ${folder}`, 'make room: the file system has run out of inodes');
  else if (freeBytes < LOW_BYTES || freeBytes / totalBytes < LOW_SHARE) section.warn(what, text, 'make room before it is full');
  else section.ok(what, text);
}
