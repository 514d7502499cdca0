import { execFile } from 'node:child_process';
import { cp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemCause, visitorCause } from '@conclave/server/event-log/cause';
import type { NewEvent } from '@conclave/server/event-log/event-log';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createSampleLog } from '../src/sample-log.ts';
import { startLogUnderAttack, takeNoteApart, type LogUnderAttack } from '../src/tampering.ts';

const stack = new AsyncDisposableStack();
let log: LogUnderAttack;
let key: string;
/** What somebody elsewhere has kept: every checkpoint up to 700 entries. */
let kept: string;

const renamed = (name: string): NewEvent => ({
  name: 'participant.renamed',
  by: { ...visitorCause('192.0.2.7'), person: 'participant x' },
  personal: { name },
  data: {},
});
const events = (count: number, name: string) => Array.from({ length: count }, (_, index) => renamed(`${name} ${index % 10}`));
const file = (name: string) => join(log.scratch, name);

/** 700 entries, signed after 300, 600 and 700. */
beforeAll(async () => {
  log = stack.use(await startLogUnderAttack());
  key = (await log.conclave('log', 'key')).stdout.trim();
  for (const size of [300, 600, 700]) {
    await log.append(events(size === 700 ? 100 : 300, 'Ann'));
    const { code, stderr } = await log.conclave('log', 'checkpoint');
    if (code !== 0) throw new Error(stderr);
    await log.save(`at_${size}`);
  }
  kept = file('kept.jsonl');
  await cp(log.history, kept);
});
afterEach(async () => {
  await log.restore('at_700');
  await cp(kept, log.history);
});
afterAll(() => stack.disposeAsync());

/** What `conclave log verify` says of an export made now; the export's name is left out. */
async function judge(...options: string[]): Promise<{ code: number; said: string }> {
  await log.export(file('export.jsonl'));
  const { code, stdout, stderr } = await log.conclave('log', 'verify', 'export.jsonl', '--key', key, ...options);
  return { code, said: `${stdout}${stderr}`.trim() };
}
const withKept = () => ['--checkpoint', kept];
const notAsSigned = { code: 1, said: 'entries 300 to 599 are not what the checkpoint of size 600 signed' };

// Each look at the log starts two or three processes.
const TIMEOUT = { timeout: 180_000 };

