import { createTestDatabase } from '@conclave/testkit/database';
import { startSyslogReceiver, type ReceivedMessage } from '@conclave/testkit/syslog-receiver';
import { systemClock } from '@conclave/runtime/clock';
import { systemTimers } from '@conclave/runtime/timers';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTestLog } from '../event-log/test-log.ts';
import { startSinks } from './start.ts';
import { findCursor } from './store.ts';

const seqOf = ({ structuredData }: ReceivedMessage) => Number(/ seq="(\d+)"/.exec(structuredData)?.[1]);
const upTo = (count: number) => Array.from({ length: count }, (_, seq) => seq);

async function setUp(options?: { asksForCertificate: boolean }) {
  await using began = new AsyncDisposableStack();
  const t = began.use(await startTestLog(await createTestDatabase()));
  const receiver = began.use(await startSyslogReceiver(options));
  const listeners = new Set<(size: number) => void>();
  const sequencer = {
    onSequenced: (listener: (size: number) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const url = `syslog+tls://127.0.0.1:${receiver.port}`;
  const ends = began.move();
  return {
    ...t,
    receiver,
    url,
    /** More events, which the sinks are told of. */
    happen: async (count: number, name?: string) => {
      await t.add(count, name);
      for (const listener of listeners) listener(count);
    },
    start: (config: Partial<Parameters<typeof startSinks>[0]['config']> = {}) =>
      startSinks({
        ...t,
        clock: systemClock,
        timers: systemTimers,
        sequencer,
        config: { host: 'meet.test', logSinks: [url], logSinkCaFile: receiver.caFile, ...config },
      }),
    cursor: () => findCursor(t.db, `sink ${url}`),
    [Symbol.asyncDispose]: () => ends.disposeAsync(),
  };
}

test('a new sink gets the log from its beginning, then what happens; a stopped server goes on where it was', async () => {
  await using t = await setUp();
  await t.add(1_100);
  {
    await using _sinks = t.start();
    await t.receiver.until((messages) => messages.length === 1_100);
    await t.happen(3);
    await t.receiver.until((messages) => messages.length === 1_103);
    expect(await t.cursor(), 'what was not confirmed does not count yet').toBe(1_000);
  }
  expect(await t.cursor()).toBe(1_103);
  await t.add(2);
  await using _again = t.start();
  const messages = await t.receiver.until((came) => came.length >= 1_105);
  expect(messages.map(seqOf)).toEqual(upTo(1_105));
});

test('a message has the fields of RFC 5424, and the event with who is in it', async () => {
  await using t = await setUp();
  await t.add(1);
  await using _sinks = t.start();
  const [message] = await t.receiver.until((messages) => messages.length === 1);
  expect(message).toMatchObject({ facility: '13', severity: '6', hostname: 'meet.test', app: 'conclave', msgid: 'participant.renamed' });
  expect(message).toMatchObject({ time: '2026-11-24T09:00:00.000Z' });
  expect(message?.structuredData).toMatch(
    /^\[conclave@32473 seq="0" id="[0-9a-f-]{36}" category="session" result="done" actor="visitor"\]$/,
  );
  const personal = { name: 'Ann', address: '192.0.2.7', network: '192.0.2.0/24' };
  expect(JSON.parse(message?.text ?? '')).toMatchObject({ seq: 0, name: 'participant.renamed', personal });
});

test('a receiver that is killed and comes back gets everything, in order; repeats are allowed', async () => {
  await using t = await setUp();
  await t.add(1_500);
  await using _sinks = t.start();
  for (const seen of [1, 600]) {
    await t.receiver.until((messages) => messages.length >= seen);
    await t.receiver.kill();
    await t.happen(10);
    await t.receiver.start();
  }
  const messages = await t.receiver.until((came) => new Set(came.map(seqOf)).size === 1_520);
  expect([...new Set(messages.map(seqOf))], 'the first time of each is in order').toEqual(upTo(1_520));
}, 40_000);

test('a receiver whose certificate is by another CA gets nothing, and holds up no other sink', async () => {
  await using t = await setUp();
  await using other = await startSyslogReceiver();
  const directory = await mkdtemp(join(tmpdir(), 'conclave-sink-'));
  await t.add(5);
  {
    await using sinks = t.start({ logSinks: [t.url, `file://${directory}/events.jsonl`], logSinkCaFile: other.caFile });
    const lines = async () => (await readFile(join(directory, 'events.jsonl'), 'utf8').catch(() => '')).split('\n').length - 1;
    await expect.poll(lines).toBe(5);
    await expect.poll(() => t.lines.join(''), { timeout: 10_000 }).toContain('events could not be exported');
    await sinks[Symbol.asyncDispose]();
  }
  await rm(directory, { recursive: true });
  expect([await t.receiver.messages(), await t.cursor()]).toEqual([[], 0]);
  expect(t.lines.join('')).toMatch(/UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT|unable to verify/);
});

test('a receiver that asks for a certificate is shown ours', async () => {
  await using t = await setUp({ asksForCertificate: true });
  await t.add(1);
  {
    await using _without = t.start();
    await expect.poll(() => t.lines.join(''), { timeout: 10_000 }).toContain('events could not be exported');
  }
  expect(await t.receiver.messages()).toEqual([]);
  await using _sinks = t.start({ logSinkCertFile: t.receiver.certFile, logSinkKeyFile: t.receiver.keyFile });
  await t.receiver.until((messages) => messages.length === 1);
});

test('[E2] whatever somebody calls themselves is one message with one line', async () => {
  await using t = await setUp();
  const names = [
    'Ann\r\nEve',
    '\u001b[31mred',
    'nul\u0000',
    '\u202eevil\u2069',
    'a\u2028b',
    '"]\\ ',
    'ö'.repeat(10_000),
    'half\ud83d',
    '😀',
  ];
  for (const name of names) await t.add(1, name);
  await using _sinks = t.start();
  const messages = await t.receiver.until((came) => came.length >= names.length);
  expect(messages).toHaveLength(names.length);
  const told = messages.map(({ text }) => (JSON.parse(text) as { personal: { name: string } }).personal.name);
  expect(told).toEqual(names.map((name) => (name.length < 1_000 ? name.toWellFormed() : `${name.slice(0, 1_000)}…`)));
});
