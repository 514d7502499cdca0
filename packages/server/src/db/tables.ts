import type { AccessTables } from './tables/access.ts';
import type { AlertTables } from './tables/alerts.ts';
import type { EventLogTables } from './tables/event-log.ts';
import type { RetentionTables } from './tables/retention.ts';
import type { SessionTables } from './tables/sessions.ts';

/** Every table there is. The columns are beside the concept; the migrations are what makes them true. */
export interface Tables extends AccessTables, AlertTables, EventLogTables, RetentionTables, SessionTables {}
