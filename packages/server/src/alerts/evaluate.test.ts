import { randomUUID } from 'node:crypto';
import type { EventData } from '@conclave/protocol/events/names';
import { TeamId } from '@conclave/protocol/ids';
import { AlertRulePatch } from '@conclave/protocol/rest/log';
import { createLog } from '@conclave/runtime/log';
import { loadMasterKeys } from '@conclave/runtime/sealing';
import { createManualTime, type ManualTime } from '@conclave/runtime/testing/manual-time';
import { createTestDatabase } from '@conclave/testkit/database';
import { sql } from 'kysely';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectDatabase, type Db } from '../db/connection.ts';
import { migrate } from '../db/migrate.ts';
import { inTransaction } from '../db/transaction.ts';
import { memberPerson, visitorCause, type Cause } from '../event-log/cause.ts';
import { createEventLog, type EventLog, type NewEvent } from '../event-log/event-log.ts';
import { createPersonKeys } from '../event-log/person-keys.ts';
import { sequenceBatch } from '../event-log/sequencer.ts';
import type { Mail } from '../mail/message.ts';
import { checkCheckpoints, type CheckpointDeps } from './checkpoints.ts';
import { evaluateBatch } from './evaluate.ts';
import { presentAlerts } from './present.ts';
import { listAlerts, markAcknowledged, storeChanges } from './store.ts';

const log = createLog({ logLevel: 'silent' }, 'test');
const TEAM = TeamId.parse(randomUUID());
const OTHER = TeamId.parse(randomUUID());
const ORIGIN = 'https://meet.test:8443';
let stack: AsyncDisposableStack;
let db: Db;
let time: ManualTime;
let eventLog: EventLog;
let deps: CheckpointDeps;
let publishing: 'current' | 'late' | 'inconsistent';
let mails: Mail[];

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  db = stack.adopt(connectDatabase({ url: database.url, log }), (open) => open.destroy());
  await migrate(db, log);
  const dataDir = stack.adopt(await mkdtemp(join(tmpdir(), 'conclave-alerts-')), (path) => rm(path, { recursive: true }));
  const keys = await loadMasterKeys(dataDir);
  time = createManualTime(Date.parse('2026-11-24T09:00:00Z'));
  const personKeys = createPersonKeys(keys.persons);
  eventLog = createEventLog({ clock: time, personKeys, onAppended: () => undefined });
  publishing = 'current';
  mails = [];
  deps = {
    db,
    eventLog,
    personKeys,
    clock: time,
    lookup: keys.lookup,
    origin: ORIGIN,
    mail: { queueMail: async (_tx, mail) => void mails.push(mail) },
    checkpoints: { status: () => ({ publishing, checkpoint: null }) },
    startedAtMs: time.nowMs(),
  };
  const teams = [
    { id: TEAM, name: 'Harbour', slug: 'harbour', on_plain_host: true },
    { id: OTHER, name: 'Lake\r\nTeam: Harbour', slug: 'lake', on_plain_host: false },
  ];
  await db.insertInto('teams').values(teams).execute();
});
afterEach(() => stack.disposeAsync());

async function write(...events: NewEvent[]): Promise<void> {
  await inTransaction(db, async (tx) => {
    for (const event of events) await eventLog.append(tx, event);
  });
  while ((await sequenceBatch(db, 1_000)).count > 0);
}
/** Everything up to the end of the log, which alerts make longer. */
async function evaluate(): Promise<void> {
  do while (await evaluateBatch(deps));
  while ((await sequenceBatch(db, 1_000)).count > 0);
}

const wrongPassword = (address: string, count = 1): NewEvent => ({
  name: 'request.refused',
  by: visitorCause(address),
  result: 'sign_in_required',
  data: { door: 'rest', verb: 'POST /api/auth/sign-in/email', count, reason: 'wrong_password' },
});
const refusedMedia = (id: string | null, given: Partial<EventData<'request.refused'>> & { team?: TeamId } = {}): NewEvent => {
  const { team = TEAM, ...data } = given;
  const by: Cause = { actor: { kind: 'participant', id, authenticatedBy: 'capability' }, person: null, address: null };
  return { name: 'request.refused', by, team, result: 'not_allowed', data: { door: 'media', verb: 'POST /producers', count: 1, ...data } };
};
const member = (id: string, address: string): Cause => ({
  actor: { kind: 'member', id, authenticatedBy: 'password' },
  person: memberPerson(id),
  address,
});
const signIn = (id: string, address: string): NewEvent => ({
  name: 'member.signed_in',
  by: member(id, address),
  team: TEAM,
  data: { remembered: true },
});

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));
const alerts = async (team = TEAM, onlyOpen = false) =>
  listAlerts(db, { team, installation: team === TEAM }, { onlyOpen, before: undefined, limit: 100 });
