import type { Page } from '@playwright/test';
import { PERMISSIONS } from '../../packages/protocol/src/roles.ts';
import { DASHBOARD, ok, refused, type Reply, type Scene } from './page-scenes.ts';

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const role = (n: number, name: string, displayName: string, given: object, more: object = {}) => ({
  id: id(n),
  name,
  display_name: displayName,
  description: '',
  default: name === 'speaker',
  created_at: '2026-11-20T10:00:00Z',
  updated_at: '2026-11-20T10:00:00Z',
  is_built_in: n < 30,
  permissions: { ...Object.fromEntries(PERMISSIONS.map((permission) => [permission, false])), ...given },
  ...more,
});
const everything = Object.fromEntries(PERMISSIONS.map((permission) => [permission, true]));
const ROLES = [
  role(21, 'moderator', 'Moderators', everything, { description: 'Sends, shares, presents, and manages everybody else and the session.' }),
  role(22, 'speaker', 'Speakers', { broadcast: true, screenshare: true, general_chat: true }),
  role(23, 'attendee', 'Attendees', { general_chat: true, raise_hand: true }),
  role(31, 'tutor', 'Tutors of the first and of the second year', {
    broadcast: true,
    remote_muting: ['attendee', 'speaker'],
    manage_roles: ['attendee'],
  }),
];
const WEEKLY = {
  id: id(1),
  friendly_url: 'product-review',
  room_url: 'https://meet.example.org/product-review',
  privacy: 'public',
  description: 'Weekly product review',
  created_at: '2026-11-20T10:00:00Z',
  updated_at: '2026-11-20T10:00:00Z',
  roles: ROLES.slice(0, 3),
  default_role: ROLES[1],
  is_locked: false,
  has_password: true,
};
const ban = (n: number, name: string, more: object = {}) => ({
  id: id(n),
  name,
  reason: null,
  createdAtMs: Date.UTC(2026, 10, 20, 10),
  lasts: 'room',
  matches: ['device'],
  ...more,
});
const API: Record<string, Reply> = {
  ...DASHBOARD,
  '/api/v1/rooms': ok({ data: [WEEKLY], total_count: '1' }),
  '/api/v1/roles': ok({ data: ROLES, total_count: ROLES.length }),
  ...Object.fromEntries(ROLES.map((one) => [`/api/v1/roles/${one.id}`, ok(one)])),
  [`DELETE /api/v1/roles/${id(31)}`]: {
    status: 422,
    body: { code: 'invalid_settings', errors: { role: ['is used by the room product-review', "is used by the team's defaults"] } },
  },
  [`/api/v1/rooms/${id(1)}/bans`]: ok({
    data: [
      ban(41, 'Mallory', { reason: 'Shouted at everybody, again and again', matches: ['person', 'device', 'address'] }),
      ban(42, 'Eve', { lasts: 'session' }),
    ],
    total_count: 2,
  }),
};
const roles = (more: Partial<Scene> = {}): Scene => ({ path: '/dashboard/roles', ...more, api: { ...API, ...more.api } });
const ofTutors = (entry: RegExp) => async (page: Page) => {
  await page.getByRole('button', { name: /(More for|Mehr zu) Tutors/ }).click();
  await page.getByRole('menuitem', { name: entry }).click();
  await page.getByRole('dialog').waitFor();
};
const ofWeekly = (entry: RegExp) => async (page: Page) => {
  await page.getByRole('button', { name: /(More for|Mehr zu) Weekly product review/ }).click();
  await page.getByRole('menuitem', { name: entry }).click();
  await page.getByRole('dialog').waitFor();
};

/** Roles, and what rooms have of them. */
export const ROLE_SCENES: Record<string, Scene> = {
  roles: roles({ act: (page) => page.getByText(/Mute others and stop their cameras|Andere stummschalten und ihre Kamera/).click() }),
  'roles-failed': roles({ api: { '/api/v1/roles': refused(503, 'unavailable') } }),
  'roles-edit': roles({ act: ofTutors(/Edit|Bearbeiten/) }),
  'roles-new': roles({
    act: async (page) => {
      await page.getByRole('button', { name: /New role|Neue Rolle/ }).click();
      await page.getByRole('textbox', { name: /^Name/ }).fill('ab');
      await page.getByRole('button', { name: /Save|Speichern/ }).click();
    },
  }),
  'roles-delete': roles({
    act: async (page) => {
      await ofTutors(/Delete|Löschen/)(page);
      await page.getByRole('button', { name: /Delete role|Rolle löschen/ }).click();
      await page.getByRole('alert').waitFor();
    },
  }),
  'room-roles': { path: '/dashboard', api: API, act: ofWeekly(/Edit|Bearbeiten/) },
  'room-bans': { path: '/dashboard', api: API, act: ofWeekly(/Bans|Sperren/) },
  'room-password': { path: '/dashboard', api: API, act: ofWeekly(/Password|Passwort/) },
  'room-bans-none': {
    path: '/dashboard',
    api: { ...API, [`/api/v1/rooms/${id(1)}/bans`]: ok({ data: [], total_count: 0 }) },
    act: ofWeekly(/Bans|Sperren/),
  },
};
