/** Alerts that rules raise over the event log, and the mails that wait to be sent. */
export const ALERTS = `
-- What a team has changed of the built-in rules.
create table alert_rules (
  team_id uuid not null references teams (id) on delete cascade,
  rule text not null,
  changes jsonb not null,
  primary key (team_id, rule)
);

create table alerts (
  id uuid primary key,
  position bigint generated always as identity constraint alerts_position_key unique,
  rule text not null,
  severity text not null,
  -- Null: of the installation, which the team of the plain host sees.
  team_id uuid,
  raised_at timestamptz not null,
  -- The event that raised it, from which is read whom it is about; null where none did.
  subject_seq bigint,
  acknowledged_at timestamptz,
  acknowledged_by uuid
);
create index alerts_by_team on alerts (team_id, position);
create index alerts_open on alerts (team_id, position) where acknowledged_at is null;

-- What the engine remembers between two batches. All of it comes from the log and is moved on in the transaction that moves the cursor.
create table alert_tallies (
  alert_id uuid primary key references alerts (id) on delete cascade,
  count integer not null,
  seqs bigint[] not null,
  last_at timestamptz not null
);
create table alert_windows (
  -- HMAC of rule, team and group: nobody is named here.
  key bytea primary key,
  hits jsonb not null,
  alert_id uuid references alerts (id) on delete set null,
  mailed_at timestamptz,
  touched_at timestamptz not null
);
create index alert_windows_by_time on alert_windows (touched_at);
-- Networks in which a member has signed in, both as HMAC; an empty network says that there was a sign-in at all.
create table alert_networks (
  member_key bytea not null,
  network_key bytea not null,
  seen_at timestamptz not null,
  primary key (member_key, network_key)
);
create index alert_networks_by_time on alert_networks (seen_at);
insert into event_log_followers (name, next_seq) values ('alerts', 0) on conflict do nothing;

create table mail_outbox (
  id uuid primary key,
  recipient text not null,
  subject text not null,
  body text not null,
  queued_at timestamptz not null,
  next_attempt_at timestamptz not null,
  attempts integer not null default 0
);
create index mail_outbox_by_attempt on mail_outbox (next_attempt_at);
`;