describe('[E2] the log as the server wrote it', TIMEOUT, () => {
  test('verifies from the command line, is for its owner alone and says that it was exported', async () => {
    expect(await log.conclave('log', 'export', 'export.jsonl')).toMatchObject({ code: 0 });
    const { code, stdout } = await log.conclave('log', 'verify', 'export.jsonl', '--key', key, ...withKept());
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^The log is whole, and is what was signed\.$/m) });
    expect(stdout).toContain('checkpoints  3 in the log, 3 kept elsewhere; the newest that fits has size 700');
    expect((await stat(file('export.jsonl'))).mode & 0o777).toBe(0o600);
    expect(await log.entry(700)).toContain('"name":"log.exported"');
    const readable = await log.conclave('log', 'export', 'readable.jsonl', '--readable');
    expect(readable.code).toBe(0);
    const entry = (await readFile(file('readable.jsonl'), 'utf8')).split('\n')[8] ?? '';
    expect(JSON.parse(entry).personal).toEqual({ name: 'Ann 7', address: '192.0.2.7', network: '192.0.2.0/24' });
    expect(await log.conclave('log', 'verify', 'readable.jsonl', '--key', key)).toMatchObject({ code: 0 });
  });

  test('proves single entries, and that it begins with what it was', async () => {
    for (const seq of [0, 256, 699]) {
      const { stdout: proof } = await log.conclave('log', 'prove', String(seq));
      await writeFile(file('entry.tlog-proof'), proof);
      const verdict = await log.conclave('log', 'verify', 'entry.tlog-proof', '--key', key, '--json');
      expect(JSON.parse(verdict.stdout)).toMatchObject({ ok: true, entry: seq, content: { seq, name: 'participant.renamed' } });
      await writeFile(file('entry.tlog-proof'), proof.replace(/^index \d+$/m, `index ${seq + 1}`));
      expect(await log.conclave('log', 'verify', 'entry.tlog-proof', '--key', key)).toMatchObject({ code: 1 });
    }
    const notes = (await readFile(kept, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).checkpoint as string);
    for (const [older, newer] of [
      [0, 2],
      [1, 2],
    ] as const) {
      const sizes = [300, 600, 700];
      const { stdout: proof } = await log.conclave('log', 'consistency', String(sizes[older]), String(sizes[newer]));
      await writeFile(file('old'), notes[older] ?? '');
      await writeFile(file('new'), notes[newer] ?? '');
      await writeFile(file('proof'), proof);
      expect(await log.conclave('log', 'verify-consistency', 'old', 'new', 'proof', '--key', key)).toMatchObject({ code: 0, stderr: '' });
      expect(await log.conclave('log', 'verify-consistency', 'old', 'proof', '--key', key)).toMatchObject({ code: 0, stderr: '' });
      await writeFile(file('proof'), proof.replace(/\n[A-Za-z0-9+/]{43}=\n/, `\n${'A'.repeat(43)}=\n`));
      const forged = await log.conclave('log', 'verify-consistency', 'old', 'proof', '--key', key);
      expect(forged.code).toBe(1);
    }
  });

  test('has checkpoints whose signature OpenSSL accepts', async () => {
    const { text, signature, pem } = await takeNoteApart(join(log.dataDir, 'checkpoints', 'latest'), key);
    expect(text).toMatch(/^meet\.example\/conclave-log\n\d+\n[A-Za-z0-9+/]{43}=\n$/);
    const verify = async (content: string) => {
      await Promise.all([writeFile(file('text'), content), writeFile(file('signature'), signature), writeFile(file('key.pem'), pem)]);
      const args = [
        'pkeyutl',
        '-verify',
        '-rawin',
        '-pubin',
        '-inkey',
        file('key.pem'),
        '-in',
        file('text'),
        '-sigfile',
        file('signature'),
      ];
      return promisify(execFile)('openssl', args).then(
        ({ stdout }) => stdout.trim(),
        () => 'refused',
      );
    };
    expect(await verify(text)).toBe('Signature Verified Successfully');
    expect(await verify(text.replace('meet', 'neet'))).toBe('refused');
  });

  test('holds each event in one line, whatever people are called', async () => {
    const hostile = [
      '\r\n{"entry":{}}',
      '\u001b[2J\u001b[31m',
      '\u0000',
      '\u202eevil\u2066',
      'x'.repeat(10_000),
      '\ud800',
      '\u2028\u0085\ufeff',
    ];
    const named = hostile.flatMap((name): NewEvent[] => [
      renamed(name),
      { name: 'team.created', by: systemCause('test'), data: { name, slug: 'a', onPlainHost: false } },
    ]);
    await log.append(named);
    const { code, said } = await judge(...withKept());
    expect(code).toBe(0);
    expect(said).not.toMatch(/[^\n -~]/);
    await log.conclave('log', 'export', 'readable.jsonl', '--readable');
    expect(await log.conclave('log', 'verify', 'readable.jsonl', '--key', key)).toMatchObject({ code: 0 });
    for (const name of ['export.jsonl', 'readable.jsonl']) {
      const lines = (await readFile(file(name), 'utf8')).trimEnd().split('\n');
      const found = lines
        .filter((line) => line.includes('"name":"team.created"'))
        .map((line) => JSON.parse(line).entry.data.name as string);
      expect(found).toEqual(hostile.map((text) => text.toWellFormed()));
      // oxlint-disable-next-line no-control-regex -- what must not be there
      expect(lines.filter((line) => /[\u0000-\u001f]/.test(line))).toEqual([]);
    }
  });
});

