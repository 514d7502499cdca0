/** Invites by mail: the calendar entry of a mail, what a mail is about, and how many invites a team has sent. */
export const INVITE_MAILS = `
alter table mail_outbox
  add column calendar jsonb,
  -- What the mail is about, so that it can be taken back while it waits.
  add column about text;
create index mail_outbox_by_about on mail_outbox (about) where about is not null;

create table invite_mails (
  team_id uuid not null references teams (id) on delete cascade,
  queued_at timestamptz not null
);
create index invite_mails_by_team on invite_mails (team_id, queued_at);
`;