const views = async () => presentAlerts(deps, await alerts());
const raisedEvents = async () => {
  const rows = await db.selectFrom('event_log_entries').select('entry').where('name', '=', 'alert.raised').orderBy('seq').execute();
  return rows.map((row) => JSON.parse(row.entry ?? ''));
};
const change = (rule: string, changes: AlertRulePatch, team = TEAM) =>
  inTransaction(db, (tx) => storeChanges(tx, team, rule, AlertRulePatch.parse(changes)));

describe('repeated wrong passwords', () => {
  test('raise one alert at the tenth from a network, whatever its addresses, and none at the ninth', async () => {
    await write(...times(9, (index) => wrongPassword(`203.0.113.${index}`)), ...times(9, () => wrongPassword('198.51.100.1')));
    await evaluate();
    expect(await alerts()).toEqual([]);
    await write(wrongPassword('203.0.113.200'));
    await evaluate();
    expect(await views()).toMatchObject([
      { rule: 'repeated-wrong-passwords', severity: 'warning', count: 10, subject: '203.0.113.0/24', acknowledged: null },
    ]);
    const [stored] = await alerts();
    expect(await raisedEvents()).toMatchObject([
      {
        team: null,
        target: { kind: 'alert', id: stored?.id },
        data: { rule: 'repeated-wrong-passwords', count: 10, seqs: [...times(9, (seq) => seq), 18] },
      },
    ]);
  });

  test('are not counted when the ten are spread over more than ten minutes', async () => {
    for (const _ of times(30, () => 0)) {
      await write(wrongPassword('203.0.113.1'));
      time.advance(70_000);
    }
    await evaluate();
    expect(await alerts()).toEqual([]);
  });

  test('count as many as a refusal says that it stands for', async () => {
    await write(wrongPassword('2001:db8:1:2::3', 4), wrongPassword('2001:db8:1:ffff::9', 5));
    await evaluate();
    expect(await alerts()).toEqual([]);
    await write(wrongPassword('2001:db8:1::1'));
    await evaluate();
    expect(await views()).toMatchObject([{ count: 10, subject: '2001:db8:1::/48' }]);
  });

  test('that go on are added to the open alert; one that is acknowledged is followed by another', async () => {
    await write(...times(12, () => wrongPassword('203.0.113.1')));
    await evaluate();
    await write(...times(30, () => wrongPassword('203.0.113.1', 2)));
    await evaluate();
    const [alert] = await views();
    expect(alert).toMatchObject({ count: 72 });
    expect(alert?.seqs).toHaveLength(20);
    expect(alert?.seqs.at(-1)).toBe(42);
    await inTransaction(db, (tx) => markAcknowledged(tx, alert?.id ?? '', { userId: randomUUID(), at: new Date(time.nowMs()) }));
    await write(...times(9, () => wrongPassword('203.0.113.1')));
    await evaluate();
    expect(await alerts()).toHaveLength(1);
    await write(wrongPassword('203.0.113.1'));
    await evaluate();
    expect((await alerts()).map((one) => one.count)).toEqual([10, 72]);
  });

  test('of somebody who was erased are counted without saying of whom', async () => {
    await write(...times(10, () => wrongPassword('203.0.113.1')));
    await evaluate();
    await inTransaction(db, (tx) => deps.personKeys.destroy(tx, 'visitors 2026-11'));
    expect(await views()).toMatchObject([{ count: 10, subject: null }]);
  });
});

describe('refused media requests', () => {
  test('raise an alert at the fifth of a participant, for that team alone', async () => {
    await write(
      ...times(4, () => refusedMedia('p1')),
      ...times(4, () => refusedMedia('p1', { team: OTHER })),
      ...times(4, () => refusedMedia('p2')),
    );
    await evaluate();
    expect([await alerts(), await alerts(OTHER)]).toEqual([[], []]);
    await write(refusedMedia('p1', { team: OTHER }));
    await evaluate();
    expect(await alerts()).toEqual([]);
    expect(await alerts(OTHER)).toMatchObject([{ rule: 'refused-media-verbs', count: 5 }]);
    expect(await raisedEvents()).toMatchObject([{ team: OTHER }]);
  });

  test('that other doors or for other reasons refuse are not counted', async () => {
    await write(...times(9, () => refusedMedia('p1', { door: 'signalling' })));
    await write(...times(9, (): NewEvent => ({ ...refusedMedia('p1'), result: 'rate_limited' })));
    await evaluate();
    expect(await alerts()).toEqual([]);
  });
});

