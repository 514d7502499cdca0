import type { EventCategory, EventResult } from '@conclave/protocol/events/event';
import type { EventName } from '@conclave/protocol/events/names';
import type { RoomId, SessionId, TeamId } from '@conclave/protocol/ids';
import type { ColumnType, Generated, GeneratedAlways } from 'kysely';

/** A bigint, which pg gives as text. */
type BigInt = ColumnType<string, number | bigint, number | bigint>;

/** The columns by which events are found. */
interface Found {
  id: string;
  at: Date;
  category: EventCategory;
  name: EventName;
  actor_kind: string;
  actor_id: string | null;
  team_id: TeamId | null;
  room_id: RoomId | null;
  session_id: SessionId | null;
  target_id: string | null;
  result: EventResult;
}

export interface EventLogTables {
  event_log_person_keys: {
    id: string;
    subject: string | null;
    wrapped: Buffer | null;
    created_at: Generated<Date>;
    destroyed_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  };
  event_log_pending: Found & { position: GeneratedAlways<string>; before_seq: string; after_seq: string };
  /** Everything but `seq` and `leaf_hash` is null where retention has cut. */
  event_log_entries: { [K in keyof Found]: Found[K] | null } & { seq: BigInt; entry: string | null; leaf_hash: Buffer };
  event_log_head: { singleton: Generated<boolean>; size: BigInt };
  event_log_subtrees: { level: number; position: BigInt; hash: Buffer };
  event_log_checkpoints: { size: BigInt; root: Buffer; note: string; signed_at: Date };
  event_log_followers: { name: string; next_seq: BigInt; updated_at: Generated<Date> };
}
