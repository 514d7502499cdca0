import { api, createRoom, enter, enterAs, expect, join, openRoom, test, type Person } from './support/fixtures.ts';
import { expectIn, expectTold, expectToast, holdUndo, openControls } from './support/moderating.ts';

const QUIET = { video_on_join_enabled: false };

/** Fills in the page before the room and presses Join, whatever comes of it. */
async function tryJoin(person: Person, password?: string): Promise<void> {
  const { page } = person;
  await expect(page.getByRole('button', { name: 'Join', exact: true })).toBeEnabled();
  await page.getByRole('textbox', { name: 'Your name' }).fill(person.name);
  if (password !== undefined) await page.getByLabel('Password of the room').fill(password);
  await page.getByRole('button', { name: 'Join', exact: true }).click();
}

// A small window is drawn by software in less time.
test.use({ viewport: { width: 1024, height: 640 } });

test('[P5] a password is set, asked for, changed and removed while the meeting runs', async ({ browser, team }) => {
  const room = await createRoom(team, QUIET);
  const olivia = await enterAs(browser, team, room, 'Olivia', 'moderator');
  const early = await openRoom(browser, room.room_url, 'Early');
  await expect(early.page.getByRole('button', { name: 'Join', exact: true })).toBeEnabled();
  await expect(early.page.getByLabel('Password of the room')).toHaveCount(0);

  const setPassword = async (password: string) => {
    const controls = await openControls(olivia);
    await controls.getByLabel('Password of the room').fill(password);
    await olivia.page.keyboard.press('Enter');
    await expect(controls.getByText('The room has a password.')).toBeVisible();
    await expectToast(olivia, 'The room’s password is set');
    await olivia.page.keyboard.press('Escape');
  };
  await setPassword('Brücke 7');

  await test.step('who was at the door already is asked there', async () => {
    await tryJoin(early);
    await expect(early.page.getByText(/^The room has a password since a moment ago/)).toBeVisible();
    await expect(early.page.getByLabel('Password of the room')).toBeFocused();
    await tryJoin(early, 'Brücke 7');
    await expectIn(early);
  });

  await test.step('a wrong one is told where it was typed, the right one opens', async () => {
    const late = await openRoom(browser, room.room_url, 'Late');
    await tryJoin(late, 'Bruecke 7');
    await expect(late.page.getByText('This is not the password. Check capital and small letters.')).toBeVisible();
    await expect(late.page.getByLabel('Password of the room')).toBeFocused();
    await expect(late.page.getByRole('textbox', { name: 'Your name' })).toHaveValue('Late');
    await tryJoin(late, 'Brücke 7');
    await expectIn(late);
    await late.context.close();
  });

  await test.step('changed: the old one opens nothing more, who is in stays in', async () => {
    await setPassword('Ufer 8');
    const late = await openRoom(browser, room.room_url, 'Late');
    await tryJoin(late, 'Brücke 7');
    await expect(late.page.getByText(/^This is not the password/)).toBeVisible();
    await tryJoin(late, 'Ufer 8');
    await expectIn(late);
    await expectIn(early);
    await late.context.close();
  });

  await test.step('removed: nobody is asked', async () => {
    const controls = await openControls(olivia);
    await controls.getByRole('button', { name: 'Remove', exact: true }).click();
    await expect(controls.getByText('The room has no password.')).toBeVisible();
    await olivia.page.keyboard.press('Escape');
    const late = await openRoom(browser, room.room_url, 'Late');
    await expect(late.page.getByRole('button', { name: 'Join', exact: true })).toBeEnabled();
    await expect(late.page.getByLabel('Password of the room')).toHaveCount(0);
    await tryJoin(late);
    await expectIn(late);
    await late.context.close();
  });
  await Promise.all([olivia, early].map(({ context }) => context.close()));
});

test('[P5] a locked meeting takes nobody new, and ends for everybody at once', async ({ browser, team }) => {
  const room = await createRoom(team, QUIET);
  const olivia = await enterAs(browser, team, room, 'Olivia', 'moderator');
  const ben = await enter(browser, room.room_url, 'Ben');
  const zoe = await openRoom(browser, room.room_url, 'Zoe');

  const controls = await openControls(olivia);
  await controls.getByRole('switch', { name: 'Lock the meeting' }).click();
  await expectToast(olivia, 'The meeting is locked');
  const undo = await holdUndo(olivia);
  await olivia.page.keyboard.press('Escape');
  await expect(ben.page.getByText('Locked', { exact: true })).toBeVisible();
  await tryJoin(zoe);
  await expectTold(zoe, 'This meeting is locked');
  await expectIn(ben);
  await ben.page.reload();
  await expectIn(ben);

  await undo.click();
  await expect(ben.page.getByText('Locked', { exact: true })).toHaveCount(0);
  await zoe.page.getByRole('button', { name: 'Try again' }).click();
  await join(zoe);

  const again = await openControls(olivia);
  await again.getByRole('button', { name: 'End the meeting for everybody' }).click();
  await again.getByRole('button', { name: 'Cancel' }).click();
  await expectIn(ben);
  await again.getByRole('button', { name: 'End the meeting for everybody' }).click();
  await again.getByRole('button', { name: 'Really end it' }).click();
  for (const person of [olivia, ben, zoe]) await expectTold(person, 'The meeting has ended');
  await Promise.all([olivia, ben, zoe].map(({ context }) => context.close()));
});

test('[P5] a full room and a room past its time say so', async ({ browser, team }) => {
  const room = await createRoom(team, { ...QUIET, max_participants: 2 });
  const ada = await enter(browser, room.room_url, 'Ada');
  const zoe = await openRoom(browser, room.room_url, 'Zoe');
  await expect(zoe.page.getByRole('button', { name: 'Join', exact: true })).toBeEnabled();
  const ben = await enter(browser, room.room_url, 'Ben');
  await tryJoin(zoe);
  await expectTold(zoe, 'This room is full');
  const late = await openRoom(browser, room.room_url, 'Late');
  await expectTold(late, 'This room is full');
  await late.context.close();
  await ben.page.getByRole('button', { name: 'Leave', exact: true }).click();
  await expectTold(ben, 'You left the meeting');
  await zoe.page.getByRole('button', { name: 'Try again' }).click();
  await join(zoe);
  await Promise.all([ada, ben, zoe].map(({ context }) => context.close()));

  const soon = await createRoom(team, QUIET);
  const early = await openRoom(browser, soon.room_url, 'Early');
  await expect(early.page.getByRole('button', { name: 'Join', exact: true })).toBeEnabled();
  await api(team, 'PATCH', `/rooms/${soon.id}`, { expires_at: new Date(Date.now() + 10_000).toISOString() });
  const after = await openRoom(browser, soon.room_url, 'After');
  await expect(async () => {
    await after.page.reload();
    await expect(after.page.getByRole('heading', { level: 1, name: 'This room is closed' })).toBeVisible({ timeout: 5_000 });
  }).toPass({ timeout: 60_000 });
  await after.context.close();
  await tryJoin(early);
  await expectTold(early, 'The meeting has ended');
  await early.context.close();
});
