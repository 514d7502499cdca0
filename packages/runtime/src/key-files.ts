import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const OWNER_ONLY = 0o600;

/** The file's text, or undefined if there is none. */
export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Replaces a file in one step, so that a reader sees the old text or the new and never a part. Only the owner can read it. */
export async function writeWhole(path: string, text: string, mode: number = OWNER_ONLY): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, text, { mode, flag: 'wx' });
  await rename(draft, path);
}

/**
 * The file's text, which `make` gives if there is no file yet. Several processes that make it at once end up with the same; only the
 * owner can read it, and it is on the disk before anybody uses it.
 */
export async function createOnce(path: string, make: () => string): Promise<string> {
  const found = await readIfPresent(path);
  if (found !== undefined) return found;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  await writeSynced(draft, make());
  // A link fails where a rename would overwrite: the first process wins and nobody ever reads half a file.
  await link(draft, path).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
  await rm(draft);
  return readFile(path, 'utf8');
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', OWNER_ONLY);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Makes a directory with its files in one step. If another process was first, its directory stays and ours is dropped.
 */
export async function createDirectoryOnce(path: string, files: Readonly<Record<string, string>>): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  await mkdir(draft, { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(files)) await writeFile(join(draft, name), text, { mode: OWNER_ONLY });
  try {
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { recursive: true });
    if (!(error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST'))) throw error;
  }
}
