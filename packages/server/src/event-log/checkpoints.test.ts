import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { internalHostName, loadInternalIdentity } from '@conclave/runtime/internal-identity';
import { createTestDatabase } from '@conclave/testkit/database';
import { Agent } from 'undici';
import { describe, expect, test, vi } from 'vitest';
import { startCheckpoints } from './checkpoints.ts';
import { startCheckpointMail } from './mail-checkpoints.ts';
import { startCheckpointPoster } from './post-checkpoints.ts';
import { startTestLog } from './test-log.ts';

const MINUTE_MS = 60_000;
type TestLog = Awaited<ReturnType<typeof startTestLog>>;

/** The part under test, with a sequencer that tells what the test tells it to. */
async function start(t: TestLog) {
  let tell = (_size: number): void => undefined;
  const sequencer = {
    onSequenced: (listener: (size: number) => void) => {
      tell = listener;
      return () => undefined;
    },
  };
  const checkpoints = await startCheckpoints({ db: t.db, log: t.log, clock: t.time, timers: t.time, sequencer, config: t.config });
  return Object.assign(checkpoints, { tell: (size: number) => tell(size) });
}

describe('[E2] checkpoints', () => {
  test('are signed a minute after the log grew', async () => {
    await using t = await startTestLog(await createTestDatabase());
    await using checkpoints = await start(t);
    await t.add(3);
    checkpoints.tell(3);
    expect(checkpoints.status()).toEqual({ publishing: 'current', checkpoint: null });
    t.time.advance(MINUTE_MS);
    await vi.waitFor(() => expect(checkpoints.status().checkpoint?.size).toBe(3), 10_000);
    expect(checkpoints.status()).toMatchObject({ publishing: 'current', checkpoint: { signedAtMs: t.time.nowMs() } });
    expect([checkpoints.origin, checkpoints.verifierKey]).toEqual([t.signer.name, t.signer.verifierKey]);
  });

  test('are signed at once when 1 000 events wait', async () => {
    await using t = await startTestLog(await createTestDatabase());
    await using checkpoints = await start(t);
    await t.add(1_000);
    checkpoints.tell(999);
    checkpoints.tell(1_000);
    await vi.waitFor(() => expect(checkpoints.status().checkpoint?.size).toBe(1_000), 10_000);
  });

  test('are known again after a start', async () => {
    await using t = await startTestLog(await createTestDatabase());
    await t.add(3);
    const signed = await t.sign();
    await using checkpoints = await start(t);
    expect(checkpoints.status()).toEqual({
      publishing: 'current',
      checkpoint: { size: 3, signedAtMs: signed?.signedAtMs, note: signed?.note },
    });
  });

  test('are late after ten minutes without a disk, and current once it is back', async () => {
    await using t = await startTestLog(await createTestDatabase());
    await writeFile(t.config.checkpointDir, 'in the way');
    await using checkpoints = await start(t);
    await t.add(1);
    checkpoints.tell(1);
    t.time.advance(MINUTE_MS);
    await vi.waitFor(() => expect(t.lines.join('')).toContain('could not be signed; it is tried again'), 10_000);
    expect(checkpoints.status().publishing).toBe('current');
    t.time.advance(9 * MINUTE_MS);
    expect(checkpoints.status()).toEqual({ publishing: 'late', checkpoint: null });
    await rm(t.config.checkpointDir);
    await vi.waitFor(() => {
      t.time.advance(MINUTE_MS);
      expect(checkpoints.status()).toMatchObject({ publishing: 'current', checkpoint: { size: 1 } });
    }, 10_000);
  });

  test('are not signed again once the log was found changed, also when it is changed back', async () => {
    await using t = await startTestLog(await createTestDatabase());
    await t.add(2);
    await t.sign();
    await using checkpoints = await start(t);
    await t.add(1);
    const flip = `update event_log_entries set leaf_hash = set_byte(leaf_hash, 0, 255 - get_byte(leaf_hash, 0)) where seq = 0`;
    await t.tamper(flip);
    t.time.advance(MINUTE_MS);
    await vi.waitFor(() => expect(checkpoints.status()).toMatchObject({ publishing: 'inconsistent', checkpoint: { size: 2 } }), 10_000);
    expect(t.lines.filter((line) => line.includes('"level":"error"'))).toHaveLength(1);
    await t.tamper(flip);
    t.time.advance(MINUTE_MS);
    await checkpoints[Symbol.asyncDispose]();
    expect(checkpoints.status()).toMatchObject({ publishing: 'inconsistent', checkpoint: { size: 2 } });
  });
});

