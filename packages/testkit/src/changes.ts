import type { Event } from '@conclave/protocol/events/event';
import type { EventName } from '@conclave/protocol/events/names';
import type { Db } from '@conclave/server/db/connection';
import { sql } from 'kysely';

/**
 * The tables that each event accounts for when its result is `done`: it is written in the transaction that changes at least one of
 * them, and a change of any of them is told by an event that names it. None: the event says what happened outside the database.
 */
export const EVENT_CHANGES: Record<EventName, readonly string[]> = {
  'session.started': ['sessions'],
  'session.ended': ['sessions', 'participants'],
  'ticket.issued': ['join_tickets'],
  'participant.joined': ['participants', 'join_tickets', 'knocks'],
  'participant.resumed': ['participants'],
  'participant.renamed': ['participants'],
  'participant.left': ['participants'],
  'message.posted': ['chat_messages', 'sessions'],
  'message.deleted': ['chat_messages', 'chat_reactions', 'chat_deleted'],
  'message.reacted': ['chat_reactions'],
  'chat.cleared': ['chat_messages', 'chat_reactions', 'chat_deleted'],
  'chat.exported': [],
  'participant.role_changed': ['participants'],
  'participant.grants_changed': ['participants'],
  'participant.muted': [],
  'participant.asked_to_unmute': [],
  'hand.raised': ['participants'],
  'hand.lowered': ['participants'],
  'controls.changed': ['sessions', 'rooms'],
  'knock.made': ['knocks', 'join_tickets', 'rooms'],
  'knock.resumed': [],
  'knock.admitted': ['knocks'],
  'knock.turned_away': ['knocks'],
  'knock.left': ['knocks'],
  'producer.opened': [],
  'producer.paused': [],
  'producer.resumed': [],
  'producer.closed': [],
  'media.restarted': [],
  'member.signed_in': ['auth_sessions'],
  'member.signed_out': ['auth_sessions'],
  'request.refused': [],
  'receiver.stray': [],
  'room_token.issued': [],
  'ban.created': ['bans', 'rooms', 'join_tickets'],
  'ban.lifted': ['bans'],
  'invite.created': ['invites', 'invite_mails'],
  'invite.renewed': ['invites', 'invite_persons', 'invite_mails', 'rooms'],
  'invite.used': ['invite_persons'],
  'invite.revoked': ['invites', 'rooms'],
  'invite.sent': ['invites'],
  'invite.mail_failed': ['invites'],
  'owner_link.issued': ['setup_tokens'],
  'alert.raised': ['alerts'],
  'person.erased': [],
  'log.exported': [],
  'log.cut': [],
  'addresses.cut': [],
  'server.started': [],
  'installation.set_up': ['setup_tokens', 'auth_users', 'auth_accounts', 'team_members'],
  'team.created': ['teams'],
  'team.changed': ['teams', 'rooms'],
  'room.created': ['rooms'],
  'room.changed': ['rooms'],
  'room.deleted': ['rooms'],
  'room_password.changed': ['rooms'],
  'role.created': ['roles'],
  'role.changed': ['roles', 'rooms'],
  'role.deleted': ['roles'],
  'chat.cut': ['chat_messages', 'chat_reactions'],
  'developer_key.created': ['developer_keys'],
  'developer_key.revoked': ['developer_keys'],
  'alert.acknowledged': ['alerts'],
  'alert_rule.changed': ['alert_rules'],
  'retention.changed': ['retention'],
};

/** What a refusal may take away in the transaction that tells of it: a ticket that does not let its bearer in is used up. */
const REFUSAL_CHANGES = ['join_tickets'];

/** What is no state of Conclave, each with its reason. */
const EXEMPT: Readonly<Record<string, string>> = {
  rate_limits: 'counters of attempts, which expire by themselves',
  schema_migrations: 'written by the release, before anything is state',
  alert_tallies: 'counted from the log; moved on with the cursor that follows it',
  alert_windows: 'counted from the log; moved on with the cursor that follows it',
  alert_networks: 'read from the log; moved on with the cursor that follows it',
  mail_outbox: 'an effect of the event beside it, gone once it is sent',
};

/** Only these changes of a table count; what is left out has its reason beside it. */
const COUNTED: Readonly<Record<string, string>> = {
  auth_sessions: 'insert or delete', // an update prolongs a sign-in that is in use, once a day
};

