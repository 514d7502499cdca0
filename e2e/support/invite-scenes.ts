import type { Page } from '@playwright/test';
import { DASHBOARD, ok, refused, type Reply, type Scene } from './page-scenes.ts';

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const AT_MS = Date.UTC(2026, 11, 4, 9, 30);
const role = (name: string, displayName: string) => ({ name, display_name: displayName });
const ROLES = [role('moderator', 'Moderators'), role('speaker', 'Speakers'), role('attendee', 'Attendees')];
const WEEKLY = {
  id: id(1),
  friendly_url: 'product-review',
  room_url: 'https://meet.example.org/product-review',
  privacy: 'private',
  description: 'Weekly product review',
  created_at: '2026-11-20T10:00:00Z',
  updated_at: '2026-11-20T10:00:00Z',
  roles: ROLES,
  default_role: ROLES[1],
};
const invite = (n: number, name: string | null, more: object = {}) => ({
  id: id(100 + n),
  name,
  email: null,
  role: 'speaker',
  createdAtMs: AT_MS,
  expiresAtMs: AT_MS + 7 * 86_400_000,
  maxPersons: 1,
  personsUsed: 0,
  sentAtMs: null,
  mail: 'none',
  startsAtMs: null,
  state: 'open',
  ...more,
});
const INVITES = [
  invite(1, 'Ada Lovelace', { email: 'ada@example.org', mail: 'sent', sentAtMs: AT_MS, startsAtMs: AT_MS + 86_400_000 }),
  invite(2, 'Ben Okafor', { role: 'moderator', state: 'used', personsUsed: 1, expiresAtMs: null }),
  invite(3, null, { role: 'attendee', maxPersons: 25, personsUsed: 12 }),
  invite(4, 'Chen Wei', { email: 'chen@example.org', mail: 'failed' }),
  invite(5, null, { email: 'a.person.with.a.very.long.address@department.of.a.large.organisation.example.org', mail: 'waiting' }),
  invite(6, 'Dora', { state: 'void' }),
  invite(7, 'Eve', { state: 'revoked' }),
  invite(8, 'Farid', { state: 'expired' }),
];
const PATH = `/api/v1/rooms/${id(1)}/invites`;
const listed = (invites: object[]): Reply => ok({ data: invites, total_count: invites.length, mayMail: true });
const LINK = 'https://meet.example.org/product-review#invite=Xv0aCq9mUe7w1Qk3bJd5nRzT2sLhYgPfVoKiEcAxMuB';

const invites = (act: ((page: Page) => Promise<unknown>) | null, api: Record<string, Reply> = {}): Scene => ({
  path: '/dashboard',
  api: { ...DASHBOARD, '/api/v1/rooms': ok({ data: [WEEKLY], total_count: '1' }), [PATH]: listed(INVITES), ...api },
  act: async (page) => {
    await page
      .getByRole('button', { name: /(More for|Mehr zu) Weekly product review|Weekly product review/ })
      .and(page.locator('[aria-haspopup=menu]'))
      .click();
    await page.getByRole('menuitem', { name: /Invite people|Personen einladen/ }).click();
    await page.getByRole('dialog').waitFor();
    await act?.(page);
  },
});
const make = (page: Page) => page.getByRole('button', { name: /New invite|Neue Einladung/ }).click();
const withMail = async (page: Page) => {
  await make(page);
  await page.getByLabel(/^Name/).fill('Ada Lovelace');
  await page.getByRole('switch').click();
};

/** The invites of a room, in each state. */
export const INVITE_SCENES: Record<string, Scene> = {
  invites: invites((page) => page.getByText('Ada Lovelace').waitFor()),
  'invites-over': invites((page) => page.locator('summary').click()),
  'invites-none': invites(null, { [PATH]: listed([]) }),
  'invites-loading': invites(null, { [PATH]: 'hangs' }),
  'invites-failed': invites(null, { [PATH]: refused(503, 'unavailable') }),
  'invites-menu': invites((page) => page.getByRole('button', { name: /Ada Lovelace/ }).click()),
  'invites-revoke': invites(async (page) => {
    await page.getByRole('button', { name: /Ben Okafor/ }).click();
    await page.getByRole('menuitem', { name: /Revoke|Widerrufen/ }).click();
  }),
  'invites-form': invites(make),
  'invites-form-mail': invites(withMail),
  'invites-form-faults': invites(async (page) => {
    await withMail(page);
    await page.locator('input[type=datetime-local]').fill('2020-01-01T10:00');
    await page.getByRole('button', { name: /send|senden/ }).click();
  }),
  'invites-form-refused': invites(
    async (page) => {
      await make(page);
      await page.getByRole('button', { name: /Make invite|Einladung erstellen/ }).click();
      await page.getByRole('alert').waitFor();
    },
    { [`POST ${PATH}`]: refused(429, 'mail_limit_reached') },
  ),
  'invites-given': invites(
    async (page) => {
      await make(page);
      await page.getByRole('button', { name: /Make invite|Einladung erstellen/ }).click();
      await page.getByLabel(/Personal link|Persönlicher Link/).waitFor();
    },
    { [`POST ${PATH}`]: ok({ invite: INVITES[4], link: LINK }) },
  ),
};
