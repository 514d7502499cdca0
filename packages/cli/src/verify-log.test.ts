import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkpointLine, createSampleLog, type SampleLog } from '@conclave/testkit/sample-log';
import { afterAll, describe, expect, test } from 'vitest';

const VERIFIER = fileURLToPath(new URL('verify-log.ts', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'conclave-verify-log-'));
afterAll(() => rmSync(directory, { recursive: true }));

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

function run(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [VERIFIER, ...args], { cwd: directory }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}

let files = 0;
function save(content: string | Buffer): string {
  const file = join(directory, `file-${(files += 1)}`);
  writeFileSync(file, content);
  return file;
}

function verify(log: SampleLog, lines: readonly string[], ...options: string[]): Promise<Outcome> {
  return run(save(lines.map((line) => `${line}\n`).join('')), '--key', log.verifierKey, ...options);
}

/** A log of 30 entries with checkpoints after 10, 20 and 25. */
function makeLog() {
  const log = createSampleLog();
  const lines = [log.header(30)];
  const notes = new Map<number, string>();
  const at = new Map<number, number>();
  for (let seq = 0; seq < 30; seq += 1) {
    at.set(seq, lines.length);
    lines.push(log.entry());
    if (![10, 20, 25].includes(log.size())) continue;
    notes.set(log.size(), log.checkpoint());
    lines.push(checkpointLine(log.checkpoint()));
  }
  /** Where the entry is among the lines. */
  const place = (seq: number) => at.get(seq) ?? Number.NaN;
  const note = (size: number) => notes.get(size) ?? '';
  return { log, lines, place, note, line: (seq: number) => lines[place(seq)] ?? '' };
}

/** The fault, which is one line, and nothing else. */
async function faultOf(outcome: Promise<Outcome>): Promise<string> {
  const { code, stdout, stderr } = await outcome;
  expect({ code, stdout, lines: stderr.split('\n').length }).toEqual({ code: 1, stdout: '', lines: 2 });
  return stderr.trim();
}

async function refusalOf(outcome: Promise<Outcome>): Promise<string> {
  const { code, stdout, stderr } = await outcome;
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).not.toMatch(/ at .*:\d+:\d+/);
  return stderr.trim();
}

