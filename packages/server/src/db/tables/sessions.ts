import type { ColumnType } from 'kysely';
import type { ChatMessageId, ParticipantId, RoomId, SessionId } from '@conclave/protocol/ids';
import type { Grants, Permission } from '@conclave/protocol/roles';

/** Read back parsed, written as text: pg would turn a JavaScript array into a PostgreSQL array. */
type Json<T> = ColumnType<T, string, string>;

export interface SessionTables {
  sessions: {
    id: SessionId;
    room_id: RoomId;
    started_at: Date;
    ended_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
    last_chat_seq: ColumnType<number, number | undefined, number>;
  };
  participants: {
    id: ParticipantId;
    session_id: SessionId;
    member_id: string | null;
    external_id: string | null;
    /** Whose key seals who they are in the event log; see `event-log/cause.ts`. */
    person: string;
    entered_by: 'room-link' | 'room-token';
    name: string;
    initials: string | null;
    avatar: string | null;
    role: string;
    permissions: Json<Permission[]>;
    grants: Json<Grants>;
    joined_at: Date;
    left_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
    resume_digest: Buffer;
    previous_resume_digest: ColumnType<Buffer | null, Buffer | null | undefined, Buffer | null>;
  };
  join_tickets: {
    digest: Buffer;
    room_id: RoomId;
    claims: Json<unknown>;
    expires_at: Date;
  };
  chat_messages: {
    id: ChatMessageId;
    session_id: SessionId;
    participant_id: ParticipantId;
    seq: number;
    client_message_id: string;
    name: string;
    text: string;
    sent_at: Date;
  };
}
