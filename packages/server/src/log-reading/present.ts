import { AppError } from '@conclave/protocol/errors';
import { Event } from '@conclave/protocol/events/event';
import { EventView, LogPage } from '@conclave/protocol/rest/log';
import type { Db } from '../db/connection.ts';
import type { PersonKeys } from '../event-log/person-keys.ts';
import type { Entry } from './store.ts';

interface Reading {
  readonly db: Db;
  readonly personKeys: PersonKeys;
}

/** Events as people read them, with who is in them; the keys of all are asked for at once. */
export async function presentEvents({ db, personKeys }: Reading, entries: readonly Entry[]): Promise<EventView[]> {
  const events = entries.map(eventOf);
  const revealed = await personKeys.reveal(db, events);
  return events.map(({ v: _version, ...event }, index) => EventView.parse({ ...event, personal: revealed[index] ?? {} }));
}

/** @param entries one more than `limit` when there are further ones */
export async function presentPage(reading: Reading, entries: readonly Entry[], limit: number): Promise<LogPage> {
  const shown = entries.slice(0, limit);
  const next = entries.length > limit ? (shown.at(-1)?.seq ?? null) : null;
  return LogPage.parse({ events: await presentEvents(reading, shown), next });
}

/** @throws AppError `internal`: an entry that is no event was changed behind our back, which is not the reader's mistake */
function eventOf({ seq, entry }: Entry): Event {
  const parsed = Event.safeParse(JSON.parse(entry));
  if (!parsed.success) throw new AppError('internal', { cause: new Error(`the entry ${seq} of the event log is no event`) });
  return parsed.data;
}
