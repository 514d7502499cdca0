import { createStore } from 'zustand/vanilla';
import type { ChatAudience, ChatMessageView } from '@conclave/protocol/signalling/views';
import type { StoreApi } from 'zustand';
import type { StageView } from './layout/stage-layout.ts';
import type { TileKey } from './layout/stage-tiles.ts';
import type { Size } from './layout/tile-grid.ts';

export type RoomPanel = 'participants' | 'chat';
export type RoomDialog = 'settings' | 'shortcuts' | 'controls' | 'invites';

/** What is being written; it stays when the panel or the chat is closed. */
export interface ChatDraft {
  readonly text: string;
  readonly to: ChatAudience;
  /** The message that it answers; kept here because it may be deleted meanwhile. */
  readonly replyTo: Pick<ChatMessageView, 'id' | 'name'> | null;
  /** Counts how often somebody asked to write: the field then takes the focus. */
  readonly asked: number;
}

/** How this page shows the room; nothing of it leaves the page. */
export interface ViewState {
  view: StageView;
  pinned: TileKey | null;
  page: number;
  panel: RoomPanel | null;
  dialog: RoomDialog | null;
  sharePreview: boolean;
  draft: ChatDraft;
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
  setDraft(change: Partial<ChatDraft>): void;
  /** Opens the chat with the field ready for a message to somebody. */
  writeTo(to: ChatAudience, replyTo?: ChatDraft['replyTo']): void;
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
    draft: { text: '', to: { kind: 'everyone' }, replyTo: null, asked: 0 },
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
      togglePanel: (panel) => set((state) => ({ panel: state.panel === panel ? null : panel, draft: { ...state.draft, asked: 0 } })),
      closePanel: () => set(({ draft }) => ({ panel: null, draft: { ...draft, asked: 0 } })),
      openDialog: (dialog) => set({ dialog }),
      setSharePreview: (sharePreview) => set({ sharePreview }),
      setDraft: (change) => set(({ draft }) => ({ draft: { ...draft, ...change } })),
      writeTo: (to, replyTo = null) => set(({ draft }) => ({ panel: 'chat', draft: { ...draft, to, replyTo, asked: draft.asked + 1 } })),
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