describe('[E2] a log that is as it was signed', () => {
  test('verifies, and what is not signed yet is said', async () => {
    const { log, lines, note } = makeLog();
    const { code, stdout } = await verify(log, lines, '--checkpoint', save(note(10)), '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      ok: true,
      origin: 'meet.example/conclave-log',
      entries: 30,
      cut: 0,
      checkpoints: 3,
      kept: 1,
      signed: 25,
      unsigned: 5,
      from: '2026-11-24T09:00:00.000Z',
      to: '2026-11-24T09:00:01.073Z',
    });
    const people = await verify(log, lines);
    expect(people.stdout).toMatch(/^The log is whole, and is what was signed\.\n/);
    expect(people.stdout).toContain('unsigned     5 at the end, from entry 25 on');
  });

  test('may be empty, come through a pipe, and be readable', async () => {
    const empty = createSampleLog();
    expect((await verify(empty, [empty.header(0)])).code).toBe(0);
    const { log, lines } = makeLog();
    const readable = lines.map((line) => line.replace(/\}$/, line.startsWith('{"entry"') ? ',"personal":{"name":"Ann \\"}\u202e"}}' : '}'));
    expect((await verify(log, readable)).code).toBe(0);
    expect(
      (
        await verify(
          log,
          readable.map((line) => line.replaceAll('\u202e', '\\u202e')),
        )
      ).code,
    ).toBe(0);
    const feigned = readable.map((line) => line.replace(/\}$/, ',"result":"done"}'));
    expect(await refusalOf(verify(log, [lines[0] ?? '', ...feigned.slice(1)]))).toMatch(/^line 2 of .* is not an entry$/);
    const file = save(`${lines.join('\n')}\n`);
    const piped = await new Promise<number>((resolve) => {
      const shell = execFile('sh', ['-c', `cat "$1" | "$2" "$3" - --key "$4"`, 'sh', file, process.execPath, VERIFIER, log.verifierKey]);
      shell.on('exit', (code) => resolve(code ?? 1));
    });
    expect(piped).toBe(0);
  });

  test('takes signatures of others beside its own, the key from a file, and a history of checkpoints whose last line is torn', async () => {
    const { log, lines, note } = makeLog();
    const other = createSampleLog('witness.example/w').checkpoint(0).split('\n').at(-2) ?? '';
    const witnessed = lines.map((line) =>
      line.startsWith('{"checkpoint"') ? checkpointLine(`${JSON.parse(line).checkpoint}${other}\n`) : line,
    );
    const history = [10, 20].map((size) => JSON.stringify({ signedAt: '2026-11-24T09:00:00.000Z', checkpoint: note(size) }));
    const file = save(witnessed.map((line) => `${line}\n`).join(''));
    const outcome = await run(file, '--key', save(`${log.verifierKey}\n`), '--checkpoint', save(`${history.join('\n')}\n{"signedAt":"20`));
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('[E2] the first fault is named', () => {
  test('one changed byte of an entry', async () => {
    const { log, lines, place, line } = makeLog();
    for (const changed of [
      line(17).replace('producer.paused', 'producer.pausee'),
      line(17).replace('"seq":17', '"seq":71'),
      line(17).replace('"actor":{', '"actor":['), // no longer JSON
      line(17).replace('"data"', '"date"'),
      line(17).replace('"entry":{', '"entry":{ '),
    ]) {
      const fault = await faultOf(verify(log, lines.with(place(17), changed)));
      expect(fault).toBe('entry 17: its content does not match its hash');
    }
  });

  test('an entry that was changed together with its hash', async () => {
    const { log, lines, place } = makeLog();
    const forger = createSampleLog();
    for (let seq = 0; seq < 17; seq += 1) forger.entry();
    const forged = lines.with(place(17), forger.entry({ result: 'not_allowed' }));
    expect(await faultOf(verify(log, forged))).toBe('entries 10 to 19 are not what the checkpoint of size 20 signed');
    const { stdout } = await verify(log, forged, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, code: 'not_as_signed', from: 10, to: 19, size: 20 });
  });

  test.each([
    ['white space', (text: string) => text.replace('"v":1', '"v": 1')],
    ['another order', (text: string) => text.replace(/^\{(.*),"v":1\}$/, '{"v":1,$1}')],
    ['a number in another form', (text: string) => text.replace('"v":1', '"v":1.0')],
    ['a member twice', (text: string) => text.replace('"v":1', '"v":1,"v":1')],
    ['a needless escape', (text: string) => text.replace('"done"', '"d\\u006fne"')],
    ['a lone surrogate', (text: string) => text.replace('"done"', '"d\\ud800"')],
  ])('an entry that is hashed, but has %s', async (_what, change) => {
    const { createHash } = await import('node:crypto');
    const log = createSampleLog();
    const text = change(/^\{"entry":(.*),"leaf"/.exec(log.entry())?.[1] ?? '');
    const leaf = createHash('sha256').update(`\0${text}`).digest('base64');
    const fault = await faultOf(verify(log, [log.header(1), `{"entry":${text},"leaf":"${leaf}"}`]));
    expect(fault).toBe('entry 0: its content is not in the one form that is hashed (RFC 8785)');
  });

  test('entries that are missing, moved or repeated', async () => {
    const { log, lines, place, line } = makeLog();
    expect(await faultOf(verify(log, lines.toSpliced(place(17), 1)))).toBe('entry 17 is missing');
    expect(await faultOf(verify(log, lines.toSpliced(place(11), 3)))).toBe('entries 11 to 13 are missing');
    expect(await faultOf(verify(log, lines.toSpliced(place(0), 1)))).toBe('entry 0 is missing');
    const swapped = lines.with(place(12), line(14)).with(place(14), line(12));
    expect(await faultOf(verify(log, swapped))).toBe('entry 12 is not in its place: entry 14 stands there');
    const repeated = lines.toSpliced(place(12), 0, line(11));
    expect(await faultOf(verify(log, repeated))).toBe('entry 12 is not in its place: an entry that says it is 11 stands there');
  });

  test('an end that was cut off, against the header and against a checkpoint that was kept', async () => {
    const { log, lines, place, note } = makeLog();
    const cut = lines.slice(0, place(22));
    expect(await faultOf(verify(log, cut))).toBe('the log ends at 22, but its header says that there are 30 entries');
    const hidden = cut.with(0, log.header(22));
    expect((await verify(log, hidden)).code).toBe(0);
    const kept = save(note(25));
    const fault = `the log ends at 22, but the checkpoint of size 25 (${kept}) shows that there were more: its last 3 were cut off, or this is an older copy`;
    expect(await faultOf(verify(log, hidden, '--checkpoint', kept))).toBe(fault);
    expect(await faultOf(verify(log, lines.with(0, log.header(29))))).toBe('the log has more entries than the 29 that its header says');
  });

  test('another history that was signed with the same key, by a checkpoint that was kept', async () => {
    const { log, note } = makeLog();
    // The same key signs a log that parts at entry 12.
    const fork = createSampleLog();
    const lines = [fork.header(30)];
    for (let seq = 0; seq < 30; seq += 1) {
      lines.push(fork.entry(seq < 12 ? {} : { result: 'not_allowed' }));
      if (fork.size() % 10 === 0) lines.push(checkpointLine(log.signNote(fork.checkpoint().split('\n\n')[0] + '\n')));
    }
    expect((await verify(log, lines)).code).toBe(0);
    const kept = save([10, 20, 25].map((size) => `${JSON.stringify({ signedAt: '', checkpoint: note(size) })}\n`).join(''));
    const fault = await faultOf(verify(log, lines, '--checkpoint', kept));
    expect(fault).toBe(`entries 10 to 19 are not what the checkpoint of size 20 (${kept}) signed`);
  });

  test('checkpoints of another log, another key, a wrong place or a changed root', async () => {
    const { log, lines, place, note } = makeLog();
    const other = createSampleLog('evil.example/conclave-log');
    const sameName = createSampleLog();
    for (let seq = 0; seq < 10; seq += 1) [other, sameName].forEach((made) => made.entry());
    const at = place(9) + 1;
    const where = `the checkpoint in line ${at + 1} of`;
    const put = async (text: string) =>
      (await faultOf(verify(log, lines.with(at, checkpointLine(text))))).replace(/ of \S+file-\d+/, ' of');
    expect(await put(other.checkpoint())).toBe(`${where} is not signed by the key meet.example/conclave-log`);
    expect(await put(sameName.checkpoint())).toBe(`${where} is not signed by the key meet.example/conclave-log`);
    expect(await put(log.signNote(other.checkpoint().split('\n\n')[0] + '\n'))).toBe(
      `${where} is of another log, evil.example/conclave-log`,
    );
    expect(await put(note(10).replace('\n10\n', '\n11\n'))).toMatch(/has a signature that is wrong/);
    expect(await put(note(20))).toBe('the checkpoint of size 20 stands after 10 entries');
    expect(await put('hello')).toBe(`${where} is not a signed note`);
    expect(await put(log.signNote('meet.example/conclave-log\nten\nx\n'))).toBe(`${where} is signed, but is not a checkpoint`);
    expect(await faultOf(verify(other, lines))).toBe(
      'this is the log of meet.example/conclave-log, but the key is of evil.example/conclave-log',
    );
  });

  test('a log from which all checkpoints were taken', async () => {
    const { log, lines } = makeLog();
    const bare = lines.filter((line) => !line.startsWith('{"checkpoint"'));
    expect(await faultOf(verify(log, bare))).toBe('no checkpoint vouches for any of the 30 entries');
  });
});

describe('[E2] what retention cut', () => {
  /** 12 entries of which 3, 4 and 6 are cut; the 10th says so for `seqs`; signed up to `signedAt`. */
  function cutLog(seqs: string, signedAt = 12) {
    const log = createSampleLog();
    const lines = [log.header(12)];
    for (let seq = 0; seq < 12; seq += 1) {
      const data = { category: 'session', count: 3, olderThan: '2026-11-24T09:00:00.000Z', seqs };
      const isCut = [3, 4, 6].includes(seq);
      lines.push(isCut ? log.cut() : log.entry(seq === 10 ? { name: 'log.cut', data } : {}));
      if (log.size() === signedAt) lines.push(checkpointLine(log.checkpoint()));
    }
    return verify(log, lines);
  }

  test('is fine where an event of the log names it', async () => {
    for (const seqs of ['3-4,6', '0-9', '6,4,3']) expect(await cutLog(seqs)).toMatchObject({ code: 0 });
    expect((await cutLog('3-4,6')).stdout).toContain('cut          3 by retention');
  });

  test('is a deletion where none does, where it comes later, or where it is not signed', async () => {
    expect(await faultOf(cutLog('3,6'))).toBe('entry 4 was cut out, and no log.cut event names it');
    expect(await faultOf(cutLog('3-4'))).toBe('entry 6 was cut out, and no log.cut event names it');
    expect(await faultOf(cutLog('3-10'))).toBe('entry 3 was cut out, and no log.cut event names it');
    expect(await faultOf(cutLog('everything'))).toBe('entry 3 was cut out, and no log.cut event names it');
    const unsigned = 'entry 3 was cut out, and only an event that is not signed yet says that retention did it';
    expect(await faultOf(cutLog('3-6', 9))).toBe(unsigned);
  });

  test('keeps its place and its hash', async () => {
    const log = createSampleLog();
    const [first, cut] = [log.entry(), log.cut()];
    const event = log.entry({ name: 'log.cut', data: { seqs: '1' } });
    const end = checkpointLine(log.checkpoint());
    expect((await verify(log, [log.header(3), first, cut, event, end])).code).toBe(0);
    const otherHash = cut.replace(/"leaf":"./, (start) => `${start.slice(0, -1)}${start.endsWith('A') ? 'B' : 'A'}`);
    expect(await faultOf(verify(log, [log.header(3), first, otherHash, event, end]))).toMatch(/^entries 0 to 2 are not what/);
    expect(await faultOf(verify(log, [log.header(2), cut, event, end]))).toBe('entry 0 is missing');
  });
});

describe('what is no log is refused with a reason', () => {
  const { log, lines } = makeLog();
  const text = lines.map((line) => `${line}\n`).join('');
  const given: [what: string, content: string | Buffer, reason: RegExp][] = [
    ['an empty file', '', /is empty$/],
    ['text', 'Dear diary,\n', /is not an export of the event log$/],
    ['another JSON', '{"a":1}\n', /is not an export of the event log$/],
    ['binary', Buffer.from([0x1f, 0x8b, 8, 0, 0, 10, 255, 0, 10]), /is not an export of the event log$/],
    ['a byte order mark', `\ufeff${text}`, /begins with a byte order mark/],
    ['CR LF', text.replaceAll('\n', '\r\n'), /end in CR LF/],
    ['a line without an end', text.slice(0, -1), /line 34 of .* has no end: the file is incomplete$/],
    ['a cut line', text.slice(0, -100), /line 34 of .* has no end: the file is incomplete$/],
    ['a giant line', Buffer.alloc(3 * 1024 * 1024, 0x7b), /line 1 of .* is longer than 1 MiB/],
    ['a giant line that ends', `${lines[0]}\n${'x'.repeat(1024 * 1024 + 1)}\n`, /line 2 of .* is longer than 1 MiB/],
    ['a newer format', '{"format":"conclave-log/2"}\n', /has the format conclave-log\/2, which a newer verifier knows$/],
    ['a part of a log', '{"format":"conclave-log/1","origin":"a","size":9,"from":3}\n', /only a whole export can be verified$/],
    ['a header that is not complete', '{"format":"conclave-log/1"}\n', /header that is not complete$/],
    ['another line', `${lines[0]}\n{"hello":1}\n`, /line 2 of .* is no entry, no cut and no checkpoint$/],
    ['a deep line', `${lines[0]}\n{"entry":${'['.repeat(500_000)}\n`, /line 2 of .* is not an entry$/],
  ];
  test.each(given)('%s', async (_what, content, reason) => {
    expect(await refusalOf(run(save(content), '--key', log.verifierKey))).toMatch(reason);
  });

  test('a missing or damaged key, a missing file, a directory, a wrong call', async () => {
    const file = save(text);
    expect(await refusalOf(run(file))).toMatch(/^--key is missing/);
    expect(await refusalOf(run(file, '--key', log.verifierKey.replace('meet', 'neet')))).toMatch(/^--key is damaged/);
    expect(await refusalOf(run(file, '--key', save('no key')))).toMatch(/^--key is not an Ed25519 verifier key/);
    expect(await refusalOf(run(file, '--key', 'nowhere'))).toBe('there is no file nowhere');
    expect(await refusalOf(run('nowhere', '--key', log.verifierKey))).toBe('there is no file nowhere');
    expect(await refusalOf(run(directory, '--key', log.verifierKey))).toMatch(/^it cannot be read: EISDIR/);
    expect(await refusalOf(run(file, file, '--key', log.verifierKey))).toMatch(/^node verify-log\.ts FILE/);
    expect(await refusalOf(run(file, '--force'))).toMatch(/^Unknown option '--force'/);
  });
});

test('text of a log that is printed does nothing to the terminal and stays on its line', async () => {
  const { log, lines } = makeLog();
  const origin = `evil\r\n\u001b[31mOK\u0000\u202e\u2028${'x'.repeat(10_000)}`;
  const fault = await faultOf(verify(log, lines.with(0, JSON.stringify({ format: 'conclave-log/1', origin, size: 30 }))));
  expect(fault).toContain('evil\\u{d}\\u{a}\\u{1b}[31mOK\\u{0}\\u{202e}\\u{2028}xxx');
  expect(fault.length).toBeLessThan(400);
  const asJson = await verify(log, lines.with(0, JSON.stringify({ format: 'conclave-log/1', origin, size: 30 })), '--json');
  expect(asJson.stdout).toMatch(/^[ -~]+\n$/);
});
