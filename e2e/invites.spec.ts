import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { createRoom, enter, expect, join, openRoom, roomToken, test } from './support/fixtures.ts';

async function expectNoFindings(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)).toEqual([]);
}

test('[P4] a moderator invites one person in the meeting: the second to use the link is refused, and revoking ends it', async ({
  browser,
  team,
}) => {
  const room = await createRoom(team, { privacy: 'private' });
  const token = await roomToken(team, room, { u: 'Mo', role: 'moderator' });
  const mo = await enter(browser, `${room.room_url}?token=${token}`, 'Mo');
  await mo.page.emulateMedia({ reducedMotion: 'reduce' });
  await mo.page.getByRole('button', { name: 'Participants', exact: true }).click();
  await mo.page.getByRole('button', { name: 'Invite people…' }).click();
  const dialog = mo.page.getByRole('dialog');
  await expect(dialog.getByText('Nobody is invited yet')).toBeVisible();
  await expectNoFindings(mo.page);
  await dialog.getByRole('button', { name: 'New invite' }).click();
  await dialog.getByLabel('Name (optional)').fill('Ada');
  await dialog.getByLabel('Role').selectOption('attendee');
  // This installation has no mail server: nothing of mail is offered.
  await expect(dialog.getByText('e-mail', { exact: false })).toHaveCount(0);
  await expectNoFindings(mo.page);
  await dialog.getByRole('button', { name: 'Make invite' }).click();
  const link = await dialog.getByLabel('Personal link').inputValue();
  expect(link).toContain('#invite=');
  await dialog.getByRole('button', { name: 'Done' }).click();
  const rowOfAda = dialog.getByRole('list', { name: 'Invites' }).getByRole('listitem').filter({ hasText: 'Ada' });
  await expect(rowOfAda).toContainText('Open');
  await expectNoFindings(mo.page);
  await dialog.getByRole('button', { name: 'Close' }).click();

  const ada = await enter(browser, link, 'Somebody else');
  await expect(mo.page.getByRole('list', { name: 'Everybody in the room' }).getByText('Ada')).toBeVisible();
  expect(ada.page.url()).not.toContain('invite');
  const eve = await openRoom(browser, link, 'Eve');
  await expect(eve.page.getByRole('heading', { name: 'This invite belongs to somebody else' })).toBeVisible();
  await expectNoFindings(eve.page);

  // The same person comes back with the same link.
  await ada.page.getByRole('button', { name: 'Leave', exact: true }).click();
  await ada.page.goto('about:blank');
  await ada.page.goto(link);
  await join(ada);

  await mo.page.getByRole('button', { name: 'Invite people…' }).click();
  await expect(rowOfAda).toContainText('Used');
  await rowOfAda.getByRole('button', { name: 'Actions for the invite of Ada' }).click();
  await mo.page.getByRole('menuitem', { name: 'Revoke…' }).click();
  await dialog.getByRole('button', { name: 'Revoke invite' }).click();
  await expect(dialog.getByText('No longer valid (1)')).toBeVisible();
  await expect(ada.page.getByRole('button', { name: 'Leave', exact: true })).toBeVisible();
  await ada.page.getByRole('button', { name: 'Leave', exact: true }).click();
  await ada.page.goto('about:blank');
  await ada.page.goto(link);
  await expect(ada.page.getByRole('heading', { name: 'This invite does not work' })).toBeVisible();
  await Promise.all([mo, ada, eve].map((person) => person.context.close()));
});
