/** Who was sent back to the lobby waits there until let in, whichever door they come to and whether or not others wait. */
export const SENT_BACK = `
alter table knocks
  -- The session whose moderator sent them back; null: they knocked.
  add column sent_back_from uuid references sessions (id) on delete cascade,
  add column invite_id uuid,
  add column device_id text;
create index knocks_sent_back on knocks (sent_back_from) where sent_back_from is not null;
`;
