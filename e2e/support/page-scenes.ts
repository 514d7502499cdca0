import type { Page } from '@playwright/test';

/** What the API answers: a status with a JSON body, never, or a broken connection. */
export type Reply = { status: number; body: unknown } | 'hangs' | 'breaks';

export interface Scene {
  path: string;
  /** By path, or by `METHOD path` where the method matters. */
  api: Record<string, Reply>;
  /** Runs in the page before its scripts. */
  before?: string;
  /** Leads from the first view to what is to be seen. */
  act?: (page: Page) => Promise<unknown>;
  /** Camera and microphone were allowed before. */
  allowed?: boolean;
}

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
export const ok = (body: unknown): Reply => ({ status: 200, body });
export const refused = (status: number, code: string): Reply => ({ status, body: { code } });

const room = (n: number, name: string, more: object = {}) => ({
  id: id(n),
  friendly_url: name,
  room_url: `https://meet.example.org/${name}`,
  privacy: 'public',
  description: null,
  created_at: '2026-11-20T10:00:00Z',
  updated_at: '2026-11-20T10:00:00Z',
  ...more,
});
const ROOMS = [
  room(1, 'product-review', { description: 'Weekly product review' }),
  room(2, 'kqpt-wzmn-hbxr'),
  room(3, 'board', { description: 'Board meeting', privacy: 'private' }),
  room(4, 'jmrw-tfgc-hyqn', { description: 'A title that goes on and on for much longer than any row of any list can hold in one line' }),
];
const list = (rooms: object[]) => ok({ data: rooms, total_count: String(rooms.length) });
const MEMBER = {
  name: 'Olivia Owner',
  email: 'olivia@example.org',
  team: { id: id(9), name: 'Aurora Labs', host: 'meet.example.org' },
  role: 'owner',
};
export const DASHBOARD: Record<string, Reply> = {
  '/api/me': ok(MEMBER),
  '/api/log/status': ok({ size: 12, origin: 'x', publicKey: 'x', checkpoint: null, publishing: 'current', openAlerts: 0 }),
  '/api/v1/rooms': list(ROOMS),
  'POST /api/v1/rooms': ok(room(5, 'nbxq-kdwr-tymh')),
  '/api/v1/rooms/live': list([{ id: id(1), external_id: null, start_time: '', session_duration: 60, live_participants: 4 }]),
  [`/api/v1/rooms/${id(3)}/token`]: ok({ token: 'a.b.c', link: 'https://meet.example.org/board?token=a.b.c' }),
};
const dashboard = (more: Partial<Scene> = {}): Scene => ({ path: '/dashboard', ...more, api: { ...DASHBOARD, ...more.api } });
const boardMenu = (entry: RegExp) => async (page: Page) => {
  await page.getByRole('button', { name: 'More for Board meeting' }).click();
  await page.getByRole('menuitem', { name: entry }).click();
  await page.getByRole('dialog').waitFor();
};

const ENTRY = {
  room: { name: 'Quarterly planning', friendlyUrl: 'abcd-efgh-ijkm', description: null },
  team: { name: 'Aurora Labs' },
  name: { value: null as string | null, fixed: false },
  role: 'speaker',
  may: { microphone: true, camera: true, screen: true },
  needsPassword: false,
  waits: false,
  lobbyMessage: null as string | null,
  microphoneOnJoin: true,
  cameraOnJoin: true,
};
const entrance = (more: Partial<Scene> & { entry?: Partial<typeof ENTRY> } = {}): Scene => ({
  path: '/abcd-efgh-ijkm',
  api: { '/api/entry': ok({ ...ENTRY, ...more.entry }) },
  allowed: more.before === undefined,
  ...more,
});
const NOT_ASKED = "navigator.permissions.query = async () => ({ state: 'prompt' });";
const failing = (error: string) => `navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', '${error}'); };`;
const closed = (reply: Reply): Scene => ({ path: '/abcd-efgh-ijkm', api: { '/api/entry': reply } });