describe('[E2] who can do everything in the database is found out', TIMEOUT, () => {
  test('changing one byte of an event', async () => {
    const text = await log.entry(417);
    await log.rewrite(new Map([[417, text.replace('"done"', '"dome"')]]), { leaves: false, subtrees: false });
    expect(await judge()).toEqual({ code: 1, said: 'entry 417: its content does not match its hash' });
  });

  test('changing an event so that it is no JSON any more', async () => {
    await log.rewrite(new Map([[417, (await log.entry(417)).replace('"actor":', '"actor"')]]), { leaves: false, subtrees: false });
    expect(await judge()).toEqual({ code: 1, said: 'entry 417: its content does not match its hash' });
    const readable = await log.conclave('log', 'export', 'readable.jsonl', '--readable');
    expect(readable.code).toBe(0);
  });

  test('changing an event and its hash, and the hashes above it', async () => {
    const changes = new Map([[417, (await log.entry(417)).replace('"done"', '"not_allowed"')]]);
    await log.rewrite(changes, { leaves: true, subtrees: false });
    expect(await judge()).toEqual(notAsSigned);
    await log.rewrite(changes, { leaves: true, subtrees: true });
    expect(await judge()).toEqual(notAsSigned);
  });

  test('deleting an event', async () => {
    await log.attack('delete from event_log_entries where seq = 417');
    expect(await judge()).toEqual({ code: 1, said: 'entry 417 is missing' });
  });

  test('deleting an event and moving up those behind it', async () => {
    await log.attack('delete from event_log_entries where seq = 417');
    await log.attack('update event_log_entries set seq = -seq where seq > 417');
    await log.attack('update event_log_entries set seq = -seq - 1 where seq < 0');
    await log.attack('update event_log_head set size = 699');
    expect(await judge()).toEqual({ code: 1, said: 'entry 417 is missing' });
  });

  test('swapping two events, with and without their numbers', async () => {
    const [a, b] = [await log.entry(417), await log.entry(418)];
    await log.rewrite(
      new Map([
        [417, b],
        [418, a],
      ]),
      { leaves: true, subtrees: true },
    );
    expect(await judge()).toEqual({ code: 1, said: 'entry 417 is not in its place: entry 418 stands there' });
    const renumbered = new Map([
      [417, b.replace('"seq":418', '"seq":417')],
      [418, a.replace('"seq":417', '"seq":418')],
    ]);
    await log.rewrite(renumbered, { leaves: false, subtrees: false });
    expect(await judge()).toEqual({ code: 1, said: 'entry 417: its content does not match its hash' });
    await log.rewrite(renumbered, { leaves: true, subtrees: true });
    expect(await judge()).toEqual(notAsSigned);
  });

  test('cutting the tail', async () => {
    await log.attack('delete from event_log_entries where seq >= 650');
    expect((await judge()).said).toMatch(
      /^the log ends at 650, but its header says that there are 70\d entries$|^entries 650 to 699 are missing$/,
    );
    await log.restore('at_700');
    await log.attack('delete from event_log_entries where seq >= 650');
    await log.attack('update event_log_head set size = 650');
    await log.attack('delete from event_log_checkpoints where size > 650');
    expect(await log.conclave('log', 'checkpoint')).toMatchObject({ code: 1, stderr: expect.stringContaining('not signed') });
    const { code, said } = await judge(...withKept());
    const lost = 'shows that there were more: its last 50 were cut off, or this is an older copy';
    expect({ code, said }).toEqual({ code: 1, said: `the log ends at 650, but the checkpoint of size 700 (${kept}) ${lost}` });
  });

  test('putting back an older copy, also when the log has gone on since', async () => {
    await log.restore('at_600');
    const older = await judge(...withKept());
    expect(older).toEqual({ code: 1, said: expect.stringContaining('its last 100 were cut off, or this is an older copy') });
    await log.restore('at_600');
    await log.append(events(150, 'Eve'));
    expect(await log.conclave('log', 'checkpoint')).toMatchObject({ code: 1, stderr: expect.stringContaining('not signed') });
    expect(await judge(...withKept())).toEqual({
      code: 1,
      said: `entries 600 to 699 are not what the checkpoint of size 700 (${kept}) signed`,
    });
  });

  test('a fork: the server refuses to sign it, and who kept a checkpoint sees it even if it was signed', async () => {
    await log.restore('at_300');
    await log.attack('delete from event_log_entries where seq >= 200');
    await log.attack('update event_log_head set size = 200');
    await log.attack('truncate event_log_subtrees');
    await log.attack('truncate event_log_checkpoints');
    await log.append(events(500, 'Eve'));
    const refused = await log.conclave('log', 'checkpoint');
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('not signed') });
    expect(await judge()).toEqual({ code: 1, said: 'no checkpoint vouches for any of the 700 entries' });
    await rm(log.history); // now the attacker is on the host, too
    expect(await log.conclave('log', 'checkpoint')).toMatchObject({ code: 0 });
    expect(await judge()).toMatchObject({ code: 0 });
    expect(await judge(...withKept())).toEqual({
      code: 1,
      said: `entries 0 to 299 are not what the checkpoint of size 300 (${kept}) signed`,
    });
  });

  test('pretending that retention cut an event', async () => {
    const columns = ['id', 'at', 'category', 'name', 'actor_kind', 'actor_id', 'session_id', 'target_id', 'result', 'entry'];
    await log.attack(`update event_log_entries set ${columns.map((column) => `${column} = null`).join(', ')} where seq = 417`);
    expect(await judge()).toEqual({ code: 1, said: 'entry 417 was cut out, and no log.cut event names it' });
  });

  test('checkpoints of another key or another place', async () => {
    const other = createSampleLog('meet.example/conclave-log');
    const put = (note: string) => log.attack('update event_log_checkpoints set note = $1 where size = 600', [note]);
    await put(other.checkpoint());
    const { code, said } = await judge();
    expect({ code, said }).toEqual({
      code: 1,
      said: expect.stringMatching(/^the checkpoint in line 603 of .* is not signed by the key meet\.example/),
    });
    const [first = ''] = (await readFile(kept, 'utf8')).split('\n');
    await put(JSON.parse(first).checkpoint as string);
    expect(await judge()).toEqual({ code: 1, said: 'the checkpoint of size 300 stands after 600 entries' });
    const ours = await log.conclave('log', 'verify', 'export.jsonl', '--key', other.verifierKey);
    expect(ours).toMatchObject({ code: 1, stderr: expect.stringContaining('is not signed by the key') });
  });
});
