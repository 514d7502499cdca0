import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@conclave/runtime/clock';
import { createLog } from '@conclave/runtime/log';
import { loadMasterKeys } from '@conclave/runtime/sealing';
import { createTestDatabase } from '@conclave/testkit/database';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectDatabase } from '../db/connection.ts';
import { migrate } from '../db/migrate.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';
import { memberPerson, systemCause } from '../event-log/cause.ts';
import { createEventLog, type EventLog } from '../event-log/event-log.ts';
import { createPersonKeys } from '../event-log/person-keys.ts';
import { openCheckpoint } from '../event-log/checkpoint.ts';

const PROGRAM = fileURLToPath(new URL('admin.ts', import.meta.url));
const VERIFIER = fileURLToPath(new URL('../../../cli/src/verify-log.ts', import.meta.url));
const stack = new AsyncDisposableStack();
let env: Record<string, string>;

beforeAll(async () => {
  const database = stack.use(await createTestDatabase());
  const dataDir = await mkdtemp(join(tmpdir(), 'conclave-admin-'));
  stack.defer(() => rm(dataDir, { recursive: true }));
  env = { DATABASE_URL: database.url, CONCLAVE_DATA_DIR: dataDir, CONCLAVE_HOST: 'meet.example', CONCLAVE_HTTPS_PORT: '443' };
});
afterAll(() => stack.disposeAsync());

async function withLog(work: (tx: Tx, eventLog: EventLog) => Promise<void>): Promise<void> {
  const { DATABASE_URL: url = '', CONCLAVE_DATA_DIR: dataDir = '' } = env;
  const log = createLog({ logLevel: 'silent' }, 'test');
  const db = connectDatabase({ url, log });
  const personKeys = createPersonKeys((await loadMasterKeys(dataDir)).persons);
  const eventLog = createEventLog({ clock: systemClock, personKeys, onAppended: () => undefined });
  try {
    await migrate(db, log);
    await inTransaction(db, (tx) => work(tx, eventLog));
  } finally {
    await db.destroy();
  }
}

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

function run(args: string[], change: Record<string, string> = {}): Promise<Outcome> {
  return start([PROGRAM, ...args], undefined, { ...env, ...change });
}

function start(args: string[], cwd?: string, environment: Record<string, string> = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env: environment, cwd }, (error, stdout, stderr) => {
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

  test('[E2] signs, exports and proves the log, and writes down that it exported', async () => {
    const key = (await run(['log', 'key'])).stdout;
    expect(key).toMatch(/^meet\.example\/conclave-log\+[0-9a-f]{8}\+[A-Za-z0-9+/]{43}[A-Za-z0-9+/=]\n$/);
    const note = (await run(['log', 'checkpoint'])).stdout;
    const { size } = openCheckpoint(note, { name: 'meet.example/conclave-log', verifierKey: key.trim() }) ?? { size: 0 };
    expect(size).toBeGreaterThan(0);
    const proof = await run(['log', 'prove', '--seq', '0']);
    expect([proof.code, proof.stdout.startsWith('c2sp.org/tlog-proof@v1\nextra '), proof.stdout.endsWith(note)]).toEqual([0, true, true]);
    const first = (await run(['log', 'export'])).stdout.trimEnd().split('\n');
    expect(first[0]).toBe(`{"format":"conclave-log/1","origin":"meet.example/conclave-log","size":${size}}`);
    expect(first.at(-1)).toBe(JSON.stringify({ checkpoint: note }));
    const second = (await run(['log', 'export', '--readable'])).stdout.trimEnd().split('\n');
    expect(second.slice(1, first.length).filter((line) => line.startsWith('{"entry"') && !line.includes('"personal":{'))).toEqual([]);
    expect(second.at(-2)).toContain('"name":"log.exported"');
    expect((await run(['log', 'consistency', '--old', String(size), '--new', String(size + 1)])).stdout).toMatch(
      new RegExp(`^old ${size}\n[\\s\\S]*\n\nmeet\\.example/conclave-log\n${size + 1}\n`),
    );
  }, 60_000);

  test('[E2] erases a person: nobody reads their name any more, and the log says so', async () => {
    await withLog(async (tx, eventLog) => {
      const by = { ...systemCause('test'), person: memberPerson('ann') };
      await eventLog.append(tx, { name: 'member.signed_out', by, personal: { name: 'Ann Arbor' }, data: {} });
    });
    expect((await run(['log', 'export', '--readable'])).stdout).toContain('"personal":{"name":"Ann Arbor"}');
    expect(JSON.parse((await run(['log', 'erase', '--person', 'member ann'])).stdout)).toEqual({ erased: 'ann' });
    const { stdout } = await run(['log', 'export', '--readable']);
    expect(stdout).toContain('"personal":{"name":null}');
    expect(stdout).not.toContain('Ann Arbor');
    expect(stdout).toContain('"name":"person.erased"');
  }, 60_000);

  test('[E2] the verifier, which knows nothing of the server, takes export, proof and consistency, and no changed export', async () => {
    const key = (await run(['log', 'key'])).stdout.trim();
    const folder = await mkdtemp(join(tmpdir(), 'conclave-verify-'));
    stack.defer(() => rm(folder, { recursive: true }));
    const keep = async (name: string, args: string[]) => {
      const { stdout } = await run(args);
      await writeFile(join(folder, name), stdout);
      return stdout;
    };
    const verify = (...args: string[]) => start([VERIFIER, ...args, '--key', key], folder);
    const older = await keep('older', ['log', 'checkpoint']);
    const text = await keep('log.jsonl', ['log', 'export']);
    const newer = await keep('newer', ['log', 'checkpoint']);
    const sizeOf = (note: string) => note.split('\n')[1] ?? '';
    await keep('entry.tlog-proof', ['log', 'prove', '--seq', '0']);
    await keep('consistency', ['log', 'consistency', '--old', sizeOf(older), '--new', sizeOf(newer)]);
    expect(await verify('log.jsonl', '--checkpoint', 'older')).toMatchObject({ code: 0, stderr: '' });
    expect(await verify('entry.tlog-proof')).toMatchObject({ code: 0, stderr: '' });
    expect(await verify('consistency', 'older', 'newer', 'consistency')).toMatchObject({ code: 0, stderr: '' });
    await writeFile(join(folder, 'log.jsonl'), text.replace('"name":"team.created"', '"name":"team.changed"'));
    expect(await verify('log.jsonl')).toMatchObject({ code: 1 });
  }, 60_000);

  test.each([
    [['log', 'prove'], '--seq wants a whole number'],
    [['log', 'prove', '--seq', '100000'], 'the log has no entry 100000'],
    [['log', 'consistency', '--old', '5', '--new', '2'], '--old must not be larger than --new'],
    [['log', 'consistency', '--old', '0', '--new', '9999'], 'there is no checkpoint of 9999 entries'],
    [['log', 'erase', '--person', 'somebody'], "--person wants 'member ID', 'participant ID' or 'external TEAM-ID ID'"],
    [['log', 'erase', '--person', 'member nobody'], 'the log knows nothing of that person'],
  ])(
    '%j ends with 1 and says why',
    async (args, text) => {
      expect(await run(args)).toEqual({ code: 1, stdout: '', stderr: expect.stringContaining(text) });
    },
    60_000,
  );

  test('a database that is away is named as the cause, without its password', async () => {
    const { code, stderr } = await run(['team', 'list'], { DATABASE_URL: 'postgres://conclave:hidden-password@127.0.0.1:1/none' });
    expect([code, stderr]).toEqual([1, 'the database does not answer (unavailable)\n']);
  }, 60_000);
});
