import { KEPT_IN_BROWSER } from '@conclave/protocol/kept-in-browser';
import { matchRoute } from './route.ts';

/** Secrets that came in the address. They are out of the address bar, the history and screenshots before anything is drawn. */
export interface AddressSecrets {
  /** Of an owner link, `/setup#token=…`: never leaves this page but for the set-up itself. */
  setupToken: string | null;
}

/** What a link to a room carries: a token in its query, a personal invite in its fragment. */
type RoomSecret = 'token' | 'invite';

const keyOf = (kind: RoomSecret, room: string) => KEPT_IN_BROWSER[kind].name + room;

type Page = {
  location: Pick<Location, 'pathname' | 'search' | 'hash'>;
  history: Pick<History, 'replaceState' | 'state'>;
  storage: Pick<Storage, 'getItem' | 'setItem'>;
};

/**
 * Reads `#token=` of the set-up page, `?token=` and `#invite=` of a room, and takes them out of the address at once.
 * A room's token and invite are kept for reloads of this tab alone (`sessionStorage`).
 */
export function takeAddressSecrets({ location, history, storage }: Page): AddressSecrets {
  const route = matchRoute(location.pathname);
  const query = new URLSearchParams(location.search);
  const fragment = new URLSearchParams(location.hash.slice(1));
  const roomToken = query.get('token');
  const setupToken = route.name === 'setup' ? fragment.get('token') : null;
  const invite = route.name === 'room' ? fragment.get('invite') : null;
  if (roomToken === null && setupToken === null && invite === null) return { setupToken: null };

  query.delete('token');
  if (setupToken !== null) fragment.delete('token');
  if (invite !== null) fragment.delete('invite');
  const search = query.size === 0 ? '' : `?${query}`;
  const hash = setupToken === null && invite === null ? location.hash : fragment.size === 0 ? '' : `#${fragment}`;
  history.replaceState(history.state, '', location.pathname + search + hash);
  if (roomToken !== null && route.name === 'room') remember('token', route.room, roomToken, storage);
  if (invite !== null && route.name === 'room') remember('invite', route.room, invite, storage);
  return { setupToken };
}

/** The token this tab was given for a room. */
export function roomTokenOf(room: string, storage: Pick<Storage, 'getItem'>): string | null {
  return secretOf('token', room, storage);
}

/** The secret of the personal invite by which this tab came to a room. */
export function roomInviteOf(room: string, storage: Pick<Storage, 'getItem'>): string | null {
  return secretOf('invite', room, storage);
}

/** The token with which this tab will enter a room. */
export function rememberRoomToken(room: string, token: string, storage: Pick<Storage, 'setItem'>): void {
  remember('token', room, token, storage);
}

function secretOf(kind: RoomSecret, room: string, storage: Pick<Storage, 'getItem'>): string | null {
  try {
    return storage.getItem(keyOf(kind, room)) || null;
  } catch {
    return null;
  }
}

function remember(kind: RoomSecret, room: string, secret: string, storage: Pick<Storage, 'setItem'>): void {
  try {
    storage.setItem(keyOf(kind, room), secret);
  } catch {
    // Storage is closed to us: the link must be opened again after a reload.
  }
}
