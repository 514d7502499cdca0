import type { EventCategory } from '@conclave/protocol/events/event';
import type { TeamId } from '@conclave/protocol/ids';
import type { ColumnType, Generated } from 'kysely';

export interface RetentionTables {
  /** Days by category. */
  retention: { team_id: TeamId } & { [C in EventCategory]: ColumnType<number | null, number | null | undefined, number | null> };
  event_log_retention_state: { singleton: Generated<boolean>; done_for: Date | null };
}
