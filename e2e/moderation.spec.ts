import { createRoom, enter, enterAs, expect, expectHears, expectSees, test } from './support/fixtures.ts';
import {
  choose,
  chooseEntry,
  countClicks,
  expectNoPicture,
  expectSilence,
  expectToast,
  holdUndo,
  isSamePage,
  markPage,
  openControls,
  openPeople,
  rowOf,
} from './support/moderating.ts';

// A small window is drawn by software in less time.
test.use({ viewport: { width: 1024, height: 640 } });

test('[P2] [P6] a moderator mutes, forbids, asks and changes roles live, and everybody sees and hears what was decided', async ({
  browser,
  team,
}) => {
  const room = await createRoom(team);
  const olivia = await enterAs(browser, team, room, 'Olivia', 'moderator');
  const ben = await enter(browser, room.room_url, 'Ben');
  await markPage(ben.page);
  const button = (name: string) => ben.page.getByRole('button', { name, exact: true });
  await expectSees(olivia, ['Ben']);
  await expectHears(olivia, 1);

  await test.step('[P2] two clicks from the tile silence a disturbance', async () => {
    const clicks = await countClicks(olivia.page);
    const tile = olivia.page.getByRole('group', { name: 'Ben', exact: true });
    await tile.hover();
    await tile.getByRole('button', { name: 'Actions for Ben' }).click();
    await chooseEntry(olivia.page, 'Mute');
    expect(await clicks()).toBe(2);
    await expect(button('Unmute microphone')).toBeVisible();
    await expectToast(ben, 'Olivia muted you');
    await expectSilence(olivia);
    await expect(tile.getByRole('img', { name: 'Microphone off' })).toBeVisible();
  });

  await test.step('[P2] asked to unmute, the person decides', async () => {
    await choose(olivia, 'Ben', 'Ask to unmute');
    const question = ben.page.getByRole('dialog', { name: 'Olivia asks you to unmute' });
    await expect(question.getByRole('button', { name: 'Not now' })).toBeFocused();
    await ben.page.keyboard.press('Enter');
    await expect(question).toHaveCount(0);
    await expect(button('Unmute microphone')).toBeVisible();
    await choose(olivia, 'Ben', 'Ask to unmute');
    await question.getByRole('button', { name: 'Unmute', exact: true }).click();
    await expect(button('Mute microphone')).toBeVisible();
    await expectHears(olivia, 1);
  });

  await test.step('[P2] mute all says how many it muted', async () => {
    const controls = await openControls(olivia);
    await controls.getByRole('button', { name: 'Mute everybody else' }).click();
    await expectToast(olivia, '1 microphone muted');
    await olivia.page.keyboard.press('Escape');
    await expect(olivia.page.getByRole('button', { name: 'More', exact: true })).toBeFocused();
    await expect(button('Unmute microphone')).toBeVisible();
    await expect(olivia.page.getByRole('button', { name: 'Mute microphone', exact: true }), 'but not oneself').toBeVisible();
    await expectSilence(olivia);
  });

  await test.step('[P2] a forbidden camera stops at others, and comes back once allowed', async () => {
    await choose(olivia, 'Ben', 'Forbid the camera');
    const undo = await holdUndo(olivia);
    await expectToast(ben, 'You may no longer use your camera');
    await expectNoPicture(olivia, 'Ben');
    await expect(button('Start camera')).toHaveAttribute('aria-disabled', 'true');
    await expect(rowOf(await openPeople(olivia), 'Ben').getByRole('img', { name: 'Camera off' })).toBeVisible();
    await undo.click();
    await expectToast(ben, 'You may use your camera now');
    await button('Start camera').click();
    await expectSees(olivia, ['Ben']);
  });

  await test.step('[P2] a forbidden microphone cannot be switched on', async () => {
    await choose(olivia, 'Ben', 'Forbid the microphone');
    await expectToast(ben, 'You may no longer use your microphone');
    await expect(button('Unmute microphone')).toHaveAttribute('aria-disabled', 'true');
    await choose(olivia, 'Ben', 'Allow the microphone');
    await expect(button('Unmute microphone')).not.toHaveAttribute('aria-disabled', 'true');
    await button('Unmute microphone').click();
    await expectHears(olivia, 1);
  });

  await test.step('[P2] a share is stopped, and forbidden', async () => {
    const share = olivia.page.locator('video[aria-label="Screen of Ben"]');
    await button('Share screen').click();
    await expect(share).toBeVisible();
    await choose(olivia, 'Ben', 'Stop the share');
    await expect(share).toHaveCount(0);
    await expect(button('Share screen')).toBeVisible();
    await button('Share screen').click();
    await expect(share).toBeVisible();
    await choose(olivia, 'Ben', 'Forbid sharing the screen');
    await expect(share).toHaveCount(0);
    await expect(button('Share screen')).toHaveAttribute('aria-disabled', 'true');
    await choose(olivia, 'Ben', 'Allow sharing the screen');
    await expect(button('Share screen')).not.toHaveAttribute('aria-disabled', 'true');
  });

  await test.step('a raised hand is first in the list, and lowered by the moderator', async () => {
    await button('Raise hand').click();
    const list = await openPeople(olivia);
    await expect(list.getByRole('heading', { name: /^Hands raised/ })).toBeVisible();
    await expect(rowOf(list, 'Ben').getByRole('img', { name: 'Hand raised' })).toBeVisible();
    await choose(olivia, 'Ben', 'Lower the hand');
    await expect(button('Raise hand')).toBeVisible();
    await button('Raise hand').click();
    await expect(button('Lower hand')).toBeVisible();
    const controls = await openControls(olivia);
    await controls.getByRole('button', { name: 'Lower all hands' }).click();
    await expect(button('Raise hand')).toBeVisible();
    await olivia.page.keyboard.press('Escape');
  });

  await test.step('[P6] a lower role takes the media away, undo gives the right back', async () => {
    await expectSees(olivia, ['Ben']);
    await choose(olivia, 'Ben', 'Attendee');
    const undo = await holdUndo(olivia);
    await expectToast(ben, 'You are now: Attendee');
    await expectNoPicture(olivia, 'Ben');
    await expectSilence(olivia);
    for (const name of ['Unmute microphone', 'Start camera', 'Share screen'])
      await expect(button(name)).toHaveAttribute('aria-disabled', 'true');
    await expect(rowOf(await openPeople(ben), 'Ben').getByText(/^Attendee ·/)).toBeVisible();
    await undo.click();
    await expectToast(ben, 'You are now: Speaker');
    await button('Start camera').click();
    await expectSees(olivia, ['Ben']);
  });

  await test.step('[P6] a moderator gets what moderators have, without a reload', async () => {
    await choose(olivia, 'Ben', 'Moderator');
    await expectToast(ben, 'You are now: Moderator');
    const controls = await openControls(ben);
    await expect(controls.getByRole('switch', { name: 'Lobby' })).toBeVisible();
    await ben.page.keyboard.press('Escape');
    expect(await isSamePage(ben.page)).toBe(true);
  });
  await Promise.all([olivia, ben].map(({ context }) => context.close()));
});
