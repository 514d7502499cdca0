import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startPlatform } from '../src/platform.ts';

test('a configured file gets every event of the platform once, over a restart of the server too', async () => {
  await using ends = new AsyncDisposableStack();
  const directory = ends.adopt(await mkdtemp(join(tmpdir(), 'conclave-sinks-')), (folder) => rm(folder, { recursive: true }));
  const file = join(directory, 'events.jsonl');
  const platform = ends.use(await startPlatform({ env: { CONCLAVE_LOG_SINKS: `file://${file}` } }));
  await platform.createRoom();
  await platform.restartServer();
  await platform.createRoom();
  const read = async () => (await readFile(file, 'utf8').catch(() => '')).split('\n').slice(0, -1);
  const events = async () => (await read()).map((line) => JSON.parse(line) as { seq: number; name: string });
  await expect.poll(async () => (await events()).filter(({ name }) => name === 'room.created').length, { timeout: 10_000 }).toBe(2);
  const told = await events();
  expect(told.map(({ seq }) => seq)).toEqual(told.map((_, index) => index));
  expect(told.filter(({ name }) => name === 'server.started')).toHaveLength(2);
});
