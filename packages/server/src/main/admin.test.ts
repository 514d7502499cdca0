import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTestDatabase } from '@conclave/testkit/database';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('admin.ts', import.meta.url));
const stack = new AsyncDisposableStack();
let env: Record<string, string>;

beforeAll(async () => {
  const database = stack.use(await createTestDatabase());
  const dataDir = await mkdtemp(join(tmpdir(), 'conclave-admin-'));
  stack.defer(() => rm(dataDir, { recursive: true }));
  env = { DATABASE_URL: database.url, CONCLAVE_DATA_DIR: dataDir, CONCLAVE_HOST: 'meet.example', CONCLAVE_HTTPS_PORT: '443' };
});
afterAll(() => stack.disposeAsync());

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

function run(args: string[], change: Record<string, string> = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...args], { env: { ...env, ...change } }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

describe('administration from a shell', () => {
  test('makes teams and keys before anybody has set up; the first team answers on the plain host', async () => {
    const first = JSON.parse((await run(['team', 'create', '--name', 'Harbour Café', '--json'])).stdout);
    const second = JSON.parse((await run(['team', 'create', '--name', 'Quay', '--json'])).stdout);
    expect([first, second]).toEqual([
      { team_id: expect.any(String), name: 'Harbour Café', host: 'meet.example' },
      { team_id: expect.any(String), name: 'Quay', host: 'quay.meet.example' },
    ]);
    expect(JSON.parse((await run(['team', 'list', '--json'])).stdout)).toEqual([first, second]);
    for (const reference of ['quay', second.team_id]) {
      expect(JSON.parse((await run(['key', 'create', '--team', reference, '--json'])).stdout)).toEqual({
        team_id: second.team_id,
        developer_key: expect.stringMatching(/^[\w-]{43}$/),
      });
    }
  }, 60_000);

  test.each([
    [['team', 'create', '--name', 'QUAY'], 'there is a team named "QUAY" already'],
    [['team', 'create', '--name', '  '], '--name wants a name of 1 to 100 characters'],
    [['key', 'create', '--team', 'Nobody'], 'there is no team named "Nobody"'],
    [['team', 'destroy'], 'usage: team create --name NAME'],
    [['team', 'list', '--force'], "Unknown option '--force'"],
  ])(
    '%j ends with 1 and one line that says why',
    async (args, text) => {
      const { code, stdout, stderr } = await run(args);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain(text);
      expect(stderr).not.toContain('    at ');
    },
    60_000,
  );

  test('a database that is away is named as the cause, without its password', async () => {
    const { code, stderr } = await run(['team', 'list'], { DATABASE_URL: 'postgres://conclave:hidden-password@127.0.0.1:1/none' });
    expect([code, stderr]).toEqual([1, 'the database does not answer (unavailable)\n']);
  }, 60_000);
});