describe('posting checkpoints', () => {
  async function startReceiver(t: TestLog) {
    const identity = await loadInternalIdentity(t.config.dataDir, 'server');
    const got: string[] = [];
    const state = { answer: 200 };
    const server = createServer(identity, (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        got.push(`${request.headers['content-type']} ${Buffer.concat(parts).toString()}`);
        response.writeHead(state.answer, state.answer === 302 ? { location: '/elsewhere' } : {}).end();
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const dispatcher = new Agent({ connect: { ca: identity.ca, servername: internalHostName('server') } });
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/checkpoints`;
    const poster = startCheckpointPoster({ url, log: t.log, clock: t.time, timers: t.time, dispatcher });
    return {
      got,
      state,
      poster,
      async [Symbol.asyncDispose]() {
        await poster[Symbol.asyncDispose]();
        await dispatcher.close();
        server.close();
      },
    };
  }

  test('posts text and waits for nothing more', async () => {
    await using t = await startTestLog(await createTestDatabase());
    await using r = await startReceiver(t);
    r.poster.offer('first\n');
    expect(r.poster.waitingSinceMs()).toBe(t.time.nowMs());
    await vi.waitFor(() => expect(r.poster.waitingSinceMs()).toBeNull(), 10_000);
    expect(r.got).toEqual(['text/plain; charset=utf-8 first\n']);
  });

  test.each([500, 302])('tries the newest again after %i, and waits since the first', async (answer) => {
    await using t = await startTestLog(await createTestDatabase());
    await using r = await startReceiver(t);
    r.state.answer = answer;
    const sinceMs = t.time.nowMs();
    r.poster.offer('first\n');
    await vi.waitFor(() => expect(t.lines.join('')).toContain('could not be posted'), 10_000);
    r.poster.offer('second\n');
    r.poster.offer('third\n');
    expect(r.poster.waitingSinceMs()).toBe(sinceMs);
    r.state.answer = 204;
    t.time.advance(5_000);
    await vi.waitFor(() => expect(r.poster.waitingSinceMs()).toBeNull(), 10_000);
    expect(r.got.map((text) => text.split(' ').at(-1))).toEqual(['first\n', 'third\n']);
  });
});

test('mails the newest checkpoint at most once an hour', async () => {
  await using t = await startTestLog(await createTestDatabase());
  const sent: { to: string; subject: string; text: string }[] = [];
  const sendMail = async (mail: { to: string; subject: string; text: string }) => void sent.push(mail);
  using mail = startCheckpointMail({
    to: 'a@b.test',
    origin: 'meet.test/conclave-log',
    sendMail,
    log: t.log,
    clock: t.time,
    timers: t.time,
  });
  for (const note of ['one\n', 'two\n', 'three\n']) mail.offer(note);
  t.time.advance(59 * MINUTE_MS);
  expect(sent.map(({ text }) => text.split('\n\n')[1])).toEqual(['one\n']);
  t.time.advance(MINUTE_MS);
  expect(sent.map(({ text }) => text.split('\n\n')[1])).toEqual(['one\n', 'three\n']);
  expect(sent[1]).toMatchObject({ to: 'a@b.test', subject: 'Checkpoint of meet.test/conclave-log' });
  t.time.advance(120 * MINUTE_MS);
  expect(sent).toHaveLength(2);
});
