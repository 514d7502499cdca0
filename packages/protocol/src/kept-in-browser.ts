/**
 * One thing that the product keeps in a browser: a cookie or an entry of the browser's storage.
 * `lifeS` in seconds; null: until the window (`sessionStorage`, cookie) is closed, or until somebody clears it (`localStorage`).
 * `isNecessary`: without it what a person asked for could not be done (ePrivacy Directive Art. 5(3)); everything else is kept only
 * once somebody has chosen what it remembers.
 */
export interface KeptEntry {
  readonly kind: 'cookie' | 'localStorage' | 'sessionStorage';
  /** The exact name; with `perRoom` what stands before the room's link name. */
  readonly name: string;
  readonly perRoom: boolean;
  readonly lifeS: number | null;
  readonly isNecessary: boolean;
}

const DAY_S = 24 * 3600;
const forTab = (name: string): KeptEntry => ({ kind: 'sessionStorage', name, perRoom: true, lifeS: null, isNecessary: true });
const chosen = (name: string): KeptEntry => ({ kind: 'localStorage', name, perRoom: false, lifeS: null, isNecessary: false });

/**
 * Everything that the server and the page keep in a browser. They take names and lives from here, and the page `/privacy` shows
 * this table: nothing else is set.
 */
export const KEPT_IN_BROWSER = {
  session: { kind: 'cookie', name: '__Host-conclave_session', perRoom: false, lifeS: 14 * DAY_S, isNecessary: true },
  sessionOnly: { kind: 'cookie', name: '__Host-conclave_session_only', perRoom: false, lifeS: null, isNecessary: true },
  // The longest life that browsers grant (RFC 6265bis §5.5): a ban until lifted lasts as long.
  device: { kind: 'cookie', name: '__Host-conclave-device', perRoom: false, lifeS: 400 * DAY_S, isNecessary: true },
  place: forTab('conclave.resume.'),
  token: forTab('conclave.room-token.'),
  invite: forTab('conclave.room-invite.'),
  preferences: chosen('conclave.preferences'),
  theme: chosen('conclave.theme'),
  language: chosen('conclave.language'),
} as const satisfies Record<string, KeptEntry>;

export type KeptName = keyof typeof KEPT_IN_BROWSER;
export const KEPT_NAMES = Object.keys(KEPT_IN_BROWSER) as KeptName[]; // keys of a const object: exactly KeptName
