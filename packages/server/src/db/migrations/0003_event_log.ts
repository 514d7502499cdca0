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
  after_seq text not null,
  -- What was refused is one kind of event, and nothing else is: by this a search for refusals is a search by name.
  constraint event_log_pending_refusals check ((name = 'request.refused') = (result <> 'done'))
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
-- Every page of the log is read from one of these: the team, what was asked for, the name, and then seq. All names of a category (or of
-- the log) are looked up side by side, newest first, and merged; so each page reads a few rows of each name, however rare the combination.
-- "nulls last" says nothing about seq, which is never null: it keeps the planner from walking the primary key instead, which for a rare
-- combination is the whole log. log-reading/store.ts asks in the same words; bench/log-pages.ts holds the plans to it.
create index event_log_entries_by_name on event_log_entries (team_id, name, seq desc nulls last) where name is not null;
create index event_log_entries_by_actor on event_log_entries (team_id, actor_id, name, seq desc nulls last) where actor_id is not null;
create index event_log_entries_by_target on event_log_entries (team_id, target_id, name, seq desc nulls last) where target_id is not null;
create index event_log_entries_by_room on event_log_entries (team_id, room_id, name, seq desc nulls last) where room_id is not null;
create index event_log_entries_by_session on event_log_entries (team_id, session_id, name, seq desc nulls last)
  where session_id is not null;
-- A participant's events are few and all of one room; those of a key or a member may be very many in many.
create index event_log_entries_by_actor_and_room on event_log_entries (team_id, actor_id, room_id, name, seq desc nulls last)
  where actor_id is not null and room_id is not null and actor_kind <> 'participant';
create index event_log_entries_by_refusal on event_log_entries (team_id, result, name, seq desc nulls last) where result <> 'done';
create index event_log_entries_by_actor_and_refusal on event_log_entries (team_id, actor_id, result, name, seq desc nulls last)
  where actor_id is not null and result <> 'done';
-- Bounds of time become bounds of seq.
create index event_log_entries_by_time on event_log_entries (at, seq) where at is not null;

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
