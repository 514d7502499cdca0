import type { ColumnType } from 'kysely';
import type { BanId, ChatMessageId, InviteId, KnockId, ParticipantId, RoomId, SessionId, TeamId } from '@conclave/protocol/ids';
import type { Grants, Permission } from '@conclave/protocol/roles';
import type { ControlsView, EnteredBy } from '@conclave/protocol/signalling/views';

/** Read back parsed, written as text: pg would turn a JavaScript array into a PostgreSQL array. */
type Json<T> = ColumnType<T, string, string>;

/** What is left out is as the role grants it. */
export type GrantOverrides = Partial<Pick<Grants, 'microphone' | 'camera' | 'screen'>>;

export interface SessionTables {
  sessions: {
    id: SessionId;
    room_id: RoomId;
    started_at: Date;
    ended_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
    last_chat_seq: ColumnType<number, number | undefined, number>;
    /** The `last_chat_seq` of the meetings before it in the same room. */
    first_chat_seq: ColumnType<number, number | undefined, number>;
    /** What moderators have decided about the running meeting; what is left out is as the room's settings say. */
    controls: ColumnType<Partial<ControlsView>, string | undefined, string>;
  };
  participants: {
    id: ParticipantId;
    session_id: SessionId;
    member_id: string | null;
    external_id: string | null;
    /** Whose key seals who they are in the event log; see `event-log/cause.ts`. */
    person: string;
    entered_by: EnteredBy;
    /** What a moderator allowed or forbade this participant beside what the role grants. */
    overrides: ColumnType<GrantOverrides, string | undefined, string>;
    hand_raised_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
    /** By what a ban knows them again, beside `person`. */
    invite_id: ColumnType<InviteId | null, InviteId | null | undefined, InviteId | null>;
    device_id: ColumnType<string | null, string | null | undefined, string | null>;
    /** Address (IPv4) or /64 (IPv6) while the session runs. */
    network: ColumnType<string | null, string | null | undefined, string | null>;
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
    audience: ColumnType<'everyone' | 'participant' | 'group', string | undefined, string>;
    recipient_id: ColumnType<ParticipantId | null, ParticipantId | null | undefined, ParticipantId | null>;
    recipient_name: ColumnType<string | null, string | null | undefined, string | null>;
    reply_to: ColumnType<ChatMessageId | null, ChatMessageId | null | undefined, ChatMessageId | null>;
    /** Later meetings of the room may show it. */
    is_kept: ColumnType<boolean, boolean | undefined, boolean>;
  };
  /** Messages that must not be stored again. */
  chat_deleted: { participant_id: ParticipantId; client_message_id: string };
  chat_reactions: {
    message_id: ChatMessageId;
    participant_id: ParticipantId;
    emoji: string;
  };
  knocks: {
    id: KnockId;
    room_id: RoomId;
    token_digest: Buffer;
    name: string;
    claims: Json<unknown>;
    role: string;
    person: string;
    sent_back_from: SessionId | null;
    invite_id: InviteId | null;
    device_id: string | null;
    state: 'waiting' | 'admitted' | 'entered' | 'turned_away' | 'left';
    created_at: Date;
    decided_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  };
  bans: {
    id: BanId;
    room_id: RoomId;
    /** Ends with this session; null: holds until it is lifted. */
    session_id: SessionId | null;
    name: string;
    reason: string | null;
    person: string | null;
    invite_id: InviteId | null;
    device_id: string | null;
    network: string | null;
    created_at: Date;
    lifted_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  };
  invites: {
    id: InviteId;
    room_id: RoomId;
    digest: Buffer;
    name: string | null;
    email: string | null;
    role: string;
    /** On whose right it stands: `InviteCreator`. */
    creator: Json<unknown>;
    max_persons: number;
    /** What the mail is made of: language and times. */
    mail: Json<unknown>;
    created_at: Date;
    expires_at: Date | null;
    revoked_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
    sent_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  };
  /** One row for each invite that a team sent by mail in the last 24 hours. */
  invite_mails: { team_id: TeamId; queued_at: Date };
  /** One row for each person that an invite belongs to. */
  invite_persons: {
    invite_id: InviteId;
    /** `device …` or `member …`: who may come again. */
    holder: string;
    number: number;
    used_at: Date;
  };
}
