import { open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Config } from '@conclave/runtime/config';
import { runAdmin } from './admin.ts';
import { callersDirectory } from './callers-directory.ts';
import { UsageError } from './usage-error.ts';

const PROGRESS_MS = 500;

interface ExportOptions {
  /** Standard output unless given. */
  readonly file: string | undefined;
  readonly readable: boolean;
}

/**
 * Exports the event log. A file appears complete or not at all, for its owner's eyes only.
 * @throws UsageError when the file cannot be made
 */
export async function exportLog(config: Config, { file, readable }: ExportOptions): Promise<number> {
  const args = ['log', 'export', ...(readable ? ['--readable'] : [])];
  if (file === undefined) return runAdmin(config, args);
  const path = resolve(callersDirectory(), file);
  const partial = `${path}.${process.pid}.partial`;
  const handle = await open(partial, 'wx', 0o600).catch((error: unknown) => {
    throw new UsageError(`${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  });
  let code = 1;
  try {
    code = await runAdmin(config, args, { take: (chunks) => writeAll(handle, chunks) });
    await handle.sync();
    if (code === 0) await rename(partial, path);
  } finally {
    await handle.close();
    if (code !== 0) await unlink(partial);
  }
  return code;
}

/** Says on standard error, if somebody looks, how much is written, so that nobody thinks it hangs. */
async function writeAll(handle: FileHandle, chunks: AsyncIterable<Buffer>): Promise<void> {
  const say = (end = '') => void (process.stderr.isTTY && process.stderr.write(`\r${(bytes / 1e6).toFixed(1)} MB exported${end}`));
  let bytes = 0;
  let saidMs = performance.now();
  for await (const chunk of chunks) {
    await handle.appendFile(chunk);
    bytes += chunk.length;
    if (performance.now() - saidMs < PROGRESS_MS) continue;
    saidMs = performance.now();
    say();
  }
  say('\n');
}
