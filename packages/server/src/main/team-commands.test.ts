import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createLog } from '@conclave/runtime/log';
import { expectAccounted, watchChanges } from '@conclave/testkit/changes';
import { createTestDatabase } from '@conclave/testkit/database';
import { expect, test } from 'vitest';
import { connectDatabase } from '../db/connection.ts';
import { migrate } from '../db/migrate.ts';

const PROGRAM = fileURLToPath(new URL('admin.ts', import.meta.url));
const execute = promisify(execFile);

test('[E1] each command from a shell writes its event, and keys are told by their ids alone', async () => {
  await using stack = new AsyncDisposableStack();
  const { url } = stack.use(await createTestDatabase());
  const dataDir = stack.adopt(await mkdtemp(join(tmpdir(), 'conclave-shell-')), (folder) => rm(folder, { recursive: true }));
  const log = createLog({ logLevel: 'silent' }, 'test');
  const db = stack.adopt(connectDatabase({ url, log }), (open) => open.destroy());
  await migrate(db, log);
  const changes = await watchChanges(db);
  const env = { DATABASE_URL: url, CONCLAVE_DATA_DIR: dataDir, CONCLAVE_HOST: 'meet.example' };
  const run = async (...args: string[]) => {
    const { stdout } = await execute(process.execPath, [PROGRAM, ...args, '--json'], { env });
    const transactions = await changes.take();
    expectAccounted(transactions);
    return { stdout, events: transactions.flatMap(({ events }) => events.map((event) => event.name)) };
  };

  expect((await run('team', 'create', '--name', 'Harbour')).events).toEqual(['team.created']);
  const created = await run('key', 'create', '--team', 'harbour');
  expect(created.events).toEqual(['developer_key.created']);
  const listed = await run('key', 'list');
  expect(listed.events).toEqual([]);
  expect(listed.stdout).not.toContain(JSON.parse(created.stdout).developer_key);
  const [key] = JSON.parse(listed.stdout);
  expect(key).toMatchObject({ key_id: expect.any(String), revoked_at: null });
  const revoked = await run('key', 'revoke', '--key', key.key_id);
  expect(revoked).toEqual({
    stdout: `${JSON.stringify({ key_id: key.key_id, team_id: key.team_id })}\n`,
    events: ['developer_key.revoked'],
  });
  await expect(run('key', 'revoke', '--key', key.key_id)).rejects.toMatchObject({ stderr: `there is no key ${key.key_id} that is good\n` });
  expect(await changes.take()).toEqual([]);
}, 60_000);
