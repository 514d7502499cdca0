import { createStore } from 'zustand/vanilla';
import type { StoreApi } from 'zustand';
import type { StageView } from './layout/stage-layout.ts';
import type { TileKey } from './layout/stage-tiles.ts';
import type { Size } from './layout/tile-grid.ts';

export type RoomPanel = 'participants' | 'chat';
export type RoomDialog = 'settings' | 'shortcuts' | 'controls';

/** How this page shows the room; nothing of it leaves the page. */
export interface ViewState {
  view: StageView;
  pinned: TileKey | null;
  page: number;
  panel: RoomPanel | null;
  dialog: RoomDialog | null;
  sharePreview: boolean;
  /** Newest first, oneself left out. */
  recentSpeakers: readonly string[];
  /** Sizes of shared pictures, by tile. */
  pictures: Readonly<Record<string, Size>>;
}

export interface ViewActions {
  setView(view: StageView): void;
  togglePin(key: TileKey): void;
  setPage(page: number): void;
  togglePanel(panel: RoomPanel): void;
  closePanel(): void;
  openDialog(dialog: RoomDialog | null): void;
  setSharePreview(shown: boolean): void;
  noteSpeaker(participantId: string): void;
  notePicture(key: TileKey, size: Size): void;
}

export type ViewStore = StoreApi<ViewState> & { actions: ViewActions };

const RECENT_LIMIT = 24;

export function createViewStore(initial: Partial<ViewState> = {}): ViewStore {
  const store = createStore<ViewState>(() => ({
    view: 'grid',
    pinned: null,
    page: 0,
    panel: null,
    dialog: null,
    sharePreview: true,
    recentSpeakers: [],
    pictures: {},
    ...initial,
  }));
  const set = store.setState;
  return {
    ...store,
    actions: {
      setView: (view) => set({ view, pinned: null, page: 0 }),
      togglePin: (key) => set((state) => ({ pinned: state.pinned === key ? null : key })),
      setPage: (page) => set({ page: Math.max(0, page) }),
      togglePanel: (panel) => set((state) => ({ panel: state.panel === panel ? null : panel })),
      closePanel: () => set({ panel: null }),
      openDialog: (dialog) => set({ dialog }),
      setSharePreview: (sharePreview) => set({ sharePreview }),
      noteSpeaker: (id) =>
        set((state) => ({ recentSpeakers: [id, ...state.recentSpeakers.filter((other) => other !== id)].slice(0, RECENT_LIMIT) })),
      notePicture: (key, size) =>
        set((state) => {
          const known = state.pictures[key];
          return known?.width === size.width && known.height === size.height ? state : { pictures: { ...state.pictures, [key]: size } };
        }),
    },
  };
}
