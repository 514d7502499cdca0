import { appendFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestDatabase } from '@conclave/testkit/database';
import { describe, expect, test } from 'vitest';
import { openCheckpoint } from './checkpoint.ts';
import { loadSigningKey } from './signing-key.ts';
import { startTestLog } from './test-log.ts';
import { LogInconsistent, rootAt } from './tree.ts';

const historyOf = (t: { config: { checkpointDir: string } }) => join(t.config.checkpointDir, 'history.jsonl');

async function linesOf(path: string): Promise<{ signedAt: string; checkpoint: string }[]> {
  const text = await readFile(path, 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { signedAt: string; checkpoint: string });
}

describe('the signing key', () => {
  test('is made once, also by several processes at once, only its owner may read it, and it keeps its name', async () => {
    await using t = await startTestLog(await createTestDatabase());
    const keys = await Promise.all(['a.test', 'b.test', 'c.test'].map((host) => loadSigningKey(join(t.config.dataDir, 'other'), host)));
    expect(new Set(keys.map((key) => key.verifierKey)).size).toBe(1);
    expect(await readdir(join(t.config.dataDir, 'other/secrets'))).toEqual(['log-signing.key']);
    expect((await stat(join(t.config.dataDir, 'other/secrets/log-signing.key'))).mode & 0o777).toBe(0o600);
    expect((await loadSigningKey(t.config.dataDir, 'renamed.test')).name).toBe('meet.test/conclave-log');
  });

  test('a damaged file is named and never replaced', async () => {
    await using t = await startTestLog(await createTestDatabase());
    await writeFile(join(t.config.dataDir, 'secrets/log-signing.key'), 'nonsense\n');
    await expect(loadSigningKey(t.config.dataDir, 'meet.test')).rejects.toThrow('log-signing.key is not a signing key');
  });
});

describe('[E2] signing', () => {
  test('puts the checkpoint into the history, the file of the newest and the database, and only when the log grew', async () => {
    await using t = await startTestLog(await createTestDatabase());
    expect(await t.sign()).toBeNull();
    await t.add(3);
    const signed = await t.sign();
    expect(openCheckpoint(signed?.note ?? '', t.signer)).toEqual({
      origin: 'meet.test/conclave-log',
      size: 3,
      root: await rootAt(t.db, 3),
    });
    expect((await t.sign())?.note).toBe(signed?.note);
    await t.add(1);
    const second = await t.sign();
    expect(await linesOf(historyOf(t))).toEqual(
      [signed, second].map((each) => ({ signedAt: '2026-11-24T09:00:00.000Z', checkpoint: each?.note })),
    );
    expect(await readFile(join(t.config.checkpointDir, 'latest'), 'utf8')).toBe(second?.note);
    const rows = await t.db.selectFrom('event_log_checkpoints').select(['size', 'note']).orderBy('size').execute();
    expect(rows).toEqual([
      { size: '3', note: signed?.note },
      { size: '4', note: second?.note },
    ]);
  });

  test('two processes at once sign one after the other', async () => {
    await using t = await startTestLog(await createTestDatabase());
    await t.add(2);
    const [one, other] = await Promise.all([t.sign(), t.sign()]);
    expect(one?.note).toBe(other?.note);
    expect(await linesOf(historyOf(t))).toHaveLength(1);
  });

  test('a process killed between the file and the row leaves the row to the next, and half a line to nobody', async () => {
    await using t = await startTestLog(await createTestDatabase());
    await t.add(2);
    const signed = await t.sign();
    await t.db.deleteFrom('event_log_checkpoints').execute();
    await appendFile(historyOf(t), '{"signedAt":"2026-11-24T09:01:00.0');
    expect((await t.sign())?.note).toBe(signed?.note);
    expect(await t.db.selectFrom('event_log_checkpoints').select('note').execute()).toEqual([{ note: signed?.note }]);
    await t.add(1);
    await t.sign();
    expect(await linesOf(historyOf(t))).toHaveLength(2);
  });

  test('without the files it goes on from the database, and says so', async () => {
    await using t = await startTestLog(await createTestDatabase());
    await t.add(2);
    await t.sign();
    await rm(t.config.checkpointDir, { recursive: true });
    await t.add(1);
    expect((await t.sign())?.size).toBe(3);
    expect(t.lines.join('')).toContain('older than the database');
  });

  test('a directory that cannot be written signs nothing, neither outside nor in the database', async () => {
    await using t = await startTestLog(await createTestDatabase());
    await t.add(2);
    await writeFile(t.config.checkpointDir, 'a file where the directory should be');
    await expect(t.sign()).rejects.toThrow('ENOTDIR');
    expect(await t.db.selectFrom('event_log_checkpoints').selectAll().execute()).toEqual([]);
    await rename(t.config.checkpointDir, `${t.config.checkpointDir}.away`);
    expect((await t.sign())?.size).toBe(2);
  });
});

