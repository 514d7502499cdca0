import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadInternalIdentity } from '@conclave/runtime/internal-identity';
import { createLog } from '@conclave/runtime/log';
import { Secret } from '@conclave/runtime/secret';
import { createManualTime, type ManualTime } from '@conclave/runtime/testing/manual-time';
import { createTestDatabase } from '@conclave/testkit/database';
import { findTcpPort } from '@conclave/testkit/ports';
import { startSmtpServer, type ReceivedMail } from '@conclave/testkit/smtp-server';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { connectDatabase, type Db } from '../db/connection.ts';
import { migrate } from '../db/migrate.ts';
import { inTransaction } from '../db/transaction.ts';
import { startOutbox, type Outbox } from './outbox.ts';
import { createMailTransport, type Transport } from './transport.ts';

const stack = new AsyncDisposableStack();
const lines: string[] = [];
const log = createLog({ logLevel: 'debug' }, 'test', { pretty: false, destination: { write: (line) => void lines.push(line) } });
let db: Db;
let time: ManualTime;

beforeAll(async () => {
  const database = stack.use(await createTestDatabase());
  db = stack.adopt(connectDatabase({ url: database.url, log }), (open) => open.destroy());
  await migrate(db, log);
});
beforeEach(async () => {
  time = createManualTime();
  await db.deleteFrom('mail_outbox').execute();
});
afterAll(() => stack.disposeAsync());

const viaPort = (port: number) =>
  createMailTransport({ url: new Secret(`smtp://127.0.0.1:${port}`), from: 'conclave@meet.test', host: 'meet.test' });

function start(transport: Transport | null): Outbox {
  const outbox = startOutbox({ db, log, clock: time, timers: time, transport });
  outbox.begin();
  return outbox;
}

const waiting = () => db.selectFrom('mail_outbox').select(['id', 'attempts', 'next_attempt_at']).execute();
const header = (mail: ReceivedMail | undefined, name: string) => mail?.headers.filter(([key]) => key === name).map(([, value]) => value);

