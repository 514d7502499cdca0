import { randomBytes, randomUUID } from 'node:crypto';
import type { Event, PersonalField } from '@conclave/protocol/events/event';
import { AppError } from '@conclave/protocol/errors';
import { systemClock, type Clock } from '@conclave/runtime/clock';
import { seal, unseal } from '@conclave/runtime/sealing';
import { Secret } from '@conclave/runtime/secret';
import { sql } from 'kysely';
import type { Db } from '../db/connection.ts';
import type { Tx } from '../db/transaction.ts';
import type { Person } from './cause.ts';

/** How many keys are kept at hand, unwrapped. */
const CACHED_KEYS = 10_000;
/** And how long: another process may have destroyed one, and until it is looked up again new events are sealed under it. */
const CACHED_MS = 30_000;

type Sealed = NonNullable<Event['personal'][PersonalField]>;
export type Revealed = Partial<Record<PersonalField, string | null>>;

interface PersonKey {
  readonly id: string;
  readonly key: Secret;
}

/** The keys under which the log holds who somebody is: AES-256-GCM, one key a person, wrapped by the master key. */
export interface PersonKeys {
  /** Seals a field of an event under the person's key, which is made if there is none. */
  seal(tx: Tx, person: Person, of: { eventId: string; field: PersonalField; value: string }): Promise<Sealed>;
  /** The personal fields of events in the clear; null where the key was destroyed. */
  reveal(db: Db, events: readonly Pick<Event, 'id' | 'personal'>[]): Promise<Revealed[]>;
  /** Destroys the key of a person: everything sealed under it is unreadable for good. Says whether there was one. */
  destroy(tx: Tx, person: Person): Promise<boolean>;
}

/** @param wrapping the key that wraps the keys, `MasterKeys.persons` */
export function createPersonKeys(wrapping: Secret, clock: Clock = systemClock): PersonKeys {
  /** Only keys that are known to be stored: one of a transaction that is rolled back must not be used again. */
  const cache = new Map<Person, { key: PersonKey; untilMs: number }>();
  const ofTransaction = new WeakMap<Tx, Map<Person, PersonKey>>();

  async function keyOf(tx: Tx, person: Person): Promise<PersonKey> {
    const cached = cache.get(person);
    const known = cached && cached.untilMs > clock.nowMs() ? cached.key : ofTransaction.get(tx)?.get(person);
    if (known) return known;
    const { key, isNew } = await findOrMake(tx, person);
    if (isNew) ofTransaction.set(tx, (ofTransaction.get(tx) ?? new Map<Person, PersonKey>()).set(person, key));
    else keep(person, key);
    return key;
  }

  function keep(person: Person, key: PersonKey): void {
    const nowMs = clock.nowMs();
    cache.delete(person); // so that the oldest come first
    cache.set(person, { key, untilMs: nowMs + CACHED_MS });
    for (const [oldest, { untilMs }] of cache) {
      if (untilMs > nowMs && cache.size <= CACHED_KEYS) break;
      cache.delete(oldest);
    }
  }

  async function findOrMake(tx: Tx, person: Person): Promise<{ key: PersonKey; isNew: boolean }> {
    const fresh = { id: randomUUID(), key: new Secret(randomBytes(32).toString('base64url')) };
    const wrapped = seal(wrapping, fresh.key.reveal(), contextOf(fresh.id));
    // Somebody else may make the same key between our looking and our making: then the second look finds it.
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const { rows } = await sql<{ id: string; wrapped: Buffer; is_new: boolean }>`
        with made as (
          insert into event_log_person_keys (id, subject, wrapped) values (${fresh.id}, ${person}, ${wrapped})
          on conflict (subject) do nothing returning id, wrapped
        )
        select id, wrapped, true as is_new from made
        union all select id, wrapped, false from event_log_person_keys where subject = ${person}`.execute(tx);
      const [row] = rows;
      if (row) return { key: row.is_new ? fresh : unwrap(row), isNew: row.is_new };
    }
    throw new AppError('internal', { cause: new Error('a person key could neither be made nor found') });
  }

  function unwrap(row: { id: string; wrapped: Buffer }): PersonKey {
    return { id: row.id, key: new Secret(unseal(wrapping, row.wrapped, contextOf(row.id))) };
  }

  async function load(db: Db, ids: readonly string[]): Promise<Map<string, Secret>> {
    if (ids.length === 0) return new Map();
    const rows = await db.selectFrom('event_log_person_keys').select(['id', 'wrapped']).where('id', 'in', ids).execute();
    return new Map(rows.flatMap(({ id, wrapped }) => (wrapped ? [[id, unwrap({ id, wrapped }).key] as const] : [])));
  }

  return {
    seal: async (tx, person, { eventId, field, value }) => {
      const { id, key } = await keyOf(tx, person);
      return { key: id, sealed: seal(key, value, `${eventId} ${field}`).toString('base64url') };
    },
    reveal: async (db, events) => {
      const fieldsOf = (event: Pick<Event, 'personal'>) => Object.entries(event.personal) as [PersonalField, Sealed][]; // Event says so
      const keys = await load(db, [...new Set(events.flatMap((event) => fieldsOf(event).map(([, { key }]) => key)))]);
      return events.map((event) =>
        Object.fromEntries(
          fieldsOf(event).map(([field, { key: id, sealed }]) => {
            const key = keys.get(id);
            return [field, key ? unseal(key, Buffer.from(sealed, 'base64url'), `${event.id} ${field}`) : null];
          }),
        ),
      );
    },
    destroy: async (tx, person) => {
      cache.delete(person);
      const { numUpdatedRows } = await tx
        .updateTable('event_log_person_keys')
        .set({ subject: null, wrapped: null, destroyed_at: new Date() })
        .where('subject', '=', person)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
  };
}

/** Bound to its row, so that a wrapped key copied to another row does not open. */
function contextOf(id: string): string {
  return `person key ${id}`;
}
