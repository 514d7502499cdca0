import { Event } from '@conclave/protocol/events/event';
import { AlertView } from '@conclave/protocol/rest/log';
import type { Db } from '../db/connection.ts';
import type { PersonKeys } from '../event-log/person-keys.ts';
import { BUILT_IN_RULES } from './built-in-rules.ts';
import type { StoredAlert } from './store.ts';
import { subjectOf } from './subject.ts';

interface Reading {
  readonly db: Db;
  readonly personKeys: PersonKeys;
}

/** Alerts as people read them. Whom each is about is read from its event, so that it is gone when that person is erased. */
export async function presentAlerts(reading: Reading, alerts: readonly StoredAlert[]): Promise<AlertView[]> {
  const subjects = await subjectsOf(reading, alerts);
  return alerts.map(({ position: _position, subjectSeq, ...alert }) =>
    AlertView.parse({ ...alert, subject: subjectSeq === null ? null : (subjects.get(alert.id) ?? null) }),
  );
}

async function subjectsOf({ db, personKeys }: Reading, alerts: readonly StoredAlert[]): Promise<Map<string, string | null>> {
  const seqs = alerts.flatMap(({ subjectSeq }) => (subjectSeq === null ? [] : [String(subjectSeq)]));
  if (seqs.length === 0) return new Map();
  const rows = await db.selectFrom('event_log_entries').select(['seq', 'entry']).where('seq', 'in', seqs).execute();
  // What retention has cut, and what somebody changed behind our back, tells of nobody.
  const events = rows.flatMap(({ seq, entry }) => (entry === null ? [] : [{ seq: Number(seq), read: Event.safeParse(JSON.parse(entry)) }]));
  const good = events.flatMap(({ seq, read }) => (read.success ? [{ seq, event: read.data }] : []));
  const revealed = await personKeys.reveal(
    db,
    good.map(({ event }) => event),
  );
  const bySeq = new Map(good.map(({ seq, event }, index) => [seq, { event, revealed: revealed[index] ?? {} }]));
  const subjects = new Map<string, string | null>();
  for (const { id, rule: ruleId, subjectSeq } of alerts) {
    const rule = BUILT_IN_RULES.find((one) => one.id === ruleId);
    const told = subjectSeq === null ? undefined : bySeq.get(subjectSeq);
    if (rule && told) subjects.set(id, await subjectOf(db, rule, told.event, told.revealed));
  }
  return subjects;
}