test('a mail goes out when its transaction commits, and none when it does not', async () => {
  await using server = await startSmtpServer();
  await using outbox = start(viaPort(server.port));
  const undone = inTransaction(db, async (tx) => {
    await outbox.queueMail(tx, { to: 'ada@example.org', subject: 'Never', text: 'never' });
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  await outbox.sendMail({ to: 'ada@example.org', subject: 'Prüfung 名前', text: 'Grüße\n.\nEnde' });
  time.advance(1_000);
  const [mail] = await server.received(1);
  expect(mail?.to).toEqual(['ada@example.org']);
  expect(mail?.text.trim()).toBe('Grüße\n.\nEnde');
  expect(header(mail, 'auto-submitted')).toEqual(['auto-generated']);
  expect(header(mail, 'content-type')?.[0]).toMatch(/^text\/plain; charset=utf-8/i);
  await vi.waitFor(async () => expect(await waiting()).toEqual([]), 10_000);
  expect(server.mails).toHaveLength(1);
});

test('a hostile subject and text add no header and no recipient', async () => {
  await using server = await startSmtpServer();
  await using outbox = start(viaPort(server.port));
  const hostile = 'Alert\r\nBcc: eve@example.org\r\n\r\n<script>\u202Egnp.exe\u0000\u001B[31m';
  await outbox.sendMail({ to: 'ada@example.org', subject: hostile, text: `${hostile}\r\n.\r\nMAIL FROM:<eve@example.org>\r\n` });
  time.advance(1_000);
  const [mail] = await server.received(1);
  expect(mail?.to).toEqual(['ada@example.org']);
  expect(header(mail, 'bcc')).toEqual([]);
  expect(mail?.headers.map(([name]) => name).toSorted()).toEqual(
    [
      'auto-submitted',
      'content-transfer-encoding',
      'content-type',
      'date',
      'from',
      'message-id',
      'mime-version',
      'subject',
      'to',
    ].toSorted(),
  );
  expect(mail?.text).not.toMatch(/[^\P{Cc}\n]|\u202E/u);
  expect(server.mails).toHaveLength(1);
});

test('while the mail server is away mails wait, each longer than before; then they come, with the same Message-ID', async () => {
  const port = await findTcpPort();
  await using outbox = start(viaPort(port));
  await outbox.sendMail({ to: 'ada@example.org', subject: 'One', text: '1' });
  const [queued] = await waiting();
  const pauses: number[] = [];
  for (let attempts = 1; attempts <= 3; attempts += 1) {
    await vi.waitFor(async () => {
      time.advance(5_000);
      expect(await waiting()).toMatchObject([{ attempts }]);
    }, 10_000);
    await vi.waitFor(async () => {
      const [row] = await waiting();
      const pauseMs = (row?.next_attempt_at.getTime() ?? 0) - time.nowMs();
      expect(pauseMs).toBeLessThan(5 * 60_000);
      pauses[attempts - 1] = pauseMs;
    }, 10_000);
  }
  expect(pauses.toSorted((one, other) => one - other)).toEqual(pauses);
  await using server = await startSmtpServer({ port });
  await vi.waitFor(async () => {
    time.advance(60_000);
    expect(server.mails).toHaveLength(1);
  }, 10_000);
  expect(header(server.mails[0], 'message-id')).toEqual([`<${queued?.id}@meet.test>`]);
});

test('a process that dies while sending leaves the mail to the next one', async () => {
  await using server = await startSmtpServer();
  const sending = Promise.withResolvers<void>();
  const hangs: Transport = {
    send: (letter) => {
      sending.resolve();
      return new Promise<never>(() => letter);
    },
  };
  {
    await using outbox = start(hangs);
    await outbox.sendMail({ to: 'ada@example.org', subject: 'One', text: '1' });
    time.advance(1_000);
    await sending.promise;
  }
  await using next = start(viaPort(server.port));
  expect(next.isConfigured).toBe(true);
  time.advance(1_000);
  await server.received(1);
});

test('a mail that the server refuses for good is given up at once, one that it puts off after three days', async () => {
  await using server = await startSmtpServer();
  await using outbox = start(viaPort(server.port));
  await outbox.sendMail({ to: 'unknown@example.org', subject: 'One', text: '1' });
  time.advance(1_000);
  await vi.waitFor(async () => expect(await waiting()).toEqual([]), 10_000);
  await outbox.sendMail({ to: 'later@example.org', subject: 'Two', text: '2' });
  const untilMs = time.nowMs() + 3 * 86_400_000;
  await vi.waitFor(
    async () => {
      time.advance(3_600_000);
      expect(await waiting()).toEqual([]);
    },
    { timeout: 15_000, interval: 20 },
  );
  expect(time.nowMs()).toBeGreaterThan(untilMs - 2 * 3_600_000);
  const given = lines.filter((line) => line.includes('given up'));
  expect(given).toHaveLength(2);
  expect(given.join('')).not.toContain('@example.org');
});

describe('a mail server with a certificate that nobody vouches for', () => {
  async function serverWithTls(use: AsyncDisposableStack) {
    const directory = use.adopt(await mkdtemp(join(tmpdir(), 'conclave-smtp-')), (path) => rm(path, { recursive: true }));
    const { cert, key } = await loadInternalIdentity(directory, 'server');
    const tls = { certFile: join(directory, 'cert.pem'), keyFile: join(directory, 'key.pem') };
    await Promise.all([writeFile(tls.certFile, cert), writeFile(tls.keyFile, key)]);
    return use.use(await startSmtpServer({ tls }));
  }
  const letter = { id: randomUUID(), to: 'ada@example.org', subject: 'One', text: '1', queuedAt: new Date() };

  test('is spoken to on loopback, encrypted', async () => {
    await using use = new AsyncDisposableStack();
    const server = await serverWithTls(use);
    await viaPort(server.port).send(letter);
    expect(await server.received(1)).toMatchObject([{ isEncrypted: true }]);
  });

  test.each([true, false])('is given nothing anywhere else, with STARTTLS offered: %s', async (offersTls) => {
    await using use = new AsyncDisposableStack();
    const server = offersTls ? await serverWithTls(use) : use.use(await startSmtpServer());
    // A way to write 127.0.0.1 that is not known as loopback, so that it is treated as any other host.
    const url = new Secret(`smtp://127.1:${server.port}`);
    const elsewhere = createMailTransport({ url, from: 'conclave@meet.test', host: 'meet.test' });
    await expect(elsewhere.send(letter)).rejects.toMatchObject({ code: offersTls ? 'ESOCKET' : 'ETLS' });
    expect(server.mails).toEqual([]);
  });
});

test('without a mail server mails are not queued', async () => {
  await using outbox = start(null);
  await outbox.sendMail({ to: 'ada@example.org', subject: 'One', text: '1' });
  expect([outbox.isConfigured, await waiting()]).toEqual([false, []]);
});
