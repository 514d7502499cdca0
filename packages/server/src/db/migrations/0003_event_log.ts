/**
 * The event log. An action writes its event to `event_log_pending` in its own transaction; the sequencer moves committed events to
 * `event_log_entries`, which gives them their `seq` without gaps and their leaf hash. See docs/adr/0011.
 */
export const EVENT_LOG = `
-- One key per person, day of addresses or month of visitors. \`subject\` and \`wrapped\` are null once it is destroyed.
create table event_log_person_keys (
  id uuid primary key,
  subject text constraint event_log_person_keys_subject_key unique,
  wrapped bytea,
  created_at timestamptz not null default now(),
  destroyed_at timestamptz
);

create table event_log_pending (
  position bigint generated always as identity primary key,
  id uuid not null constraint event_log_pending_id_key unique,
  at timestamptz not null,
  category text not null,
  name text not null,
  actor_kind text not null,
  actor_id text,
  team_id uuid,
  room_id uuid,
  session_id uuid,
  target_id text,
  result text not null,
  -- The canonical JSON around the place of "seq".
  before_seq text not null,
  after_seq text not null
);

create table event_log_entries (
  seq bigint primary key,
  -- Null once it is cut by retention, and so are all columns below it; the hash stays.
  id uuid constraint event_log_entries_id_key unique,
  at timestamptz,
  category text,
  name text,
  actor_kind text,
  actor_id text,
  team_id uuid,
  room_id uuid,
  session_id uuid,
  target_id text,
  result text,
  -- Canonical JSON (RFC 8785), as it was hashed.
  entry text,
  leaf_hash bytea not null
);
create index event_log_entries_by_team on event_log_entries (team_id, seq) where entry is not null;
create index event_log_entries_by_category on event_log_entries (category, seq) where entry is not null;
create index event_log_entries_by_name on event_log_entries (name, seq) where entry is not null;
create index event_log_entries_by_actor on event_log_entries (actor_id, seq) where actor_id is not null;
create index event_log_entries_by_room on event_log_entries (room_id, seq) where room_id is not null;
create index event_log_entries_by_session on event_log_entries (session_id, seq) where session_id is not null;
create index event_log_entries_by_refusal on event_log_entries (result, seq) where result <> 'done';
create index event_log_entries_by_time on event_log_entries (at, seq) where entry is not null;

-- One row: how many entries there are. Its lock makes one order for all who append.
create table event_log_head (
  singleton boolean primary key default true check (singleton),
  size bigint not null
);
insert into event_log_head (size) values (0);

-- The root hash of each complete subtree of 256^level leaves, level 1 and up, at \`position\` among those of its level.
create table event_log_subtrees (
  level smallint not null,
  position bigint not null,
  hash bytea not null,
  primary key (level, position)
);

create table event_log_checkpoints (
  size bigint primary key,
  root bytea not null,
  -- A C2SP checkpoint in a signed note.
  note text not null,
  signed_at timestamptz not null
);

-- How far those who follow the log have come: the seq that they read next.
create table event_log_followers (
  name text primary key,
  next_seq bigint not null,
  updated_at timestamptz not null default now()
);

-- Appended and nothing else; retention, which takes away everything but the hash, says so with a setting of its transaction.
create function event_log_refuse_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and current_setting('conclave.retention', true) = 'on'
     and new.seq = old.seq and new.leaf_hash = old.leaf_hash and new.entry is null then
    return new;
  end if;
  raise exception 'the event log is append-only' using errcode = '42501';
end $$;
create trigger event_log_entries_append_only before update or delete on event_log_entries
  for each row execute function event_log_refuse_change();
create trigger event_log_entries_no_truncate before truncate on event_log_entries
  for each statement execute function event_log_refuse_change();
`;
