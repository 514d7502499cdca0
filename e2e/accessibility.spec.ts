import { AxeBuilder } from '@axe-core/playwright';
import { startInstallation } from '@conclave/testkit/installation';
import type { Page } from '@playwright/test';
import { createRoom, enter, enterAs, expect, OWNER, openRoom, test } from './support/fixtures.ts';
import { choose, expectTold, knock, openControls, openPeople } from './support/moderating.ts';

async function expectNoFindings(page: Page, title: string, { except = [] }: { except?: string[] } = {}): Promise<void> {
  // Colours are judged when they have arrived, not on their way.
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every((animation) => animation.playState !== 'running' || animation.effect?.getTiming().iterations === Infinity),
  );
  const result = await new AxeBuilder({ page }).disableRules(except).analyze();
  const findings = result.violations.map(
    (violation) => `${violation.id}: ${violation.nodes.map((node) => node.target.join(' ')).join(', ')}`,
  );
  expect(findings, title).toEqual([]);
}

const THEMES = ['light', 'dark'] as const;
const SIZES = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
] as const;

test('axe finds nothing on set-up, sign-in and dashboard, in both themes and sizes', async ({ browser }) => {
  await using installation = await startInstallation();
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  const everyLook = async (title: string) => {
    for (const colorScheme of THEMES) {
      for (const size of SIZES) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.setViewportSize(size);
        await expectNoFindings(page, `${title}, ${colorScheme}, ${size.width} px`);
      }
    }
  };
  await page.goto(`${installation.origin}/sign-in`);
  await expect(page.getByLabel('E-mail')).toBeVisible();
  await everyLook('sign-in');
  await page.goto(installation.ownerLink ?? '');
  await expect(page.getByLabel('Team name')).toBeVisible();
  await everyLook('set-up');
  await page.getByLabel('Team name').fill(OWNER.team);
  await page.getByLabel('Your name').fill(OWNER.name);
  await page.getByLabel('E-mail').fill(OWNER.email);
  await page.getByLabel('Password', { exact: true }).fill(OWNER.password);
  await page.getByRole('button', { name: /create|set up/i }).click();
  await expect(page.getByRole('button', { name: 'New meeting' }).first()).toBeVisible();
  await everyLook('empty dashboard');
  await page.goto(`${installation.origin}/dashboard/roles`);
  await expect(page.getByRole('heading', { level: 1, name: 'Roles' })).toBeVisible();
  await everyLook('roles');
  await page.goto(`${installation.origin}/privacy`);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await everyLook('privacy');
  await page.goto(`${installation.origin}/no-such-room`);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await everyLook('room that does not exist');
  await context.close();
});

test('axe finds nothing before and in the room, with each panel open', async ({ browser, team }) => {
  const room = await createRoom(team);
  const ben = await enter(browser, room.room_url, 'Ben');
  const before = await openRoom(browser, room.room_url, 'Ada');
  await expect(before.page.getByRole('button', { name: 'Join', exact: true })).toBeVisible();
  for (const colorScheme of THEMES) {
    await before.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expectNoFindings(before.page, `before the room, ${colorScheme}`);
  }
  const ada = await enter(browser, room.room_url, 'Ada');
  for (const colorScheme of THEMES) {
    for (const size of SIZES) {
      await ada.page.setViewportSize(size);
      await ada.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await expectNoFindings(ada.page, `room, ${colorScheme}, ${size.width} px`);
    }
  }
  await ada.page.setViewportSize(SIZES[0]);
  for (const panel of [/^Chat/, /^Participants/]) {
    await ada.page.getByRole('button', { name: panel }).first().click();
    await expectNoFindings(ada.page, `room with ${panel}`);
  }
  await Promise.all([ben, before, ada].map((person) => person.context.close()));
});

test('axe finds nothing in the lobby and in what moderators use, on both pages and in both themes', async ({ browser, team }) => {
  const room = await createRoom(team, { is_locked: true, video_on_join_enabled: false });
  const olivia = await enterAs(browser, team, room, 'Olivia', 'moderator');
  const zoe = await openRoom(browser, room.room_url, 'Zoe');
  const bothThemes = async (page: Page, title: string, how?: { except: string[] }) => {
    for (const colorScheme of THEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await expectNoFindings(page, `${title}, ${colorScheme}`, how);
    }
  };
  await knock(zoe);
  await bothThemes(zoe.page, 'waiting');
  await expect(olivia.page.getByRole('button', { name: 'Let in Zoe' })).toBeVisible();
  await bothThemes(olivia.page, 'somebody knocks');
  const list = await openPeople(olivia);
  await bothThemes(olivia.page, 'the lobby in the list');
  await olivia.page.getByRole('button', { name: 'Let in Zoe' }).click();
  await list.getByRole('button', { name: 'Actions for Zoe' }).click();
  // An open menu lies over the whole page, which is hidden meanwhile, and belongs to no landmark of it.
  await bothThemes(olivia.page, 'the menu of a person', { except: ['region'] });
  await olivia.page.keyboard.press('Escape');
  await expect(list.getByRole('button', { name: 'Actions for Zoe' }), 'the focus is back').toBeFocused();
  await openControls(olivia);
  await bothThemes(olivia.page, 'meeting controls');
  await olivia.page.keyboard.press('Escape');
  await choose(olivia, 'Zoe', 'Ban…');
  await bothThemes(olivia.page, 'the ban');
  await olivia.page.getByRole('dialog').getByRole('button', { name: 'Ban', exact: true }).click();
  await expectTold(zoe, 'You can no longer take part');
  await bothThemes(zoe.page, 'banned');
  await bothThemes(olivia.page, 'a toast with undo');
  const controls = await openControls(olivia);
  await expect(controls.getByRole('listitem').filter({ hasText: 'Zoe' })).toBeVisible();
  await bothThemes(olivia.page, 'bans');
  await Promise.all([olivia, zoe].map((person) => person.context.close()));
});

test('a person joins, mutes, writes and leaves with the keyboard alone', async ({ browser, team }) => {
  const room = await createRoom(team);
  const ada = await openRoom(browser, room.room_url, 'Ada');
  const { page } = ada;
  const tabTo = async (name: string | RegExp) => {
    for (let presses = 0; presses < 60; presses++) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate(() => {
        const element = document.activeElement;
        return element?.getAttribute('aria-label') ?? (element as HTMLElement | null)?.innerText ?? '';
      });
      if (typeof name === 'string' ? focused.trim() === name : name.test(focused.trim())) return;
    }
    throw new Error(`Tab never reaches ${String(name)}`);
  };
  await expect(page.getByRole('button', { name: 'Join', exact: true })).toBeVisible();
  await page.getByRole('textbox', { name: /name/i }).focus();
  await page.keyboard.type('Ada');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Leave', exact: true })).toBeVisible();
  await tabTo('Mute microphone');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Unmute microphone', exact: true })).toBeVisible();
  await tabTo(/^Chat/);
  await page.keyboard.press('Enter');
  const field = page.getByRole('textbox', { name: /message/i });
  await expect(field).toBeFocused();
  await page.keyboard.type('by keyboard');
  await page.keyboard.press('Enter');
  await expect(page.getByText('by keyboard', { exact: true })).toBeVisible();
  await page.keyboard.press('Escape');
  await tabTo('Leave');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Mute microphone', exact: true })).toHaveCount(0);
  await ada.context.close();
});
