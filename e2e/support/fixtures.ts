import { expect, test as base, type Browser, type BrowserContext, type Page } from '@playwright/test';
import { startInstallation, type Installation } from '@conclave/testkit/installation';
import { installProbe, readCounters, readShownFrames } from './page-probe.ts';

export const OWNER = { team: 'Aurora Labs', name: 'Olivia Owner', email: 'olivia@example.org', password: 'correct horse battery' } as const;

export interface Person {
  name: string;
  page: Page;
  context: BrowserContext;
}

interface Team {
  installation: Installation;
  /** `team_id` and `developer_key` as an integrator gets them from a shell. */
  teamId: string;
  developerKey: string;
}

/** A team with a key, made from a shell as an integrator would. */
export async function makeTeam(installation: Installation, name: string): Promise<Team> {
  await installation.conclave('team', 'create', '--name', name, '--json');
  const key = JSON.parse(await installation.conclave('key', 'create', '--team', name, '--json')) as {
    team_id: string;
    developer_key: string;
  };
  return { installation, teamId: key.team_id, developerKey: key.developer_key };
}

/** Each spec file gets an installation of its own with a team and a key; nobody has opened the owner link. */
export const test = base.extend<object, { team: Team }>({
  team: [
    async ({}, use) => {
      await using installation = await startInstallation({ readyTimeoutMs: 115_000 });
      await use(await makeTeam(installation, OWNER.team));
    },
    { scope: 'worker', timeout: 240_000 },
  ],
});

export { expect };

/** REST as an integrator calls it. Throws on any answer but success. */
export async function api<T>(team: Team, method: string, path: string, body?: unknown): Promise<T> {
  const { request } = await import('@playwright/test');
  const context = await request.newContext({ ignoreHTTPSErrors: true });
  const response = await context.fetch(`${team.installation.origin}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${team.developerKey}` },
    ...(body === undefined ? {} : { data: body }),
  });
  const text = await response.text();
  await context.dispose();
  if (!response.ok()) throw new Error(`${method} ${path}: ${response.status()} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

export interface Room {
  id: string;
  friendly_url: string;
  room_url: string;
}

export function createRoom(team: Team, settings: Record<string, unknown> = {}): Promise<Room> {
  return api<Room>(team, 'POST', '/rooms', {
    privacy: 'public',
    roles: ['moderator', 'speaker', 'attendee'],
    default_role: 'speaker',
    ...settings,
  });
}

export async function roomToken(team: Team, room: Room, claims: Record<string, unknown>): Promise<string> {
  const reply = await api<{ token: string }>(team, 'POST', `/rooms/${room.id}/token`, claims);
  return reply.token;
}

/** A person with a browser profile of their own, on the page before the room. */
export async function openRoom(browser: Browser, url: string, name: string): Promise<Person> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, permissions: ['camera', 'microphone'] });
  const page = await context.newPage();
  await installProbe(page);
  await page.goto(url);
  return { name, page, context };
}

export async function join(person: Person): Promise<void> {
  await expect(person.page.getByRole('button', { name: 'Join', exact: true })).toBeEnabled();
  const nameField = person.page.getByRole('textbox', { name: /name/i }); // absent when a token fixes the name
  if ((await nameField.count()) > 0) await nameField.fill(person.name);
  await person.page.getByRole('button', { name: 'Join', exact: true }).click();
  await expect(person.page.getByRole('button', { name: 'Leave', exact: true })).toBeVisible();
}

export async function enter(browser: Browser, url: string, name: string): Promise<Person> {
  const person = await openRoom(browser, url, name);
  await join(person);
  return person;
}

/** Enters by a room token that fixes the name and the role. */
export async function enterAs(browser: Browser, team: Team, room: Room, name: string, role: string): Promise<Person> {
  return enter(browser, `${room.room_url}?token=${await roomToken(team, room, { u: name, role })}`, name);
}

export function videoOf(viewer: Person, name: string) {
  return viewer.page.locator(`video[aria-label="Video of ${name}"]`);
}

/** Passes when `viewer` goes on seeing new frames of each of `names`. */
export async function expectSees(viewer: Person, names: readonly string[], timeoutMs = 30_000): Promise<void> {
  for (const name of names) {
    const label = `Video of ${name}`;
    await expect(async () => {
      const before = (await readShownFrames(viewer.page))[label];
      expect(before, `${viewer.name} has a video of ${name}`).toBeDefined();
      await viewer.page.waitForTimeout(500);
      const after = (await readShownFrames(viewer.page))[label];
      expect(after, `frames of ${name} at ${viewer.name} grow`).toBeGreaterThan(before ?? 0);
    }).toPass({ timeout: timeoutMs, intervals: [100, 250, 500] });
  }
}

/** Passes when the energy of at least `count` received audio streams grows: the fake microphone beeps each second. */
export async function expectHears(viewer: Person, count: number, timeoutMs = 30_000): Promise<void> {
  await expect(async () => {
    const before = (await readCounters(viewer.page)).audioEnergies;
    await viewer.page.waitForTimeout(1_500);
    const after = (await readCounters(viewer.page)).audioEnergies;
    const growing = after.filter((energy, index) => energy > (before[index] ?? 0)).length;
    expect(growing, `audio streams that ${viewer.name} hears`).toBeGreaterThanOrEqual(count);
  }).toPass({ timeout: timeoutMs });
}
