import { LIMITS } from '@conclave/protocol/limits';
import { createTestDatabase } from '@conclave/testkit/database';
import { startSmtpServer, type ReceivedMail, type SmtpServer } from '@conclave/testkit/smtp-server';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { bearer, makeWorld, type World } from '../web/rest-world.ts';
import { startTestSite } from '../web/test-site.ts';

const stack = new AsyncDisposableStack();
let world: World;
let smtp: SmtpServer;

beforeAll(async () => {
  smtp = stack.use(await startSmtpServer());
  const database = stack.use(await createTestDatabase());
  const site = stack.use(await startTestSite(database.url, { CONCLAVE_SMTP_URL: `smtp://127.0.0.1:${smtp.port}` }));
  site.ctx.mail.begin();
  world = await makeWorld(site);
});
beforeEach(() => world.site.db.deleteFrom('invite_mails').execute());
afterAll(() => stack.disposeAsync());

const STARTS_AT_MS = Date.UTC(2030, 0, 15, 9, 0);
const ask = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) => {
  const reply = await world.site.call(`/api/v1${path}`, { method, headers: bearer(world.key), ...(body && { body }) });
  return { status: reply.statusCode, body: reply.body === '' ? null : reply.json() };
};
const invite = (body: object, room = world.room) =>
  ask('POST', `/rooms/${room}/invites`, { email: 'ada@example.org', sendMail: true, ...body });
