import { KEPT_IN_BROWSER, KEPT_NAMES, type KeptEntry, type KeptName } from '@conclave/protocol/kept-in-browser';
import { startInstallation } from '@conclave/testkit/installation';
import type { BrowserContext, Page } from '@playwright/test';
import { expect, OWNER, test } from './support/fixtures.ts';

interface Found {
  kind: KeptEntry['kind'];
  name: string;
  /** Seconds; null: with the window, or until it is cleared. */
  lifeS: number | null;
}

async function storageOf(page: Page): Promise<Found[]> {
  const keys = await page.evaluate(() => ({ localStorage: Object.keys(localStorage), sessionStorage: Object.keys(sessionStorage) }));
  return (['localStorage', 'sessionStorage'] as const).flatMap((kind) => keys[kind].map((name) => ({ kind, name, lifeS: null })));
}

async function cookiesOf(context: BrowserContext): Promise<Found[]> {
  return (await context.cookies()).map(({ name, expires, httpOnly, secure, sameSite, path }) => {
    expect({ name, httpOnly, secure, path }).toEqual({ name, httpOnly: true, secure: true, path: '/' });
    expect(sameSite).not.toBe('None');
    return { kind: 'cookie', name, lifeS: expires < 0 ? null : Math.round(expires - Date.now() / 1000) };
  });
}

const entryOf = ({ kind, name }: Found): KeptName | undefined =>
  KEPT_NAMES.find((known) => {
    const entry = KEPT_IN_BROWSER[known];
    return entry.kind === kind && (entry.perRoom ? name.startsWith(entry.name) : name === entry.name);
  });

test('[G3] the privacy page, open to everybody, lists all that the server and the page keep in a browser, and nothing else is kept', async ({
  browser,
}) => {
  await using installation = await startInstallation();
  const { origin } = installation;
  const found: Found[] = [];
  const newContext = () => browser.newContext({ ignoreHTTPSErrors: true, permissions: ['camera', 'microphone'] });

  const visitor = await newContext();
  const visit = await visitor.newPage();
  await visit.goto(`${origin}/privacy`);
  await expect(visit.getByRole('heading', { level: 1, name: 'Cookies and privacy' })).toBeVisible();
  for (const name of KEPT_NAMES) await expect(visit.getByText(KEPT_IN_BROWSER[name].name, { exact: false }).first()).toBeVisible();
  expect([...(await cookiesOf(visitor)), ...(await storageOf(visit))], 'nothing is kept of who only reads').toEqual([]);
  await visit.goto(`${origin}/sign-in`);
  await expect(visit.getByRole('link', { name: 'Cookies and privacy' })).toHaveAttribute('href', '/privacy');
  expect([...(await cookiesOf(visitor)), ...(await storageOf(visit))], 'nor of who looks at the sign-in page').toEqual([]);

  await test.step('what members leave behind', async () => {
    await visit.goto(installation.ownerLink ?? '');
    await visit.getByLabel('Team name').fill(OWNER.team);
    await visit.getByLabel('Your name').fill(OWNER.name);
    await visit.getByLabel('E-mail').fill(OWNER.email);
    await visit.getByLabel('Password', { exact: true }).fill(OWNER.password);
    await visit.getByRole('button', { name: /create|set up/i }).click();
    await expect(visit.getByRole('button', { name: 'New meeting' }).first()).toBeVisible();
    found.push(...(await cookiesOf(visitor)), ...(await storageOf(visit)));
    const brief = await newContext();
    const reply = await brief.request.post(`${origin}/api/auth/sign-in/email`, {
      headers: { origin },
      data: { email: OWNER.email, password: OWNER.password, rememberMe: false },
    });
    expect(reply.ok()).toBe(true);
    found.push(...(await cookiesOf(brief)).filter(({ name }) => name !== KEPT_IN_BROWSER.session.name));
    await brief.close();
  });

  await test.step('what guests leave behind', async () => {
    const { room_url } = await visit.evaluate(async () => {
      const reply = await fetch('/api/v1/rooms', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ privacy: 'public', default_role: 'attendee' }),
      });
      return (await reply.json()) as { room_url: string };
    });
    const guest = await newContext();
    const page = await guest.newPage();
    await page.goto(`${room_url}?token=a.b.c#invite=${'A'.repeat(43)}`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    found.push(...(await storageOf(page)));
    await page.evaluate(() => sessionStorage.clear());
    await page.goto(room_url);
    await expect(page.getByRole('link', { name: 'Cookies and privacy' })).toHaveAttribute('href', '/privacy');
    for (const choice of ['Dark', 'English']) {
      await page.getByRole('button', { name: 'Language and theme' }).click();
      await page.getByRole('menuitemradio', { name: choice }).click();
      await page.keyboard.press('Escape');
    }
    await page.getByRole('textbox', { name: 'Your name' }).fill('Ada');
    await page.getByRole('button', { name: 'Join', exact: true }).click();
    await expect(page.getByRole('button', { name: 'Leave', exact: true })).toBeVisible();
    found.push(...(await cookiesOf(guest)), ...(await storageOf(page)));
    await guest.close();
  });

  expect(found.filter((one) => entryOf(one) === undefined)).toEqual([]);
  expect([...new Set(found.map(entryOf))]).toHaveLength(KEPT_NAMES.length);
  for (const one of found) {
    const entry: KeptEntry = KEPT_IN_BROWSER[entryOf(one) ?? 'device'];
    if (entry.lifeS === null) expect(one.lifeS, one.name).toBeNull();
    else expect(Math.abs((one.lifeS ?? 0) - entry.lifeS), one.name).toBeLessThan(120);
  }
  await visitor.close();
});
