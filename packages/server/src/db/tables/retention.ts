import type { TeamId } from '@conclave/protocol/ids';
import type { RetentionClass } from '@conclave/protocol/rest/log';
import type { ColumnType, Generated } from 'kysely';

export interface RetentionTables {
  /** Days by class. */
  retention: { team_id: TeamId } & { [C in RetentionClass]: ColumnType<number | null, number | null | undefined, number | null> };
  event_log_retention_state: { singleton: Generated<boolean>; done_for: Date | null };
}
