/** For how long events of the log are kept, and when it was last seen to. */
export const RETENTION = `
-- What a team has chosen; null follows the default.
create table retention (
  team_id uuid primary key references teams (id) on delete cascade,
  session integer,
  security integer,
  administration integer
);

-- One row: the day (UTC) for which everything past its time was cut.
create table event_log_retention_state (
  singleton boolean primary key default true check (singleton),
  done_for date
);
insert into event_log_retention_state default values;
`;
