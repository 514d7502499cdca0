import type { TeamId } from '@conclave/protocol/ids';
import type { AlertRulePatch, AlertView } from '@conclave/protocol/rest/log';
import type { ColumnType, Generated, GeneratedAlways } from 'kysely';

type Nullable<T> = ColumnType<T | null, T | null | undefined, T | null>;

/** One event that a rule counts: when, how many refusals it stands for, and where it is in the log. */
export interface StoredHit {
  readonly atMs: number;
  readonly count: number;
  readonly seq: number;
}

/** Alerts, what their rules remember, and mails that wait. */
export interface AlertTables {
  alert_rules: { team_id: TeamId; rule: string; changes: ColumnType<AlertRulePatch, string, string> };
  alerts: {
    id: string;
    position: GeneratedAlways<string>;
    rule: string;
    severity: AlertView['severity'];
    team_id: TeamId | null;
    raised_at: Date;
    subject_seq: ColumnType<string | null, number | null, number | null>;
    acknowledged_at: Nullable<Date>;
    acknowledged_by: Nullable<string>;
  };
  alert_tallies: { alert_id: string; count: number; seqs: ColumnType<string[], number[], number[]>; last_at: Date };
  alert_windows: {
    key: Buffer;
    hits: ColumnType<readonly StoredHit[], string, string>;
    alert_id: string | null;
    mailed_at: Date | null;
    touched_at: Date;
  };
  alert_networks: { member_key: Buffer; network_key: Buffer; seen_at: Date };
  mail_outbox: {
    id: string;
    recipient: string;
    subject: string;
    body: string;
    /** `Calendar` of a mail. */
    calendar: ColumnType<unknown, string | null, string | null>;
    about: string | null;
    queued_at: Date;
    next_attempt_at: Date;
    attempts: Generated<number>;
  };
}
