/** Roles of teams, who waits, who is banned, who is invited, and what moderators decide about a meeting and its chat. */
export const MODERATION = `
alter table rooms
  add column password_hash text,
  -- Counts passwords, so that who showed an older one is asked again.
  add column password_version integer not null default 0,
  -- Counts what changes who may come in. Whoever enters reads it, decides, and finds it the same under a lock when it is stored;
  -- so of an entry and a ban (lock, password …) one comes first for everybody.
  add column entry_epoch integer not null default 0;

alter table sessions add column controls jsonb not null default '{}';

alter table participants
  add column overrides jsonb not null default '{}',
  add column hand_raised_at timestamptz,
  add column invite_id uuid,
  add column device_id text,
  add column network text;

create table roles (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  name text not null,
  display_name text not null,
  description text not null,
  permissions jsonb not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index roles_name_key on roles (team_id, lower(name));

create table knocks (
  id uuid primary key,
  room_id uuid not null references rooms (id) on delete cascade,
  token_digest bytea not null unique,
  name text not null,
  claims jsonb not null,
  role text not null,
  person text not null,
  state text not null,
  created_at timestamptz not null,
  decided_at timestamptz
);
create index knocks_open on knocks (room_id, created_at) where state in ('waiting', 'admitted');

create table bans (
  id uuid primary key,
  room_id uuid not null references rooms (id) on delete cascade,
  session_id uuid references sessions (id) on delete cascade,
  name text not null,
  reason text,
  person text,
  invite_id uuid,
  device_id text,
  network text,
  created_at timestamptz not null,
  lifted_at timestamptz
);
create index bans_in_force on bans (room_id) where lifted_at is null;

create table invites (
  id uuid primary key,
  room_id uuid not null references rooms (id) on delete cascade,
  digest bytea not null unique,
  name text,
  email text,
  role text not null,
  creator jsonb not null,
  max_persons integer not null,
  mail jsonb not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  sent_at timestamptz
);
create index invites_by_room on invites (room_id, created_at);

create table invite_persons (
  invite_id uuid not null references invites (id) on delete cascade,
  holder text not null,
  number integer not null,
  used_at timestamptz not null,
  primary key (invite_id, holder),
  -- Two who use the last place at once cannot both get it.
  constraint invite_persons_number unique (invite_id, number)
);

alter table chat_messages
  add column audience text not null default 'everyone',
  add column recipient_id uuid references participants (id) on delete cascade,
  add column recipient_name text,
  -- No foreign key: the message that is answered may be deleted.
  add column reply_to uuid;

create table chat_reactions (
  message_id uuid not null references chat_messages (id) on delete cascade,
  participant_id uuid not null references participants (id) on delete cascade,
  emoji text not null,
  primary key (message_id, participant_id, emoji)
);
`;