describe('a sign-in from a new network', () => {
  test('raises an alert, but neither the first of all nor one from the same /16', async () => {
    const [ada, ben] = [randomUUID(), randomUUID()];
    await write(signIn(ada, '203.0.113.1'), signIn(ben, '198.51.100.1'), signIn(ada, '203.0.7.9'));
    await evaluate();
    expect(await alerts()).toEqual([]);
    await write(signIn(ada, '198.51.100.1'), signIn(ada, '198.51.3.3'));
    await evaluate();
    expect(await views()).toMatchObject([{ rule: 'new-network', severity: 'notice', count: 1, subject: '198.51.0.0/16' }]);
  });

  test('is one again when the network was not seen for 90 days', async () => {
    const ada = randomUUID();
    await write(signIn(ada, '203.0.113.1'), signIn(ada, '198.51.100.1'));
    for (const _ of times(4, () => 0)) {
      time.advance(30 * 86_400_000);
      await write(signIn(ada, '203.0.113.1'));
    }
    await evaluate();
    expect(await alerts()).toHaveLength(1);
    await write(signIn(ada, '198.51.100.1'));
    await evaluate();
    expect(await alerts()).toHaveLength(2);
  });

  test('is not told by a rule that is off, which learns all the same', async () => {
    const ada = randomUUID();
    await change('new-network', { enabled: false });
    await write(signIn(ada, '203.0.113.1'), signIn(ada, '198.51.100.1'));
    await evaluate();
    await change('new-network', { enabled: true });
    await write(signIn(ada, '198.51.100.1'));
    await evaluate();
    expect(await alerts()).toEqual([]);
  });
});

test('a key that is used after its revocation raises an alert at once', async () => {
  const by: Cause = { actor: { kind: 'key', id: 'key-1', authenticatedBy: 'developer-key' }, person: null, address: '203.0.113.1' };
  const data = { door: 'rest' as const, verb: 'GET /api/v1/rooms', count: 1 };
  await write({ name: 'request.refused', by, team: OTHER, result: 'sign_in_required', data });
  await evaluate();
  expect(await alerts(OTHER)).toEqual([]);
  await write({ name: 'request.refused', by, team: OTHER, result: 'sign_in_required', data: { ...data, reason: 'key_revoked' } });
  await evaluate();
  expect(await presentAlerts(deps, await alerts(OTHER))).toMatchObject([
    { rule: 'revoked-key', count: 1, subject: 'key-1, 203.0.113.0/24' },
  ]);
});

describe('checkpoints', () => {
  const check = async (afterMs = 0) => {
    time.advance(afterMs);
    await checkCheckpoints(deps);
  };

  test('raise one alert when an entry has waited for ten minutes, until one is signed', async () => {
    await write(wrongPassword('203.0.113.1'));
    await check(600_000);
    expect(await alerts()).toEqual([]);
    await check(1);
    expect(await views()).toMatchObject([{ rule: 'checkpoint-late', severity: 'warning', subject: null, seqs: [] }]);
    await check(86_400_000);
    await check(86_400_000);
    expect(await alerts()).toHaveLength(1);
    while ((await sequenceBatch(db, 1_000)).count > 0);
    await db
      .insertInto('event_log_checkpoints')
      .values({ size: 2, root: Buffer.alloc(32), note: '', signed_at: new Date() })
      .execute();
    await check(10_000);
    await write(wrongPassword('203.0.113.1'));
    await check(600_001);
    expect(await alerts()).toHaveLength(2);
  });

  test('raise no alert for entries of a time when no server was there', async () => {
    await write(wrongPassword('203.0.113.1'));
    time.advance(86_400_000);
    deps = { ...deps, startedAtMs: time.nowMs() };
    await check(60_000);
    expect(await alerts()).toEqual([]);
  });

  test('raise a critical alert at once when the log is not what was signed', async () => {
    publishing = 'inconsistent';
    await check();
    await check(10_000);
    expect(await alerts()).toMatchObject([{ rule: 'checkpoint-late', severity: 'critical' }]);
  });
});

describe('restarts', () => {
  test('in the middle of a window lose nothing and double nothing', async () => {
    await write(...times(6, () => wrongPassword('203.0.113.1')));
    await evaluate();
    // Nothing but the database is left of the process before.
    deps = { ...deps };
    await write(...times(4, () => wrongPassword('203.0.113.1')));
    await evaluate();
    expect(await alerts()).toMatchObject([{ count: 10 }]);
  });

  test('before the commit leave no alert, event or mail, and the next attempt makes each once', async () => {
    await change('repeated-wrong-passwords', { emails: ['ada@example.org'] });
    await write(...times(10, () => wrongPassword('203.0.113.1')));
    const dies = { ...deps, mail: { queueMail: () => Promise.reject(new Error('killed')) } };
    await expect(evaluateBatch(dies)).rejects.toThrow('killed');
    expect([await alerts(), await raisedEvents()]).toEqual([[], []]);
    await evaluate();
    expect([(await alerts()).length, (await raisedEvents()).length, mails.length]).toEqual([1, 1, 1]);
  });

  test('with two processes at once make each alert once', async () => {
    await write(...times(300, (index) => wrongPassword(`203.0.${Math.floor(index / 10)}.1`)));
    await Promise.all(times(4, () => evaluate()));
    await evaluate();
    expect(await alerts()).toHaveLength(30);
    expect(new Set((await raisedEvents()).map((event) => event.data.seqs.join())).size).toBe(30);
  });
});

