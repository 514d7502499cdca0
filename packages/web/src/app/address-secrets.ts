import { matchRoute } from './route.ts';

/** Secrets that came in the address. They are out of the address bar, the history and screenshots before anything is drawn. */
export interface AddressSecrets {
  /** Of an owner link, `/setup#token=…`: never leaves this page but for the set-up itself. */
  setupToken: string | null;
}

const roomTokenKey = (room: string) => `conclave.room-token.${room}`;

type Page = {
  location: Pick<Location, 'pathname' | 'search' | 'hash'>;
  history: Pick<History, 'replaceState' | 'state'>;
  storage: Pick<Storage, 'getItem' | 'setItem'>;
};

/**
 * Reads `#token=` of the set-up page and `?token=` of a room, and takes both out of the address at once.
 * A room's token is kept for reloads of this tab alone (`sessionStorage`).
 */
export function takeAddressSecrets({ location, history, storage }: Page): AddressSecrets {
  const route = matchRoute(location.pathname);
  const query = new URLSearchParams(location.search);
  const fragment = new URLSearchParams(location.hash.slice(1));
  const roomToken = query.get('token');
  const setupToken = route.name === 'setup' ? fragment.get('token') : null;
  if (roomToken === null && setupToken === null) return { setupToken: null };

  query.delete('token');
  if (setupToken !== null) fragment.delete('token');
  const search = query.size === 0 ? '' : `?${query}`;
  const hash = setupToken === null ? location.hash : fragment.size === 0 ? '' : `#${fragment}`;
  history.replaceState(history.state, '', location.pathname + search + hash);
  if (roomToken !== null && route.name === 'room') rememberRoomToken(route.room, roomToken, storage);
  return { setupToken };
}

/** The token this tab was given for a room. */
export function roomTokenOf(room: string, storage: Pick<Storage, 'getItem'>): string | null {
  try {
    return storage.getItem(roomTokenKey(room)) || null;
  } catch {
    return null;
  }
}

/** The token with which this tab will enter a room. */
export function rememberRoomToken(room: string, token: string, storage: Pick<Storage, 'setItem'>): void {
  try {
    storage.setItem(roomTokenKey(room), token);
  } catch {
    // Storage is closed to us: the link must be opened again after a reload.
  }
}