const OWNER_LINK = `/setup#token=${'A'.repeat(43)}`;
const setup = (more: Partial<Scene> = {}): Scene => ({ path: OWNER_LINK, api: { '/api/setup/check': ok({}) }, ...more });

/** Every page outside of the room, in every state. */
export const PAGE_SCENES: Record<string, Scene> = {
  setup: setup(),
  'setup-wrong': setup({ act: (page) => page.getByRole('button', { name: 'Create the team' }).click() }),
  'setup-used': setup({ api: { '/api/setup/check': refused(401, 'sign_in_required') } }),
  'setup-missing': setup({ path: '/setup' }),
  privacy: { path: '/privacy', api: {} },
  'sign-in': { path: '/sign-in', api: {} },
  'sign-in-wrong': {
    path: '/sign-in',
    api: { '/api/auth/sign-in/email': refused(401, 'INVALID_EMAIL_OR_PASSWORD') },
    act: async (page) => {
      await page.getByLabel('E-mail').fill('olivia@example.org');
      await page.getByLabel('Password', { exact: true }).fill('wrong horse');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').waitFor();
    },
  },
  dashboard: dashboard(),
  'dashboard-empty': dashboard({ api: { '/api/v1/rooms': list([]) } }),
  'dashboard-loading': dashboard({ api: { '/api/v1/rooms': 'hangs' } }),
  'dashboard-failed': dashboard({ api: { '/api/v1/rooms': refused(503, 'unavailable') } }),
  'dashboard-created': dashboard({
    act: async (page) => {
      await page.getByRole('button', { name: 'New meeting' }).click();
      await page.getByRole('dialog').waitFor();
    },
  }),
  'dashboard-edit': dashboard({ act: boardMenu(/edit/i) }),
  'dashboard-invite': dashboard({ act: boardMenu(/invitation/i) }),
  'dashboard-delete': dashboard({ act: boardMenu(/delete/i) }),
  entrance: entrance({ act: (page) => page.getByLabel('Your name').fill('Ada Lovelace') }),
  'entrance-asks': entrance({ before: NOT_ASKED }),
  'entrance-asking': entrance({
    before: `${NOT_ASKED} navigator.mediaDevices.getUserMedia = () => new Promise(() => {});`,
    act: (page) => page.getByRole('button', { name: 'Allow camera and microphone' }).click(),
  }),
  'entrance-denied': entrance({ before: failing('NotAllowedError') }),
  'entrance-no-device': entrance({ before: failing('NotFoundError') }),
  'entrance-in-use': entrance({ before: failing('NotReadableError') }),
  'entrance-insecure': entrance({ before: "Object.defineProperty(window, 'isSecureContext', { value: false });" }),
  'entrance-unsupported': entrance({ before: 'delete window.RTCPeerConnection;' }),
  'entrance-attendee': entrance({
    entry: { may: { microphone: false, camera: false, screen: false }, name: { value: 'Ben Okafor', fixed: true } },
  }),
  'entrance-password': entrance({
    entry: { needsPassword: true },
    act: (page) => page.getByRole('button', { name: 'Join', exact: true }).click(),
  }),
  'entrance-lobby': entrance({ entry: { waits: true, lobbyMessage: 'We begin at ten o’clock. Please have your questions ready.' } }),
  'room-banned': closed(refused(403, 'banned')),
  'room-locked': closed(refused(403, 'room_locked')),
  'room-over': closed(refused(410, 'session_ended')),
  'room-unknown': closed(refused(404, 'not_found')),
  'room-private': closed(refused(401, 'token_required')),
  'room-token-expired': closed(refused(401, 'token_expired')),
  'room-full': closed(refused(403, 'room_full')),
  'room-offline': closed('breaks'),
  'not-found': { path: '/no/such/page', api: {} },
};
