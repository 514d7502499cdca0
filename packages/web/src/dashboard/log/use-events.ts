import type { EventView, LogPage } from '@conclave/protocol/rest/log';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Failure } from '../../app/api.ts';
import { useAnswer, type Loaded } from '../../app/use-answer.ts';
import { filterQuery, readFilter, type ShownFilter } from './filter.ts';
import { fetchEvents } from './log-api.ts';

export interface EventsControl {
  page: Loaded<LogPage>;
  reload(): void;
  /** Adds the next older page; says how many came, or why none did. */
  loadMore(): Promise<{ added: number; failure: Failure | null }>;
  /** News that wait to be shown, newest first. */
  waiting: readonly EventView[];
  showWaiting(): void;
  /** How many came while this was open, shown or waiting. */
  arrivedCount: number;
  /** Takes what arrived live: shown at once where that moves nothing under the reader's hands, kept waiting otherwise. */
  arrived(events: readonly EventView[], showNow: boolean): void;
  /** Asks for what happened since the newest known event; for a live connection that opens late or again. */
  catchUp(showNow: () => boolean): Promise<void>;
}

/** With more news than this a fresh first page is easier on everybody. */
const MOST_WAITING = 200;
/** A list longer than this does not grow by itself. */
const LONGEST = 1_000;

const byNewest = (a: EventView, b: EventView) => b.seq - a.seq;

/** Both lists as one, newest first, each event once. */
export function mergeEvents(known: readonly EventView[], more: readonly EventView[]): EventView[] {
  const bySeq = new Map([...known, ...more].map((event) => [event.seq, event]));
  return [...bySeq.values()].sort(byNewest);
}

/** The events that fit a filter, page by page, and what arrives meanwhile. */
export function useEvents(filter: ShownFilter): EventsControl {
  const query = filterQuery(filter).toString();
  const load = useCallback((signal: AbortSignal) => fetchEvents(readFilter(query), { signal }), [query]);
  const { loaded: page, retry, update } = useAnswer(load);
  const [news, setNews] = useState<{ query: string; events: readonly EventView[] }>({ query, events: [] });
  const [arrivedCount, setArrivedCount] = useState(0);
  const waiting = news.query === query ? news.events : [];
  const latest = useRef({ page, waiting, query });
  useEffect(() => {
    latest.current = { page, waiting, query };
  });

  const reload = () => {
    setNews({ query, events: [] });
    retry();
  };
  const loadMore = async () => {
    if (page.kind !== 'ready' || page.data.next === null) return { added: 0, failure: null };
    const answer = await fetchEvents(filter, { cursor: page.data.next });
    if (!answer.ok) return { added: 0, failure: answer.failure };
    update((before) => ({ events: mergeEvents(before.events, answer.data.events), next: answer.data.next }));
    return { added: answer.data.events.length, failure: null };
  };
  const arrived = (events: readonly EventView[], showNow: boolean) => {
    const { page: current, waiting: before } = latest.current;
    if (current.kind !== 'ready') return;
    const known = new Set([...current.data.events, ...before].map((event) => event.seq));
    const fresh = events.filter((event) => !known.has(event.seq));
    if (fresh.length === 0) return;
    setArrivedCount((count) => count + fresh.length);
    if (showNow && before.length === 0 && known.size < LONGEST) {
      update((shown) => ({ ...shown, events: mergeEvents(shown.events, fresh) }));
    } else {
      setNews((old) => ({ query, events: mergeEvents(old.query === query ? old.events : [], fresh) }));
    }
  };
  const showWaiting = () => {
    if (waiting.length > MOST_WAITING) return reload();
    update((shown) => ({ ...shown, events: mergeEvents(shown.events, waiting) }));
    return setNews({ query, events: [] });
  };
  const catchUp = async (showNow: () => boolean) => {
    const { page: current, waiting: before } = latest.current;
    if (current.kind !== 'ready') return;
    const newest = before[0]?.seq ?? current.data.events[0]?.seq ?? -1;
    const answer = await fetchEvents(filter, { limit: MOST_WAITING });
    if (!answer.ok || latest.current.query !== query) return;
    const { events, next } = answer.data;
    const oldest = events.at(-1)?.seq ?? -1;
    // More happened than one answer holds: between it and what is shown there would be a hole.
    if (next !== null && oldest > newest) return reload();
    arrived(
      events.filter((event) => event.seq > newest),
      showNow(),
    );
  };
  return { page, reload, loadMore, waiting, showWaiting, arrivedCount, arrived, catchUp };
}