/** What comes of doing something: the mails that the server took meanwhile, once the outbox is empty. */
async function mailsOf(act: () => Promise<unknown>): Promise<ReceivedMail[]> {
  const before = smtp.mails.length;
  await act();
  await vi.waitFor(async () => expect(await waiting()).toEqual([]), { timeout: 15_000, interval: 50 });
  return smtp.mails.slice(before);
}
const waiting = () => world.site.db.selectFrom('mail_outbox').select(['about', 'body']).execute();
const header = (mail: ReceivedMail | undefined, name: string) => mail?.headers.filter(([key]) => key === name).map(([, value]) => value);
/** The parts of a message by their type, decoded. */
function partsOf(mail: ReceivedMail | undefined): { type: string; text: string }[] {
  return (mail?.rawBody ?? '').split(/^--\S+\r\n/m).flatMap((part) => {
    const [head = '', ...rest] = part.split('\r\n\r\n');
    const type = /^content-type: ([^;\r]+(?:;[^\r]*)?)/im.exec(head)?.[1] ?? '';
    if (type === '' || type.startsWith('multipart/')) return [];
    const body = rest.join('\r\n\r\n');
    const text = /base64/i.test(head) ? Buffer.from(body, 'base64').toString('utf8') : unquoted(body, /quoted-printable/i.test(head));
    return [{ type, text }];
  });
}
function unquoted(body: string, isQuoted: boolean): string {
  if (!isQuoted) return body;
  const bytes = body.replaceAll(/=\r\n/g, '').replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
const calendarOf = (mail: ReceivedMail | undefined) => partsOf(mail).find(({ type }) => type.startsWith('text/calendar'));
const unfolded = (text = '') => text.replaceAll('\r\n ', '').split('\r\n');
const listed = async (id: string) =>
  (await ask('GET', `/rooms/${world.room}/invites`)).body.data.find((one: { id: string }) => one.id === id);

describe('[P4] an invite by mail', () => {
  test('says who, where and when in its language, and its link is nowhere else', async () => {
    let given: { invite: { id: string; mail: string }; link: string } | undefined;
    const [mail, ...more] = await mailsOf(async () => {
      const body = { name: 'Ada', startsAtMs: STARTS_AT_MS, durationMinutes: 45, language: 'de', timeZone: 'Europe/Berlin' };
      const reply = await invite(body);
      expect(reply.status).toBe(200);
      given = reply.body;
      expect(given?.invite.mail).toBe('waiting');
    });
    expect(more).toEqual([]);
    expect(mail?.to).toEqual(['ada@example.org']);
    expect(header(mail, 'subject')).toEqual(['Einladung: harbour']);
    const text = partsOf(mail).find(({ type }) => type.startsWith('text/plain'))?.text ?? '';
    expect(text).toContain('Guten Tag Ada,');
    expect(text).toContain('Harbour lädt Sie zur Besprechung „harbour“ ein.');
    expect(text).toContain('Dienstag, 15. Januar 2030 um 10:00 MEZ (45 min)');
    expect(text).toContain(given?.link);
    const lines = unfolded(calendarOf(mail)?.text);
    expect(calendarOf(mail)?.type).toContain('method=REQUEST');
    expect(lines).toContain('METHOD:REQUEST');
    expect(lines).toContain(`UID:${given?.invite.id}@meet.test`);
    expect(lines).toContain('DTSTART:20300115T090000Z');
    expect(lines).toContain('DTEND:20300115T094500Z');
    expect(lines.join('\n')).toContain(given?.link);

    expect(await listed(given?.invite.id ?? '')).toMatchObject({ mail: 'sent', sentAtMs: expect.any(Number), startsAtMs: STARTS_AT_MS });
    const secret = given?.link.split('#invite=')[1] ?? '';
    expect(secret.length).toBeGreaterThan(40);
    expect(await everywhere()).not.toContain(secret);
    expect(world.site.lines.join('')).not.toContain(secret);
    expect(await eventsOf(given?.invite.id)).toEqual(['invite.created', 'invite.sent']);
  });

  test('goes again with a new link, and is taken out of the calendar when it is revoked', async () => {
    const first = (await invite({ startsAtMs: STARTS_AT_MS })).body;
    const path = `/rooms/${world.room}/invites/${first.invite.id}`;
    await mailsOf(async () => undefined);
    let link = '';
    const [again] = await mailsOf(async () => {
      link = (await ask('POST', `${path}/renew`, {})).body.link;
    });
    expect(unfolded(calendarOf(again)?.text).join('\n')).toContain(link);
    expect(link).not.toBe(first.link);
    const [cancelled] = await mailsOf(() => ask('DELETE', path));
    expect(calendarOf(cancelled)?.type).toContain('method=CANCEL');
    const lines = unfolded(calendarOf(cancelled)?.text);
    expect(lines).toEqual(expect.arrayContaining(['METHOD:CANCEL', `UID:${first.invite.id}@meet.test`, 'SEQUENCE:3', 'STATUS:CANCELLED']));
    expect(unfolded(calendarOf(again)?.text)).toContain('SEQUENCE:2');
    expect(cancelled?.rawBody).not.toContain('#invite');
    expect(await mailsOf(() => ask('DELETE', path))).toEqual([]);
  });

  test.each(['revoked', 'renewed'])('is not sent any more once it is %s while it waits', async (how) => {
    // The mail server puts it off, so that it waits.
    const { invite: made, link } = (await invite({ email: 'later@example.org' })).body;
    expect(JSON.stringify(await waiting())).toContain(link);
    const path = `/rooms/${world.room}/invites/${made.id}`;
    if (how === 'revoked') await ask('DELETE', path);
    else await ask('POST', `${path}/renew`, { sendMail: false });
    expect(await everywhere()).not.toContain(link.split('#invite=')[1]);
    expect(await listed(made.id)).toMatchObject({ mail: 'none', sentAtMs: null });
    expect(await waiting()).toEqual([]);
  });

  test('that the mail server does not take is said to have failed', async () => {
    const { invite: made } = (await invite({ email: 'unknown@example.org' })).body;
    await mailsOf(async () => undefined);
    expect(await listed(made.id)).toMatchObject({ mail: 'failed', sentAtMs: null });
    expect(await eventsOf(made.id)).toEqual(['invite.created', 'invite.mail_failed']);
  });
});

describe('[P4] hostile words', () => {
  const HOSTILE = [
    'Eve\r\nBcc: mallory@example.org',
    'Eve\nDTSTART:19990101T000000Z\nATTENDEE:mailto:mallory@example.org',
    '=?utf-8?Q?=0D=0ABcc:_mallory@example.org?=',
    'Eve, "Mallory" <mallory@example.org>; :',
    '\u202Egnp.exe\u2028\u0085\u0000',
    '名前 😀 Ünï',
  ];

  test.each(HOSTILE)('in the names of room and person add no header, recipient or calendar line: %j', async (words) => {
    const room = (await ask('POST', '/rooms', {})).body.friendly_url;
    const described = await ask('PATCH', `/rooms/${room}`, { description: words.replaceAll('\0', '') });
    expect(described.status).toBe(200);
    const [mail, ...more] = await mailsOf(async () => {
      expect((await invite({ name: words, startsAtMs: STARTS_AT_MS }, room)).status).toBe(200);
    });
    expect(more).toEqual([]);
    expect(mail?.to).toEqual(['ada@example.org']);
    expect(header(mail, 'to')).toEqual(['ada@example.org']);
    expect(mail?.headers.map(([name]) => name).toSorted()).toEqual(
      ['auto-submitted', 'content-type', 'date', 'from', 'message-id', 'mime-version', 'subject', 'to'].toSorted(),
    );
    expect(partsOf(mail).map(({ type }) => type.split(';')[0])).toEqual(['text/plain', 'text/calendar', 'application/ics']);
    const names = unfolded(calendarOf(mail)?.text).map((line) => line.split(/[;:]/, 1)[0]);
    expect(names.filter((name) => name === 'ATTENDEE' || name === 'DTSTART')).toEqual(['DTSTART', 'ATTENDEE']);
    expect(partsOf(mail)[0]?.text.replaceAll('\r\n', '')).not.toMatch(/[\p{Cc}\u202A-\u202E]/u);
  });

  test.each([
    'ada@example.org\r\nBcc: eve@example.org',
    'ada@example.org, eve@example.org',
    '"Ada" <ada@example.org>',
    'ada@example.org\0',
    `${'a'.repeat(65)}@example.org`,
    'ada@exämple.org>',
    '=?utf-8?Q?ada=0D=0A?=@example.org',
  ])('%j is no address', async (email) => {
    const reply = await invite({ email });
    expect([reply.status, reply.body.errors]).toEqual([422, { email: [expect.any(String)] }]);
  });

  test.each([
    ['a mail to nobody', { email: null }],
    ['an expiry that is past', { expiresAtMs: 1 }],
  ])('%s is refused', async (_title, body) => {
    expect(await invite(body)).toMatchObject({ status: 400, body: { code: 'bad_request' } });
  });

  test.each([{ expiresAtMs: 9e15 }, { startsAtMs: -1 }, { timeZone: 'Mars/Base' }, { maxPersons: 0 }, { durationMinutes: 1e9 }])(
    '%j is refused',
    async (body) => expect((await invite(body)).status).toBe(422),
  );
});

describe('[P4] mails of a team in 24 hours', () => {
  const used = async (count: number, agoMs: number) => {
    const { id } = await world.site.db.selectFrom('teams').select('id').where('name', '=', 'Harbour').executeTakeFirstOrThrow();
    const row = { team_id: id, queued_at: new Date(world.site.time.nowMs - agoMs) };
    await world.site.db
      .insertInto('invite_mails')
      .values(Array.from({ length: count }, () => row))
      .execute();
  };

  test('are limited, exactly, also for many who ask at once; the link can still be had without a mail', async () => {
    await used(LIMITS.inviteMailsPerDay - 3, 3_600_000);
    const replies = await Promise.all(Array.from({ length: 10 }, () => invite({})));
    const statuses = replies.map(({ status }) => status);
    expect(statuses.toSorted((one, other) => one - other)).toEqual([...Array<number>(3).fill(200), ...Array<number>(7).fill(429)]);
    const refused = replies.find(({ status }) => status === 429);
    expect(refused?.body).toMatchObject({ code: 'mail_limit_reached' });
    const { count } = await world.site.db
      .selectFrom('invite_mails')
      .select((eb) => eb.fn.countAll<string>().as('count'))
      .executeTakeFirstOrThrow();
    expect(Number(count)).toBe(LIMITS.inviteMailsPerDay);
    const reply = await invite({ sendMail: false });
    expect(reply.status).toBe(200);
    expect((await ask('POST', `/rooms/${world.room}/invites/${reply.body.invite.id}/renew`, { sendMail: true })).status).toBe(429);
  });

  test('are free again when a day has passed', async () => {
    await used(LIMITS.inviteMailsPerDay, 24 * 3_600_000 + 1_000);
    expect((await invite({})).status).toBe(200);
  });
});

/** Each name once: between the two looks an event may get its place and be seen twice. */
/** In their order in the log; those that have no place yet come last. */
async function eventsOf(id: string | undefined): Promise<string[]> {
  const pending = await dump('event_log_pending', 'position');
  const entries = await dump('event_log_entries', 'seq');
  const of = [...entries, ...pending].filter(({ line }) => line.includes(`"${id}"`));
  const names = of.flatMap(
    ({ line }) => /"name": ?"(invite\.\w+)"|\\"name\\":\\"(invite\.\w+)\\"/.exec(line)?.slice(1).find(Boolean) ?? [],
  );
  return [...new Set(names)];
}

/** Every row of every table as text. */
async function everywhere(): Promise<string> {
  const { rows } = await sql<{ name: string }>`select tablename as name from pg_tables where schemaname = 'public'`.execute(world.site.db);
  const all = await Promise.all(rows.map(({ name }) => dump(name)));
  return all
    .flat()
    .map(({ line }) => line)
    .join('\n');
}

async function dump(table: string, order?: string): Promise<{ line: string }[]> {
  const ordered = order === undefined ? sql`` : sql`order by ${sql.ref(order)}`;
  const { rows } = await sql<{ line: string }>`select row_to_json(t)::text as line from ${sql.table(table)} t ${ordered}`.execute(
    world.site.db,
  );
  return rows;
}
