import { ACCESS } from './migrations/0001_access.ts';
import { SESSIONS } from './migrations/0002_sessions.ts';
import { EVENT_LOG } from './migrations/0003_event_log.ts';
import { PARTICIPANTS } from './migrations/0004_participants.ts';
import { RETENTION } from './migrations/0005_retention.ts';
import { ALERTS } from './migrations/0006_alerts.ts';
import { MODERATION } from './migrations/0007_moderation.ts';
import { SENT_BACK } from './migrations/0008_sent_back.ts';
import { CHAT } from './migrations/0009_chat.ts';
import { INVITE_MAILS } from './migrations/0010_invite_mails.ts';

/** One step of the schema. `sql` may hold several statements; it runs in one transaction and is never edited after a release. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
}

export const MIGRATIONS: readonly Migration[] = [
  { name: '0001_access', sql: ACCESS },
  { name: '0002_sessions', sql: SESSIONS },
  { name: '0003_event_log', sql: EVENT_LOG },
  { name: '0004_participants', sql: PARTICIPANTS },
  { name: '0005_retention', sql: RETENTION },
  { name: '0006_alerts', sql: ALERTS },
  { name: '0007_moderation', sql: MODERATION },
  { name: '0008_sent_back', sql: SENT_BACK },
  { name: '0009_chat', sql: CHAT },
  { name: '0010_invite_mails', sql: INVITE_MAILS },
];
