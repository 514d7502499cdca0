/**
 * A session is one meeting in a room; `participants` holds whoever was admitted to it.
 * Foreign keys to rooms cascade, so that deleting a room deletes what was said in it.
 */
export const SESSIONS = `
create table sessions (
  id uuid primary key,
  room_id uuid not null references rooms (id) on delete cascade,
  started_at timestamptz not null,
  ended_at timestamptz,
  -- Counted up in the transaction that stores a message: the row lock makes one order, without gaps.
  last_chat_seq integer not null default 0
);
create unique index sessions_one_live_per_room on sessions (room_id) where ended_at is null;

create table participants (
  id uuid primary key,
  session_id uuid not null references sessions (id) on delete cascade,
  member_id text,
  external_id text,
  name text not null,
  initials text,
  avatar text,
  role text not null,
  permissions jsonb not null,
  grants jsonb not null,
  joined_at timestamptz not null,
  left_at timestamptz,
  resume_digest bytea not null,
  -- The one before it, so that a reply lost on its way does not lock anybody out.
  previous_resume_digest bytea
);
create index participants_by_session on participants (session_id);
create unique index participants_by_resume_digest on participants (resume_digest);
create index participants_by_previous_resume_digest on participants (previous_resume_digest) where previous_resume_digest is not null;

-- Unlogged: losing them in a crash only makes somebody press Join again.
create unlogged table join_tickets (
  digest bytea primary key,
  room_id uuid not null,
  claims jsonb not null,
  expires_at timestamptz not null
);
create index join_tickets_by_expiry on join_tickets (expires_at);

create table chat_messages (
  id uuid primary key,
  session_id uuid not null references sessions (id) on delete cascade,
  participant_id uuid not null references participants (id) on delete cascade,
  seq integer not null,
  client_message_id uuid not null,
  name text not null,
  text text not null,
  sent_at timestamptz not null,
  constraint chat_messages_order unique (session_id, seq),
  constraint chat_messages_idempotent unique (participant_id, client_message_id)
);
`;