test('an entry that somebody has made unreadable keeps the rules from no other', async () => {
  await write(...times(12, () => wrongPassword('203.0.113.1')));
  await sql`alter table event_log_entries disable trigger user`.execute(db);
  await sql`update event_log_entries set entry = 'no event' where seq = 0`.execute(db);
  await sql`update event_log_entries set entry = regexp_replace(entry, '"sealed":"[^"]{10}', '"sealed":"AAAAAAAAAA', 'g') where seq = 1`.execute(
    db,
  );
  await evaluate();
  expect(await alerts()).toMatchObject([{ count: 10 }]);
});

describe('what a team changes of its rules', () => {
  test('holds for its own events, that of the plain host for those of the installation', async () => {
    await change('repeated-wrong-passwords', { count: 2 });
    await change('refused-media-verbs', { enabled: false });
    await change('refused-media-verbs', { count: 2, withinS: 10 }, OTHER);
    await write(wrongPassword('203.0.113.1'), wrongPassword('203.0.113.1'));
    await write(...times(5, () => refusedMedia('p1')), refusedMedia('p2', { team: OTHER }));
    time.advance(10_000);
    await write(refusedMedia('p2', { team: OTHER }));
    await evaluate();
    expect((await alerts()).map((alert) => alert.rule)).toEqual(['repeated-wrong-passwords']);
    expect(await alerts(OTHER)).toEqual([]);
    await write(refusedMedia('p2', { team: OTHER }));
    await evaluate();
    expect((await alerts(OTHER)).map((alert) => alert.rule)).toEqual(['refused-media-verbs']);
  });
});

describe('mails about alerts', () => {
  test('go to each address of the rule and lead to the event on the host of its team', async () => {
    await change('refused-media-verbs', { emails: ['ada@example.org', 'ben@example.org'] }, OTHER);
    await write(...times(5, () => refusedMedia('p1', { team: OTHER })));
    await evaluate();
    expect(mails.map((mail) => mail.to)).toEqual(['ada@example.org', 'ben@example.org']);
    expect(mails[0]?.subject).toBe('[Conclave] Refused media requests');
    expect(mails[0]?.text).toContain('https://lake.meet.test:8443/dashboard/log/4\n');
    expect(mails[0]?.text).toContain('Time:   2026-11-24T09:00:00.000Z\nEvents: 5\n');
    // The team's name is hostile: it adds no line.
    expect(mails[0]?.text).toContain('Team:   Lake Team: Harbour\n');
  });

  test('are one an hour for a rule and network, however many alerts there are', async () => {
    await change('repeated-wrong-passwords', { emails: ['ada@example.org'] });
    const attack = async () => {
      await write(...times(10, () => wrongPassword('203.0.113.1')));
      await evaluate();
      time.advance(20 * 60_000);
    };
    for (const _ of times(3, () => 0)) await attack();
    expect([(await alerts()).length, mails.length]).toEqual([3, 1]);
    expect(mails[0]?.text).toContain('About:  203.0.113.0/24\n');
    await attack();
    expect([(await alerts()).length, mails.length]).toEqual([4, 2]);
    await write(...times(10, () => wrongPassword('198.51.100.1')));
    await evaluate();
    expect(mails).toHaveLength(3);
  });
});

test('neither networks nor members are stored in the clear by what the rules remember', async () => {
  const ada = randomUUID();
  await write(signIn(ada, '203.0.113.1'), signIn(ada, '198.51.100.1'), ...times(11, () => wrongPassword('203.0.113.1')));
  await evaluate();
  for (const table of ['alert_windows', 'alert_networks', 'alert_tallies', 'alerts'] as const) {
    const rows = JSON.stringify(await db.selectFrom(table).selectAll().execute(), (_, value: unknown) =>
      value instanceof Object && 'type' in value && value.type === 'Buffer' && 'data' in value
        ? Buffer.from(value.data as number[]).toString('latin1')
        : value,
    );
    expect(rows).not.toMatch(new RegExp(`203\\.0|198\\.51|${ada}`));
  }
});
