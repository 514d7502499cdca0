import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkpointLine, createSampleLog } from '@conclave/testkit/sample-log';
import { findTcpPort } from '@conclave/testkit/ports';
import { afterAll, describe, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'conclave-cli-'));
afterAll(() => rmSync(directory, { recursive: true }));

function conclave(args: readonly string[], env: Record<string, string> = {}): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, INIT_CWD: directory, CONCLAVE_DATA_DIR: join(directory, 'data'), ...env } };
    execFile(process.execPath, [MAIN, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

describe('the command line', () => {
  test('lists its commands when it is asked, and when it is called without one', async () => {
    expect(await conclave(['--help'])).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('\n  log export [FILE]') });
    expect(await conclave([])).toMatchObject({ code: 2, stdout: expect.stringContaining('\n  start\n') });
  });

  test.each([
    [['log'], 'There is no command "log".'],
    [['constructor'], 'There is no command "constructor".'],
    [['log', 'prove'], 'log prove is not called like this.\n\nconclave log prove SEQ\n'],
    [['log', 'consistency', '1'], 'log consistency is not called like this.'],
    [['log', 'prove', '1', '--team', 'x'], 'log prove takes no --team.\n\nconclave log prove SEQ\n'],
    [['log', 'verify', 'file'], '--key is missing.\n\nconclave log verify FILE --key KEY'],
    [['log', 'prove', '1', '--force'], "Unknown option '--force'"],
  ])('says what is wrong with %j', async (args, text) => {
    const { code, stdout, stderr } = await conclave(args);
    expect({ code, stdout, start: stderr.slice(0, text.length) }).toEqual({ code: 2, stdout: '', start: text });
  });
});

describe('the event log from the command line', () => {
  test('[E2] is verified without a configuration and without a database, files being meant from where one stands', async () => {
    const log = createSampleLog();
    const lines = [log.header(2), log.entry(), log.entry(), checkpointLine(log.checkpoint())];
    writeFileSync(join(directory, 'log.jsonl'), lines.map((line) => `${line}\n`).join(''));
    writeFileSync(join(directory, 'key'), log.verifierKey);
    writeFileSync(join(directory, 'kept'), log.checkpoint());
    const broken = { CONCLAVE_HTTPS_PORT: 'none', DATABASE_URL: 'none' };
    const outcome = await conclave(['log', 'verify', 'log.jsonl', '--key', 'key', '--checkpoint', 'kept', '--json'], broken);
    expect(JSON.parse(outcome.stdout)).toMatchObject({ ok: true, entries: 2, kept: 1 });
    expect(await conclave(['log', 'verify', '-x', '--key', 'key'])).toMatchObject({ code: 2 });
    expect(await conclave(['log', 'verify', 'nowhere', '--key', 'key'])).toMatchObject({ code: 2, stderr: 'there is no file nowhere\n' });
  });

  test('an export that fails leaves no file behind', async () => {
    const before = readdirSync(directory);
    const away = { DATABASE_URL: `postgres://nobody@127.0.0.1:${await findTcpPort()}/nothing` };
    const failed = await conclave(['log', 'export', 'export.jsonl'], away);
    expect(failed).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('the database does not answer') });
    expect(readdirSync(directory).filter((name) => name !== 'data' && !before.includes(name))).toEqual([]);
    const nowhere = await conclave(['log', 'export', 'no/where.jsonl'], away);
    expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining('no/where.jsonl cannot be written') });
  });
});
