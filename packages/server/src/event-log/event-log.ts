import { randomUUID } from 'node:crypto';
import type { Event, EventResult, PersonalField, Target } from '@conclave/protocol/events/event';
import { EVENTS, type EventData, type EventName } from '@conclave/protocol/events/names';
import type { RoomId, SessionId, TeamId } from '@conclave/protocol/ids';
import type { Clock } from '@conclave/runtime/clock';
import { sql, type Insertable } from 'kysely';
import type { Tables } from '../db/tables.ts';
import type { Tx } from '../db/transaction.ts';
import { canonicalMembers, type Json } from './canonical-json.ts';
import type { Cause, Person } from './cause.ts';
import { networkOf, plainAddress } from '@conclave/runtime/ip-networks';
import type { PersonKeys } from './person-keys.ts';

/** An event that somebody writes; the log adds the rest. */
export interface NewEvent<N extends EventName = EventName> {
  readonly name: N;
  readonly by: Cause;
  readonly data: EventData<N>;
  readonly team?: TeamId | null;
  readonly room?: RoomId | null;
  readonly session?: SessionId | null;
  readonly target?: Target | null;
  /** `done` unless given. */
  readonly result?: EventResult;
  /** Who somebody is. Sealed under the key of `person`, or else of the cause's. */
  readonly personal?: Partial<Record<Exclude<PersonalField, 'address' | 'network'>, string | null>>;
  /** Whom `personal` is about, when it is not who acts. */
  readonly person?: Person;
  /** The same id again is the same event and is written once. A new one unless given. */
  readonly id?: string;
  /** When it was done, in milliseconds since 1970; now unless given. */
  readonly atMs?: number;
}

/** The one way into the log. */
export interface EventLog {
  /**
   * Writes an event in the transaction that does the thing: both are stored or neither. It gets its `seq` within moments of the
   * commit. Events whose cause has an address store it and its network.
   * @throws AppError `unavailable` when the database is away, and with it the whole action.
   */
  append<N extends EventName>(tx: Tx, event: NewEvent<N>): Promise<void>;
  /** Several events in one round trip, in their order; for what happens without a change in the database. */
  appendAll(tx: Tx, events: readonly NewEvent[]): Promise<void>;
}

type PendingRow = Insertable<Tables['event_log_pending']>;

interface EventLogOptions {
  readonly clock: Clock;
  readonly personKeys: PersonKeys;
  /** Told that there will be something to sequence once the transaction commits. */
  onAppended(): void;
}

export function createEventLog({ clock, personKeys, onAppended }: EventLogOptions): EventLog {
  async function personalOf(tx: Tx, event: NewEvent, eventId: string, day: string): Promise<Event['personal']> {
    const sealed: Event['personal'] = {};
    const visitors = `visitors ${day.slice(0, 7)}`;
    const person = event.person ?? event.by.person ?? visitors;
    for (const [field, value] of Object.entries(event.personal ?? {}) as [PersonalField, string | null][]) {
      if (value !== null) sealed[field] = await personKeys.seal(tx, person, { eventId, field, value: value.toWellFormed() });
    }
    const { address } = event.by;
    if (address === null) return sealed;
    const network = networkOf(address, { v4: 24, v6: 48 });
    sealed.address = await personKeys.seal(tx, `addresses ${day}`, { eventId, field: 'address', value: plainAddress(address) });
    sealed.network = await personKeys.seal(tx, event.by.person ?? visitors, { eventId, field: 'network', value: network });
    return sealed;
  }

  async function rowOf(tx: Tx, event: NewEvent): Promise<PendingRow> {
    const { name, by, data, team = null, room = null, session = null, target = null, result = 'done' } = event;
    const { category, data: schema } = EVENTS[name];
    const { actor } = by;
    const id = event.id ?? randomUUID();
    const at = new Date(event.atMs ?? clock.nowMs());
    const personal = await personalOf(tx, event, id, at.toISOString().slice(0, 10));
    return {
      id,
      at,
      category,
      name,
      actor_kind: actor.kind,
      actor_id: actor.id,
      team_id: team,
      room_id: room,
      session_id: session,
      target_id: target?.id ?? null,
      result,
      // Members sort by name: `seq`, which is not known yet, comes between `room` and `session`.
      before_seq: canonicalMembers({ actor, category, data: wellFormed(schema.parse(data)), id, name, personal, result, room }),
      after_seq: canonicalMembers({ session, target, team, time: at.toISOString(), v: 1 }),
    };
  }

  async function appendAll(tx: Tx, events: readonly NewEvent[]): Promise<void> {
    if (events.length === 0) return;
    const rows: PendingRow[] = [];
    for (const event of events) rows.push(await rowOf(tx, event));
    await insertion(rows).execute(tx);
    onAppended();
  }

  return { append: (tx, event) => appendAll(tx, [event]), appendAll };
}

/** One statement with a list for each column: a thousand events are parsed and planned like one. */
function insertion(rows: readonly PendingRow[]) {
  const column = <K extends keyof PendingRow>(name: K) => rows.map((row) => row[name]);
  return sql`
    insert into event_log_pending
      (id, at, category, name, actor_kind, actor_id, team_id, room_id, session_id, target_id, result, before_seq, after_seq)
    select * from unnest(
      ${column('id')}::uuid[], ${column('at')}::timestamptz[], ${column('category')}::text[], ${column('name')}::text[],
      ${column('actor_kind')}::text[], ${column('actor_id')}::text[], ${column('team_id')}::uuid[], ${column('room_id')}::uuid[],
      ${column('session_id')}::uuid[], ${column('target_id')}::text[], ${column('result')}::text[],
      ${column('before_seq')}::text[], ${column('after_seq')}::text[])
    on conflict (id) do nothing`;
}

/** A broken surrogate becomes U+FFFD: what people type must not keep an event from being written. */
function wellFormed(value: Json): Json {
  if (typeof value === 'string') return value.toWellFormed();
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(wellFormed);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key.toWellFormed(), wellFormed(member as Json)]));
}
