import { AxeBuilder } from '@axe-core/playwright';
import { startInstallation } from '@conclave/testkit/installation';
import type { Page } from '@playwright/test';
import { enter, expect, OWNER, test } from './support/fixtures.ts';

async function becomeOwner(page: Page, ownerLink: string): Promise<void> {
  await page.goto(ownerLink);
  await page.getByLabel('Team name').fill(OWNER.team);
  await page.getByLabel('Your name').fill(OWNER.name);
  await page.getByLabel('E-mail').fill(OWNER.email);
  await page.getByLabel('Password', { exact: true }).fill(OWNER.password);
  await page.getByRole('button', { name: /create|set up/i }).click();
}

async function makeRoom(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'New meeting' }).first().click();
  const link = await page.getByRole('dialog').getByLabel('Room link').inputValue();
  await page.getByRole('button', { name: 'Close' }).click();
  return link;
}

const rowOf = (page: Page, text: string | RegExp) => page.getByRole('listitem').filter({ hasText: text }).first();

async function expectNoFindings(page: Page, title: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`),
    title,
  ).toEqual([]);
}

test('[E1] [E2] an owner sees a meeting as it happens, checks the proof of an event, and finds what was refused', async ({
  browser,
  request,
}) => {
  await using installation = await startInstallation();
  const context = await browser.newContext({ ignoreHTTPSErrors: true, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await becomeOwner(page, installation.ownerLink ?? '');
  const roomUrl = await makeRoom(page);
  await page.getByRole('link', { name: /^Event log/ }).click();
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await expect(rowOf(page, /made .*\./)).toBeVisible();
  await expectNoFindings(page, 'the event log');

  const ada = await enter(browser, roomUrl, 'Ada Lovelace');
  await page.mouse.move(0, 0); // under the pointer the list would stand still
  await expect(rowOf(page, 'Ada Lovelace joined as')).toBeVisible();
  await ada.context.close();

  await rowOf(page, 'Ada Lovelace joined as')
    .getByRole('link', { name: /^Open event/ })
    .click();
  await expect(page.getByRole('heading', { level: 1, name: /Ada Lovelace joined as/ })).toBeVisible();
  await expect(async () => {
    // The server signs what is new within a minute.
    const again = page.getByRole('button', { name: 'Check again' });
    if (await again.isVisible()) await again.click();
    await expect(page.getByText('Verified in this browser')).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 90_000 });
  await expect(page.getByText('does not hold')).toHaveCount(0);
  await expectNoFindings(page, 'one event');

  await page.getByRole('link', { name: 'Open the timeline' }).click();
  await expect(page.getByRole('region', { name: 'Participants' }).getByText('Ada Lovelace')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Timeline' }).getByText(/opened the meeting/)).toBeVisible();
  await expectNoFindings(page, 'the timeline of a meeting');

  expect((await request.get(`${installation.origin}/api/v1/rooms`)).status()).toBe(401);
  await page.getByRole('link', { name: 'Back to the event log' }).click();
  await page.getByLabel('Result').selectOption('Everything refused');
  await expect(rowOf(page, 'GET /api/v1/rooms')).toContainText('Not signed in');
  await expect(rowOf(page, 'joined as')).toHaveCount(0);
  await page.reload();
  await expect(rowOf(page, 'GET /api/v1/rooms'), 'the filter is in the address').toBeVisible();

  await page.getByRole('link', { name: 'Rules and retention' }).click();
  await page.getByRole('switch', { name: 'Sign-in from a new network' }).click();
  await expect(page.getByRole('switch', { name: 'Sign-in from a new network' })).not.toBeChecked();
  await page.getByRole('link', { name: 'Alerts' }).click();
  await expect(page.getByRole('heading', { name: 'No open alerts' })).toBeVisible();
  await page.getByRole('link', { name: 'Events', exact: true }).click();
  await expect(rowOf(page, 'changed the alert rule Sign-in from a new network')).toBeVisible();
  await context.close();
});
