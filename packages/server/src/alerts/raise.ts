import { randomUUID } from 'node:crypto';
import type { TeamId } from '@conclave/protocol/ids';
import type { AlertRule, AlertView } from '@conclave/protocol/rest/log';
import type { Clock } from '@conclave/runtime/clock';
import { hostOf } from '../access/hosts.ts';
import { findTeam, type Team } from '../access/store.ts';
import type { Tx } from '../db/transaction.ts';
import { systemCause } from '../event-log/cause.ts';
import type { EventLog } from '../event-log/event-log.ts';
import type { Outbox } from '../mail/outbox.ts';
import { mailText } from './mail-text.ts';
import { insertAlert, type StoredWindow } from './window-store.ts';

/** Of one rule and group no more than one mail in this time. */
const MAIL_PAUSE_MS = 3_600_000;

export interface RaisingDeps {
  readonly eventLog: EventLog;
  readonly mail: Pick<Outbox, 'queueMail'>;
  readonly clock: Clock;
  /** Of the plain host, as browsers show it. */
  readonly origin: string;
}

/** An alert that a rule found. */
export interface Finding {
  readonly rule: AlertRule;
  readonly severity: AlertView['severity'];
  readonly team: TeamId | null;
  readonly count: number;
  /** Its events, oldest first; none for what no event tells. */
  readonly seqs: readonly number[];
  /** When the newest of them happened. */
  readonly lastAtMs: number;
  readonly subject: string | null;
}

/** Stores the alert, its event and its mails, all or none, and says what is to be remembered of its group. */
export async function raise(tx: Tx, deps: RaisingDeps, finding: Finding, before: StoredWindow | undefined): Promise<StoredWindow> {
  const { eventLog, clock } = deps;
  const { rule, severity, team, count, seqs, lastAtMs } = finding;
  const id = randomUUID();
  const nowMs = clock.nowMs();
  await insertAlert(tx, { id, rule: rule.id, severity, team, atMs: nowMs, count, seqs, lastAtMs });
  const data = { rule: rule.id, severity, count, seqs: [...seqs] };
  await eventLog.append(tx, { name: 'alert.raised', by: systemCause('alerts'), team, target: { kind: 'alert', id }, data });
  const mailedAtMs = before?.mailedAtMs ?? null;
  const mayMail = rule.emails.length > 0 && (mailedAtMs === null || nowMs - mailedAtMs >= MAIL_PAUSE_MS);
  if (mayMail) await tell(tx, deps, finding);
  return {
    hits: [],
    alert: { isOpen: true, lastAtMs },
    alertId: id,
    mailedAtMs: mayMail ? nowMs : mailedAtMs,
    touchedAtMs: Math.max(nowMs, lastAtMs),
  };
}

async function tell(tx: Tx, { mail, origin }: RaisingDeps, finding: Finding): Promise<void> {
  const team = finding.team === null ? null : await findTeam(tx, finding.team);
  const told = { ...finding, atMs: finding.lastAtMs, teamName: team?.name ?? null, link: linkTo(team, origin, finding.seqs.at(-1)) };
  for (const to of finding.rule.emails) await mail.queueMail(tx, { to, ...mailText(told) });
}

function linkTo(team: Team | null, origin: string, seq: number | undefined): string {
  const host = team === null ? new URL(origin).host : hostOf(team, origin);
  return seq === undefined ? `https://${host}/dashboard/alerts` : `https://${host}/dashboard/log/${seq}`;
}
