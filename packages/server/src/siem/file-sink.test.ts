import { appendFile, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFileSink } from './file-sink.ts';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'conclave-file-sink-'));
  path = join(directory, 'events.jsonl');
});
afterEach(() => rm(directory, { recursive: true }));

/** Entries that are no events are enough to see where lines go. */
const record = (seq: number) => ({ seq, event: null, entry: 'x' });
const line = (seq: number) => `{"seq":${seq},"unreadable":"x"}\n`;

test('events are lines of a file that its owner alone may read', async () => {
  const sink = createFileSink(path);
  await sink.send([record(0), record(1)]);
  await sink.confirm();
  await sink.send([record(2)]);
  await sink.abandon();
  expect(await readFile(path, 'utf8')).toBe(line(0) + line(1) + line(2));
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('a file that was renamed or removed is left alone, and the next line begins a new one', async () => {
  const sink = createFileSink(path);
  await sink.send([record(0)]);
  await rename(path, `${path}.1`);
  await sink.send([record(1)]);
  await rm(path);
  await sink.send([record(2)]);
  await sink.abandon();
  expect([await readFile(`${path}.1`, 'utf8'), await readFile(path, 'utf8')]).toEqual([line(0), line(2)]);
});

test('a line that a crash has torn is ended, and the event is told again in a line of its own', async () => {
  await appendFile(path, `${line(0)}${line(1).slice(0, 9)}`);
  const sink = createFileSink(path);
  await sink.send([record(1)]);
  await sink.send([record(2)]);
  await sink.abandon();
  expect(await readFile(path, 'utf8')).toBe(`${line(0)}${line(1).slice(0, 9)}\n${line(1)}${line(2)}`);
});
