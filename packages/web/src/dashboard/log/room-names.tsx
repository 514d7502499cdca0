import type { RoomId } from '@conclave/protocol/ids';
import type { RoomHead } from '@conclave/protocol/rest/rooms';
import { createContext, useContext, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useAnswer } from '../../app/use-answer.ts';
import { roomTitle } from '../room-names.ts';
import { fetchRooms } from '../rooms-api.ts';

const RoomsContext = createContext<readonly RoomHead[]>([]);
const loadRooms = (signal: AbortSignal) => fetchRooms(undefined, signal);

/** The team's newest rooms, for names and for the filter. Without them the log shows ids. */
export function RoomNamesProvider({ children }: { children: ReactNode }) {
  const { loaded } = useAnswer(loadRooms);
  return <RoomsContext value={loaded.kind === 'ready' ? loaded.data.rooms : []}>{children}</RoomsContext>;
}

export function useKnownRooms(): readonly RoomHead[] {
  return useContext(RoomsContext);
}

/** What a room is called; the beginning of its id where that is not known, for example because it was deleted. */
export function useRoomName(): (id: RoomId | string, known?: string | null) => string {
  const { t } = useTranslation('log');
  const rooms = useContext(RoomsContext);
  return (id, known) => {
    const room = rooms.find((one) => one.id === id);
    return known ?? (room ? roomTitle(room) : t('roomId', { id: id.slice(0, 8) }));
  };
}
