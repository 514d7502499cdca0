import { hash, randomUUID } from 'node:crypto';
import { createTestDatabase } from '@conclave/testkit/database';
import { expect, test } from 'vitest';
import { inTransaction } from '../db/transaction.ts';
import { systemCause } from './cause.ts';
import { openCheckpoint } from './checkpoint.ts';
import { exportLog } from './export.ts';
import { addLeaf, rootOfPeaks } from './merkle.ts';
import { proveConsistency, proveEntry } from './proof-texts.ts';
import { sequenceBatch } from './sequencer.ts';
import { startTestLog } from './test-log.ts';

const ORIGIN = 'meet.test/conclave-log';
const start = async () => startTestLog(await createTestDatabase());
type TestLog = Awaited<ReturnType<typeof start>>;

async function exported(t: TestLog, options: Omit<Parameters<typeof exportLog>[1], 'origin'>): Promise<string[]> {
  let text = '';
  for await (const piece of exportLog(t.db, { origin: ORIGIN, ...options })) text += piece;
  expect(text.endsWith('\n')).toBe(true);
  return text.slice(0, -1).split('\n');
}

/** The entry as it stands in its line, not as a parser would write it again. */
const entryIn = (line: string) => /^\{"entry":(.*),"leaf":"[A-Za-z0-9+/]{43}="(?:,"personal":\{.*\})?\}$/.exec(line)?.[1] ?? '';
const leafOf = (entry: string) => hash('sha256', `\0${entry}`, 'base64');

test('[E2] each entry is exported as it was hashed, and each checkpoint right after the entry that completes it', async () => {
  await using t = await start();
  const notes: (string | undefined)[] = [];
  for (const count of [3, 1_000, 200]) {
    await t.add(count);
    notes.push((await t.sign())?.note);
  }
  await t.add(5);
  const [header, ...lines] = await exported(t, { size: 1_203 });
  expect(header).toBe(`{"format":"conclave-log/1","origin":"${ORIGIN}","size":1203}`);
  const frontier = { size: 0, peaks: [] as Buffer[] };
  const found: string[] = [];
  const faults: string[] = [];
  for (const line of lines) {
    const { leaf, checkpoint, entry } = JSON.parse(line) as { leaf: string; checkpoint?: string; entry: { seq: number } };
    if (checkpoint === undefined) {
      if (entry.seq !== frontier.size || leaf !== leafOf(entryIn(line))) faults.push(line);
      addLeaf(frontier, Buffer.from(leaf, 'base64'));
    } else {
      const opened = openCheckpoint(checkpoint, t.signer);
      if (opened?.size !== frontier.size || !opened.root.equals(rootOfPeaks(frontier.peaks))) faults.push(line);
      found.push(checkpoint);
    }
  }
  expect(faults).toEqual([]);
  expect([frontier.size, found]).toEqual([1_203, notes]);
});

test('what retention has cut stands with its hash alone', async () => {
  await using t = await start();
  await t.add(3);
  const before = await exported(t, { size: 3 });
  await t.tamper('update event_log_entries set entry = null where seq = 1');
  const after = await exported(t, { size: 3 });
  expect(after).toEqual([before[0], before[1], `{"cut":1,"leaf":"${leafOf(entryIn(before[2] ?? ''))}"}`, before[3]]);
});

test('[E2] readable lines name persons beside the entry, one line each, until they are erased', async () => {
  await using t = await start();
  const names = [
    'Ann\r\nEve',
    '\u001b[31mred',
    'nul\u0000',
    '\u202eevil',
    'line\u2028end\u2029',
    '\u0085next',
    'ö'.repeat(10_000),
    'half\ud83d',
    '😀',
  ];
  for (const name of names) await t.add(1, name);
  const options = { size: names.length, personKeys: t.personKeys };
  const sealed = await exported(t, { size: names.length });
  const [, ...lines] = await exported(t, options);
  expect(lines).toHaveLength(names.length);
  for (const [index, line] of lines.entries()) {
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(entryIn(line)).toBe(entryIn(sealed[index + 1] ?? ''));
    const { personal } = JSON.parse(line) as { personal: Record<string, string> };
    expect(personal).toEqual({ name: names[index]?.toWellFormed(), address: '192.0.2.7', network: '192.0.2.0/24' });
  }
  await inTransaction(t.db, (tx) => t.personKeys.destroy(tx, 'member x'));
  const [, first = ''] = await exported(t, options);
  expect(JSON.parse(first)).toMatchObject({ personal: { name: null, network: null, address: '192.0.2.7' } });
});

