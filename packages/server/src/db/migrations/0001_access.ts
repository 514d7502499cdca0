/** Who may do what where: accounts (`auth_*` are better-auth's), teams with their members and keys, rooms. */
export const ACCESS = `
create table auth_users (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  email text not null unique,
  email_verified boolean not null default false,
  image text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table auth_sessions (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth_users (id) on delete cascade,
  token text not null unique,
  expires_at timestamptz not null,
  ip_address text,
  user_agent text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index auth_sessions_by_user on auth_sessions (user_id);

create table auth_accounts (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth_users (id) on delete cascade,
  account_id text not null,
  provider_id text not null,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  password text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (provider_id, account_id)
);
create index auth_accounts_by_user on auth_accounts (user_id);

create table auth_verifications (
  id uuid primary key default gen_random_uuid(),
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index auth_verifications_by_identifier on auth_verifications (identifier);

create table teams (
  id uuid primary key,
  name text not null,
  -- The host label: the team answers on <slug>.<host>.
  slug text not null constraint teams_slug_key unique,
  -- The first team answers on the plain host instead.
  on_plain_host boolean not null,
  settings jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index teams_name_key on teams (lower(name));
create unique index teams_one_on_plain_host on teams (on_plain_host) where on_plain_host;

create table team_members (
  team_id uuid not null references teams (id) on delete cascade,
  user_id uuid not null references auth_users (id) on delete cascade,
  role text not null,
  created_at timestamptz not null default now(),
  primary key (team_id, user_id)
);
create index team_members_by_user on team_members (user_id);

create table developer_keys (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  digest bytea not null unique,
  -- AES-256-GCM under the master key: the key signs room tokens, so it must be recoverable.
  sealed bytea not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz
);
create index developer_keys_by_team on developer_keys (team_id);

create table rooms (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  -- Order of creation, which timestamps cannot promise: lists and their cursors follow it.
  position bigint generated always as identity unique,
  friendly_url text not null,
  -- Only what was given; the rest follows the team's defaults.
  settings jsonb not null default '{}',
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- A room with history keeps its row, so that reports can name it.
  deleted_at timestamptz
);
create unique index rooms_friendly_url_key on rooms (team_id, lower(friendly_url)) where deleted_at is null;
create index rooms_by_team on rooms (team_id, position);

create table setup_tokens (
  digest bytea primary key,
  created_at timestamptz not null default now()
);

create table rate_limits (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint
);
`;
