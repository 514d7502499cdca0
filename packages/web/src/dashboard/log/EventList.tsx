import type { EventView } from '@conclave/protocol/rest/log';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { ActorNames } from './actor-names.ts';
import { EventRow } from './EventRow.tsx';
import { useReaderLocale } from './EventTime.tsx';
import { dayOf, longDate } from './times.ts';
import { useNow } from './use-now.ts';

interface Day {
  key: string;
  timeMs: number;
  events: EventView[];
}

/** Events in their order, cut where the day changes for the reader. */
export function byDay(events: readonly EventView[]): Day[] {
  const days: Day[] = [];
  for (const event of events) {
    const timeMs = Date.parse(event.time);
    const key = dayOf(timeMs);
    const last = days.at(-1);
    if (last?.key === key) last.events.push(event);
    else days.push({ key, timeMs, events: [event] });
  }
  return days;
}

/** Events, newest first, under the days on which they happened. */
export function EventList({ events, names }: { events: readonly EventView[]; names: ActorNames }) {
  return (
    <div className="flex flex-col gap-6">
      {byDay(events).map((day, index) => (
        // A clock that was set back can bring a day twice.
        // oxlint-disable-next-line react/no-array-index-key
        <DayList key={`${day.key} ${index}`} day={day} names={names} />
      ))}
    </div>
  );
}

function DayList({ day, names }: { day: Day; names: ActorNames }) {
  const { t } = useTranslation('log');
  const locale = useReaderLocale();
  const id = useId();
  const now = useNow();
  const word = day.key === dayOf(now) ? t('today') : day.key === dayOf(now - 86_400_000) ? t('yesterday') : null;
  return (
    <section aria-labelledby={id}>
      <h2 id={id} className="mb-2 px-1 text-sm font-semibold">
        {word !== null && <>{word} · </>}
        <span className={word === null ? '' : 'font-normal text-muted'}>{longDate(day.timeMs, locale)}</span>
      </h2>
      <ol className="divide-y divide-line overflow-clip rounded-3xl border border-line bg-surface">
        {day.events.map((event) => (
          <EventRow key={event.seq} event={event} names={names} />
        ))}
      </ol>
    </section>
  );
}
