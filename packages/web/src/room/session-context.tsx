import { createContext, use } from 'react';
import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import type { StoreApi } from 'zustand';
import type { SessionCommands, SessionState } from '../session/state.ts';

/** What the room shows and acts upon; `createMeetingSession` gives it. */
export interface RoomSession {
  store: StoreApi<SessionState>;
  commands: SessionCommands;
}

const SessionContext = createContext<RoomSession | null>(null);

export function SessionProvider({ session, children }: { session: RoomSession; children: ReactNode }) {
  return <SessionContext value={session}>{children}</SessionContext>;
}

function useRoomSession(): RoomSession {
  const session = use(SessionContext);
  if (!session) throw new Error('outside of SessionProvider');
  return session;
}

/** Reads a slice of the session; the component renders again when that slice changes. */
export function useSession<T>(select: (state: SessionState) => T): T {
  return useStore(useRoomSession().store, select);
}

export function useCommands(): SessionCommands {
  return useRoomSession().commands;
}

export function useSessionStore(): StoreApi<SessionState> {
  return useRoomSession().store;
}
