import { open, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { lineOf } from './record.ts';
import type { Sink } from './sink.ts';

const NEWLINE = 0x0a;

/**
 * Appends events as lines of JSON and has the disk confirm them (fsync). The file is made with rights for its owner alone; when it was
 * renamed away or removed, as logrotate does, the next line goes to a new one. A line that a crash has torn is ended before going on.
 */
export function createFileSink(path: string): Sink {
  let file: FileHandle | null = null;

  async function close(): Promise<void> {
    const closing = file;
    file = null;
    await closing?.close();
  }

  async function current(): Promise<FileHandle> {
    if (file && !(await isAt(path, file))) await close();
    file ??= await openAtLineEnd(path);
    return file;
  }

  return {
    confirmAfterMs: 0,
    send: async (records) => {
      if (records.length > 0) await (await current()).appendFile(records.map((record) => `${lineOf(record)}\n`).join(''));
    },
    confirm: async () => await file?.sync(),
    // After a failed write the file may end in a torn line: opening it anew looks.
    abandon: close,
  };
}

async function isAt(path: string, file: FileHandle): Promise<boolean> {
  const [there, ours] = await Promise.all([stat(path).catch(() => null), file.stat()]);
  return there?.ino === ours.ino && there.dev === ours.dev;
}

async function openAtLineEnd(path: string): Promise<FileHandle> {
  await using began = new AsyncDisposableStack();
  const file = began.adopt(await open(path, 'a+', 0o600), (opened) => opened.close());
  const { size } = await file.stat();
  if (size === 0) await syncDirectory(dirname(path));
  const last = size === 0 ? null : (await file.read({ buffer: Buffer.alloc(1), position: size - 1 })).buffer[0];
  if (last !== null && last !== NEWLINE) await file.appendFile('\n');
  began.move();
  return file;
}

/** Makes a new name in it last. */
async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r');
  await directory.sync();
}