describe('[E2] nothing is signed', () => {
  const drop = 'delete from event_log_entries where seq >= 2';
  const changed = `update event_log_entries set entry = replace(entry, '"done"', '"banned"')`;
  const rehashed = `${changed}, leaf_hash = sha256('\\x00'::bytea || convert_to(replace(entry, '"done"', '"banned"'), 'UTF8'))`;
  const swapped = `update event_log_entries a set entry = b.entry, leaf_hash = b.leaf_hash from event_log_entries b`;

  test.each([
    ['one signed event was changed with its hash', [`${rehashed} where seq = 1`], 'the first 4 entries are not those that were signed'],
    ['signed events are gone', [drop, 'update event_log_head set size = 2'], 'the log has 2 entries, and 4 were signed'],
    ['the tail is gone, but the size is not', [drop], 'entries 0 to 3 are missing'],
    ['two signed events were swapped', [`${swapped} where (a.seq, b.seq) in ((1, 2), (2, 1))`], 'not those that were signed'],
    ['an unsigned event was changed', [`${changed} where seq = 4`], 'entry 4 is not what was hashed'],
    ['two unsigned events were swapped', [`${swapped} where (a.seq, b.seq) in ((4, 5), (5, 4))`], 'entry 4 is another one'],
    ['an unsigned event is missing', ['delete from event_log_entries where seq = 5'], 'entry 5 is missing'],
  ])('when %s', async (_what, statements, message) => {
    await using t = await startTestLog(await createTestDatabase());
    await t.add(4);
    const signed = await t.sign();
    await t.add(3);
    await t.tamper(...statements);
    await expect(t.sign()).rejects.toThrow(LogInconsistent);
    await expect(t.sign()).rejects.toThrow(message);
    expect(await linesOf(historyOf(t))).toEqual([{ signedAt: expect.any(String), checkpoint: signed?.note }]);
  });

  test('when an older copy of the database went on with other events', async () => {
    await using t = await startTestLog(await createTestDatabase());
    await t.add(4);
    await t.sign();
    await t.tamper(drop, 'update event_log_head set size = 2', 'delete from event_log_checkpoints');
    await t.add(5, 'Eve');
    await expect(t.sign()).rejects.toThrow('the first 4 entries are not those that were signed');
  });

  test('when a stored subtree is not that of its events', async () => {
    await using t = await startTestLog(await createTestDatabase());
    await t.add(10);
    await t.sign();
    await t.add(300);
    await t.tamper(`update event_log_subtrees set hash = sha256('other')`);
    await expect(t.sign()).rejects.toThrow('the stored hashes of the first 310 entries do not fit them');
  });

  test.each([
    ['is not a checkpoint', () => 'nonsense\n'],
    [
      'has another signature',
      (line: string) =>
        line
          .replace(/([A-Za-z])(=*\\n"\}\n)$/, (_all, letter: string, end: string) => `${letter === 'A' ? 'B' : 'A'}${end}`)
          .replace('\\n4\\n', '\\n3\\n'),
    ],
  ])('when the newest line outside %s', async (_what, change) => {
    await using t = await startTestLog(await createTestDatabase());
    await t.add(4);
    await t.sign();
    await t.add(1);
    await mkdir(t.config.checkpointDir, { recursive: true });
    await writeFile(historyOf(t), change(await readFile(historyOf(t), 'utf8')));
    await expect(t.sign()).rejects.toThrow('is not signed by this key');
  });
});
