import type { RoomHead } from '@conclave/protocol/rest/rooms';
import { useCallback, useEffect, useState } from 'react';
import type { Failure } from '../app/api.ts';
import { fetchLiveCounts, fetchRooms } from './rooms-api.ts';

export type Rooms =
  | { kind: 'loading' }
  | { kind: 'failed'; failure: Failure }
  | { kind: 'ready'; rooms: readonly RoomHead[]; total: number };

export interface RoomsControl {
  rooms: Rooms;
  reload(): void;
  showMore(): Promise<Failure | null>;
  added(room: RoomHead): void;
  changed(room: RoomHead): void;
  removed(room: RoomHead): void;
}

/** The team's rooms as the server gave them, kept current with what this page does. */
export function useRooms(): RoomsControl {
  const [rooms, setRooms] = useState<Rooms>({ kind: 'loading' });
  const [tries, setTries] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    void fetchRooms(undefined, abort.signal).then((answer) => {
      if (abort.signal.aborted) return;
      setRooms(answer.ok ? { kind: 'ready', ...answer.data } : { kind: 'failed', failure: answer.failure });
    });
    return () => abort.abort();
  }, [tries]);

  const update = useCallback((change: (rooms: readonly RoomHead[]) => readonly RoomHead[], more: number) => {
    setRooms((state) => (state.kind === 'ready' ? { ...state, rooms: change(state.rooms), total: state.total + more } : state));
  }, []);
  const showMore = async () => {
    if (rooms.kind !== 'ready') return null;
    const answer = await fetchRooms(rooms.rooms.at(-1));
    if (!answer.ok) return answer.failure;
    update((known) => [...known, ...answer.data.rooms.filter((room) => !known.some((other) => other.id === room.id))], 0);
    return null;
  };
  return {
    rooms,
    showMore,
    reload: useCallback(() => { setRooms({ kind: 'loading' }); setTries((before) => before + 1); }, []),
    added: useCallback((room) => update((known) => [room, ...known], 1), [update]),
    changed: useCallback((room) => update((known) => known.map((other) => (other.id === room.id ? room : other)), 0), [update]),
    removed: useCallback((room) => update((known) => known.filter((other) => other.id !== room.id), -1), [update]),
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