/** A committed transaction that changed a table or wrote an event. */
export interface WatchedTransaction {
  /** Each as `rooms update`. */
  readonly changes: readonly { readonly table: string; readonly operation: 'insert' | 'update' | 'delete' }[];
  readonly events: readonly WatchedPart[];
}

/** Of an event what its writer decides; where and when it was written is left out. */
export interface WatchedPart {
  readonly name: EventName;
  readonly result: string;
  readonly data: Record<string, unknown>;
  readonly actor: Event['actor'];
  readonly target: Event['target'];
  readonly room: string | null;
}

export interface ChangeWatch {
  /** What was committed since the last call, in the order in which it began to write. */
  take(): Promise<WatchedTransaction[]>;
}

/**
 * Records, from now on, which tables each transaction changes and which events it writes: triggers on every table there is except
 * the log's own and what is no state. An update that changes nothing is no change. For tests; it stays until the database goes.
 */
export async function watchChanges(db: Db): Promise<ChangeWatch> {
  await sql.raw(WATCH).execute(db);
  const { rows } = await sql<{ name: string }>`select tablename as name from pg_tables where schemaname = 'public'`.execute(db);
  for (const { name } of rows) {
    if (Object.hasOwn(EXEMPT, name) || name.startsWith('event_log_')) continue;
    await sql`create trigger watched after ${sql.raw(COUNTED[name] ?? 'insert or update or delete')} on ${sql.table(name)}
      for each row execute function watch.note_change()`.execute(db);
  }
  await sql`create trigger watched after insert on event_log_pending for each row execute function watch.note_event()`.execute(db);
  return { take: () => takeNoted(db) };
}

/**
 * Each change of a table has an event in its transaction that accounts for it, and each event that tells of a change has it.
 * @throws Error that names the first transaction in which one goes without the other.
 */
export function expectAccounted(transactions: readonly WatchedTransaction[]): void {
  for (const { changes, events } of transactions) {
    const done = events.filter((event) => event.result === 'done');
    const refused = events.some((event) => event.name === 'request.refused');
    const accounted = new Set([...done.flatMap((event) => EVENT_CHANGES[event.name]), ...(refused ? REFUSAL_CHANGES : [])]);
    const changed = new Set(changes.map((change) => change.table));
    const silent = changes.find((change) => !accounted.has(change.table));
    if (silent) throw new Error(`${silent.operation} of ${silent.table} without an event; ${describe(changes, events)}`);
    const empty = done.find(({ name }) => EVENT_CHANGES[name].length > 0 && !EVENT_CHANGES[name].some((table) => changed.has(table)));
    if (empty) throw new Error(`${empty.name} without its change; ${describe(changes, events)}`);
  }
}

function describe(changes: WatchedTransaction['changes'], events: WatchedTransaction['events']): string {
  const changed = changes.map(({ table, operation }) => `${table} ${operation}`).join(', ');
  return `the transaction changed [${changed}] and wrote [${events.map((event) => event.name).join(', ')}]`;
}

interface Noted {
  txid: string;
  source: string;
  operation: 'insert' | 'update' | 'delete' | 'event';
  /** The event as it was written, without its place in the log. */
  event: Event | null;
}

async function takeNoted(db: Db): Promise<WatchedTransaction[]> {
  const { rows } = await sql<Noted>`
    with taken as (delete from watch.noted returning *) select * from taken order by position`.execute(db);
  return [...Map.groupBy(rows, (row) => row.txid).values()].map((noted) => ({
    changes: noted.flatMap(({ source, operation }) => (operation === 'event' ? [] : [{ table: source, operation }])),
    events: noted.flatMap(({ event }) => (event === null ? [] : [partOf(event)])),
  }));
}

function partOf({ name, result, data, actor, target, room }: Event): WatchedPart {
  return { name: name as EventName, result, data, actor, target, room }; // the log holds no other name
}

const WATCH = `
create schema watch;
create table watch.noted (
  position bigint generated always as identity,
  txid bigint not null default txid_current(),
  source text not null,
  operation text not null,
  event json
);
create function watch.note_change() returns trigger language plpgsql as $$
begin
  if tg_op <> 'UPDATE' or new is distinct from old then
    insert into watch.noted (source, operation) values (tg_table_name, lower(tg_op));
  end if;
  return null;
end $$;
create function watch.note_event() returns trigger language plpgsql as $$
begin
  insert into watch.noted (source, operation, event)
  values (new.name, 'event', ('{' || new.before_seq || ',' || new.after_seq || '}')::json);
  return null;
end $$;
`;