test('[E2] an entry that somebody has changed is exported as it is now, and the others stay readable', async () => {
  await using t = await start();
  await t.add(3);
  await t.tamper(`update event_log_entries set entry = regexp_replace(entry, '"sealed":"....', '"sealed":"AAAA') where seq = 1`);
  await t.tamper(`update event_log_entries set entry = E'{"broken\\n' where seq = 2`);
  const [, ...lines] = await exported(t, { size: 3, personKeys: t.personKeys });
  expect(lines[0]).toMatch(/"personal":\{.*"name":"Ann".*\}\}$/);
  expect(lines[1]).toMatch(/"sealed":"AAAA.*"personal":\{\}\}$/);
  expect(lines[2]).toMatch(/^\{"entry":\{"broken ,"leaf":".*","personal":\{\}\}$/);
});

test('an export from a later entry says where it begins and reads nothing before', async () => {
  await using t = await start();
  await t.add(5);
  const [header, ...lines] = await exported(t, { size: 5, from: 3 });
  expect(header).toBe(`{"format":"conclave-log/1","origin":"${ORIGIN}","size":5,"from":3}`);
  expect(lines.map((line) => (JSON.parse(line) as { entry: { seq: number } }).entry.seq)).toEqual([3, 4]);
});

test('[E2] a proof of an entry has the entry, its path and the first checkpoint that covers it', async () => {
  await using t = await start();
  await t.add(300);
  const { note = '' } = (await t.sign()) ?? {};
  await t.add(10);
  await t.sign();
  const [magic, extra, index, ...rest] = (await proveEntry(t.db, t.signer, 256))?.split('\n') ?? [];
  expect([magic, index]).toEqual(['c2sp.org/tlog-proof@v1', 'index 256']);
  const [, entry] = (await exported(t, { size: 310, from: 256 })).map(entryIn);
  expect(Buffer.from(extra?.slice('extra '.length) ?? '', 'base64').toString()).toBe(entry);
  const empty = rest.indexOf('');
  expect(rest.slice(empty + 1).join('\n')).toBe(note);
  expect(rest.slice(0, empty)).toHaveLength(7);
  expect(await proveEntry(t.db, t.signer, 310)).toBeNull();
});

test('[E2] a consistency proof leads to the newer checkpoint', async () => {
  await using t = await start();
  await t.add(3);
  await t.sign();
  await t.add(4);
  const { note } = (await t.sign()) ?? {};
  const [old, ...rest] = (await proveConsistency(t.db, 3, 7))?.split('\n') ?? [];
  expect([old, rest.indexOf(''), rest.slice(5).join('\n')]).toEqual(['old 3', 4, note]);
  expect(await proveConsistency(t.db, 7, 7)).toBe(`old 7\n\n${note}`);
  expect(await proveConsistency(t.db, 3, 6)).toBeNull();
});

test('every export is of the events that were sequenced, whatever else is appended meanwhile', async () => {
  await using t = await start();
  await t.add(1_500);
  const pieces = exportLog(t.db, { origin: ORIGIN, size: 1_500 });
  const texts = [(await pieces.next()).value, (await pieces.next()).value];
  await inTransaction(t.db, (tx) =>
    t.eventLog.append(tx, { name: 'server.started', by: systemCause('server'), data: { version: randomUUID() } }),
  );
  await sequenceBatch(t.db, 10);
  for await (const piece of pieces) texts.push(piece);
  expect(texts.join('').trimEnd().split('\n')).toHaveLength(1_501);
});
