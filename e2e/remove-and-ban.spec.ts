import { startInstallation } from '@conclave/testkit/installation';
import type { Page } from '@playwright/test';
import { createRoom, enterAs, expect, expectSees, join, openRoom, OWNER, test, type Person } from './support/fixtures.ts';
import { readCounters } from './support/page-probe.ts';
import { choose, countClicks, expectTold, expectToast, holdUndo, openControls, openPeople, rowOf } from './support/moderating.ts';

/** Comes again by the same link, in a new tab of the same browser. */
async function tryAgain({ context }: Person, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

async function ban(moderator: Person, name: string, options: { untilLifted: boolean; reason: string }): Promise<void> {
  await choose(moderator, name, 'Ban…');
  const dialog = moderator.page.getByRole('dialog', { name: `Ban ${name}` });
  await expect(dialog.getByRole('button', { name: 'Ban', exact: true }), 'a third press bans').toBeFocused();
  if (options.untilLifted) await dialog.getByLabel('How long').selectOption('Until the ban is lifted');
  await dialog.getByRole('textbox', { name: 'Reason (kept with the ban)' }).fill(options.reason);
  await dialog.getByRole('button', { name: 'Ban', exact: true }).click();
}

// A small window is drawn by software in less time.
test.use({ viewport: { width: 1024, height: 640 } });

test('[P3] somebody is removed, banned with a reason, kept out, and let back when the ban is lifted', async ({ browser }) => {
  await using installation = await startInstallation();
  const ownerContext = await browser.newContext({ ignoreHTTPSErrors: true });
  const dashboard = await ownerContext.newPage();
  await dashboard.goto(installation.ownerLink ?? '');
  await dashboard.getByLabel('Team name').fill(OWNER.team);
  await dashboard.getByLabel('Your name').fill(OWNER.name);
  await dashboard.getByLabel('E-mail').fill(OWNER.email);
  await dashboard.getByLabel('Password', { exact: true }).fill(OWNER.password);
  await dashboard.getByRole('button', { name: /create|set up/i }).click();
  await expect(dashboard.getByRole('button', { name: 'New meeting' }).first()).toBeVisible();
  const key = JSON.parse(await installation.conclave('key', 'create', '--team', OWNER.team, '--json')) as {
    team_id: string;
    developer_key: string;
  };
  const team = { installation, teamId: key.team_id, developerKey: key.developer_key };
  const room = await createRoom(team, { description: 'Town hall' });

  const olivia = await enterAs(browser, team, room, 'Olivia', 'moderator');
  const mallory = await openRoom(browser, room.room_url, 'Mallory');
  await join(mallory);
  await expectSees(olivia, ['Mallory']);

  await test.step('removed by two clicks from the list, and gone from every screen', async () => {
    await openPeople(olivia);
    const clicks = await countClicks(olivia.page);
    await choose(olivia, 'Mallory', 'Remove from the meeting');
    expect(await clicks()).toBe(2);
    await expectTold(mallory, 'You were removed from the meeting');
    await expectToast(olivia, 'Mallory was removed');
    await expect(rowOf(await openPeople(olivia), 'Mallory')).toHaveCount(0);
    const { bytesReceived } = await readCounters(mallory.page);
    await mallory.page.waitForTimeout(1_000);
    expect((await readCounters(mallory.page)).bytesReceived - bytesReceived, 'nothing more arrives').toBe(0);
    await mallory.page.getByRole('button', { name: 'Join again' }).click();
    await join(mallory);
  });

  await test.step('banned for this meeting: the same browser is refused by the same link', async () => {
    await ban(olivia, 'Mallory', { untilLifted: false, reason: 'Shouting' });
    await expectTold(mallory, 'You can no longer take part');
    await expect(mallory.page.getByRole('button', { name: /join/i })).toHaveCount(0);
    await expectToast(olivia, 'Mallory was banned');
    await expect(rowOf(await openPeople(olivia), 'Mallory')).toHaveCount(0);
    await mallory.page.reload();
    await expectTold(mallory, 'You may not enter this room');
    const again = await tryAgain(mallory, room.room_url);
    await expect(again.getByRole('heading', { level: 1, name: 'You may not enter this room' })).toBeVisible();
    await again.close();
  });

  await test.step('listed with its reason in the room, and lifted there', async () => {
    const controls = await openControls(olivia);
    const bans = controls.getByRole('list', { name: 'Bans' });
    await expect(bans.getByRole('listitem')).toHaveText([/Mallory.*For this meeting · Shouting/s]);
    await bans.getByRole('button', { name: 'Lift the ban of Mallory' }).click();
    await expect(controls.getByText('Nobody is banned.')).toBeVisible();
    await olivia.page.keyboard.press('Escape');
    await mallory.page.goto(room.room_url);
    await join(mallory);
  });

  await test.step('banned until lifted, shown and lifted on the dashboard', async () => {
    await ban(olivia, 'Mallory', { untilLifted: true, reason: 'Again' });
    await expectTold(mallory, 'You can no longer take part');
    await dashboard.goto(`${installation.origin}/dashboard`);
    await dashboard.getByRole('button', { name: 'More for Town hall' }).click();
    await dashboard.getByRole('menuitem', { name: 'Bans…' }).click();
    const dialog = dashboard.getByRole('dialog');
    await expect(dialog.getByText('Again', { exact: true })).toBeVisible();
    await dialog.getByRole('button', { name: /Mallory/ }).click();
    await expect(dialog.getByRole('listitem')).toHaveCount(0);
    await mallory.page.goto(room.room_url);
    await join(mallory);
    await expect(rowOf(await openPeople(olivia), 'Mallory')).toHaveCount(1);
  });

  await test.step('a ban taken back at once by undo', async () => {
    await ban(olivia, 'Mallory', { untilLifted: false, reason: '' });
    const undo = await holdUndo(olivia);
    await expectTold(mallory, 'You can no longer take part');
    await undo.click();
    await expect(undo).toHaveCount(0);
    await mallory.page.goto(room.room_url);
    await join(mallory);
  });
  await Promise.all([olivia, mallory].map(({ context }) => context.close()));
  await ownerContext.close();
});
