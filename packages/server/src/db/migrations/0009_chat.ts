/** For how long chat is kept, what of it outlives its meeting, and what was deleted for good. */
export const CHAT = `
-- What a team has chosen, in days; null follows the default.
alter table retention add column chat integer;

alter table sessions
  -- The seq of a message goes on where the meeting before in the same room ended: one order over all meetings.
  add column first_chat_seq integer not null default 0;
create index sessions_by_room on sessions (room_id);

alter table chat_messages
  -- Written to everybody while the room kept its chat: later meetings may show it.
  add column is_kept boolean not null default false;
create index chat_messages_by_time on chat_messages (sent_at);
create index chat_messages_kept on chat_messages (session_id, seq) where is_kept;

-- Whoever did not hear that a message was stored sends it again: what was deleted meanwhile must not come back by it.
create table chat_deleted (
  participant_id uuid not null references participants (id) on delete cascade,
  client_message_id uuid not null,
  primary key (participant_id, client_message_id)
);
`;
