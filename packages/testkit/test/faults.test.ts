import { expect, test } from 'vitest';
import { runFaults } from '../src/faults/run.ts';

test('[E1] [E2] with server and database killed under load, nothing acknowledged is lost or doubled and the log verifies', async () => {
  const result = await runFaults({ server: 5, database: 2, seed: 20_261_124, exportEvery: 4 });
  expect(result).toMatchObject({ killed: { server: 5, database: 2 }, exportsJudged: 2 });
  const { messages, joins, renames, rooms } = result.acknowledged;
  expect(
    [messages, joins, renames, rooms].every((count) => count > 5),
    'the load was acknowledged',
  ).toBe(true);
}, 180_000);
