import { createContext, use, useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import { useSessionStore } from './session-context.tsx';
import { createViewStore } from './view-state.ts';
import type { ViewActions, ViewState, ViewStore } from './view-state.ts';

const ViewContext = createContext<ViewStore | null>(null);

/** Holds how the page shows the room, and remembers who spoke lately. */
export function ViewProvider({ initial, children }: { initial?: Partial<ViewState> | undefined; children: ReactNode }) {
  const [store] = useState(() => createViewStore(initial));
  const session = useSessionStore();
  useEffect(() => {
    const note = (id: string | null) => {
      if (id !== null && id !== session.getState().self?.participantId) store.actions.noteSpeaker(id);
    };
    note(session.getState().activeSpeakerId);
    return session.subscribe((state, before) => {
      if (state.activeSpeakerId !== before.activeSpeakerId) note(state.activeSpeakerId);
    });
  }, [session, store]);
  return <ViewContext value={store}>{children}</ViewContext>;
}

function useViewStore(): ViewStore {
  const store = use(ViewContext);
  if (!store) throw new Error('outside of ViewProvider');
  return store;
}

export function useView<T>(select: (state: ViewState) => T): T {
  return useStore(useViewStore(), select);
}

export function useViewActions(): ViewActions {
  return useViewStore().actions;
}
