/** Who a participant is for the event log, and how they came in; kept so that events after a restart of the server say the same. */
export const PARTICIPANTS = `
alter table participants add column person text, add column entered_by text;
update participants set person = 'participant ' || id, entered_by = 'room-link';
alter table participants alter column person set not null, alter column entered_by set not null;
`;
