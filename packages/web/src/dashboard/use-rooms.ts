import type { RoomHead } from '@conclave/protocol/rest/rooms';
import { useEffect, useState } from 'react';
import type { Failure } from '../app/api.ts';
import { useAnswer, type Loaded } from '../app/use-answer.ts';
import { fetchLiveCounts, fetchRooms, type RoomPage } from './rooms-api.ts';

export interface RoomsControl {
  rooms: Loaded<RoomPage>;
  reload(): void;
  /** The reason when the next page could not be had. */
  showMore(): Promise<Failure | null>;
  added(room: RoomHead): void;
  changed(room: RoomHead): void;
  removed(room: RoomHead): void;
}

const loadFirst = (signal: AbortSignal) => fetchRooms(undefined, signal);

/** The team's rooms as the server gave them, kept current with what this page does. */
export function useRooms(): RoomsControl {
  const { loaded: rooms, retry: reload, update } = useAnswer(loadFirst);
  const showMore = async () => {
    if (rooms.kind !== 'ready') return null;
    const answer = await fetchRooms(rooms.data.rooms.at(-1));
    if (!answer.ok) return answer.failure;
    update((page) => ({
      ...page,
      rooms: [...page.rooms, ...answer.data.rooms.filter((room) => !page.rooms.some((known) => known.id === room.id))],
    }));
    return null;
  };
  return {
    rooms,
    reload,
    showMore,
    added: (room) => update((page) => ({ rooms: [room, ...page.rooms], total: page.total + 1 })),
    changed: (room) => update((page) => ({ ...page, rooms: page.rooms.map((known) => (known.id === room.id ? room : known)) })),
    removed: (room) => update((page) => ({ rooms: page.rooms.filter((known) => known.id !== room.id), total: page.total - 1 })),
  };
}

const LIVE_INTERVAL_MS = 10_000;

/** How many people are in each room now; asked again while the page is seen. Silent when it cannot be known. */
export function useLiveCounts(): Readonly<Record<string, number>> {
  const [counts, setCounts] = useState<Record<string, number>>({});
  useEffect(() => {
    const abort = new AbortController();
    const ask = async () => {
      if (document.visibilityState !== 'visible') return;
      const answer = await fetchLiveCounts(abort.signal);
      if (!abort.signal.aborted && answer.ok) setCounts(answer.data);
    };
    const askNow = () => void ask();
    askNow();
    const timer = setInterval(askNow, LIVE_INTERVAL_MS);
    document.addEventListener('visibilitychange', askNow);
    return () => {
      abort.abort();
      clearInterval(timer);
      document.removeEventListener('visibilitychange', askNow);
    };
  }, []);
  return counts;
}
