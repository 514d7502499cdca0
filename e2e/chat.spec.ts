import { readFile } from 'node:fs/promises';
import type { Locator } from '@playwright/test';
import { createRoom, enterAs, expect, test, type Person } from './support/fixtures.ts';

const log = ({ page }: Person): Locator => page.getByRole('log', { name: 'Messages' });
const field = ({ page }: Person): Locator => page.getByRole('textbox', { name: /message to/i });
/** A message itself, not where it is quoted. */
const saying = (person: Person, text: string): Locator =>
  log(person).getByText(text, { exact: true }).and(person.page.getByRole('paragraph'));
/** The part of the list in which a message stands, with its author and its audience. */
const around = (person: Person, text: string): Locator => log(person).locator('section').filter({ hasText: text });

async function openChat({ page }: Person): Promise<void> {
  await page.getByRole('button', { name: /^Chat/ }).click();
  await expect(page.getByRole('log', { name: 'Messages' })).toBeVisible();
}
async function write(person: Person, text: string): Promise<void> {
  await field(person).fill(text);
  await field(person).press('Enter');
  await expect(saying(person, text)).toBeVisible();
}
/** Opens the actions of a message with the keyboard and picks one. */
async function act(person: Person, text: string, author: string, action: string | RegExp): Promise<void> {
  const message = log(person).locator('[id^=message-]').filter({ hasText: text });
  await message.getByRole('button', { name: `Actions for the message of ${author}` }).focus();
  await person.page.keyboard.press('Enter');
  await person.page
    .getByRole('menu')
    .getByRole(/React/.test(String(action)) ? 'menuitemcheckbox' : 'menuitem', { name: action })
    .focus();
  await person.page.keyboard.press('Enter');
}

// A small window is drawn by software in less time.
test.use({ viewport: { width: 1024, height: 640 } });

test('[P7] people write to each other, and a moderator decides; both pages show it', async ({ browser, team }) => {
  const room = await createRoom(team, { default_role: 'attendee', video_on_join_enabled: false, private_group_chat_enabled: true });
  const mo = await enterAs(browser, team, room, 'Mo', 'moderator');
  const ann = await enterAs(browser, team, room, 'Ann', 'attendee');
  const ben = await enterAs(browser, team, room, 'Ben', 'attendee');

  await test.step('what is written while the chat is closed is counted, and marked as new', async () => {
    await openChat(mo);
    await write(mo, 'Welcome, everybody');
    await expect(ann.page.getByRole('button', { name: /^Chat/ })).toHaveAccessibleDescription('1 unread message');
    await openChat(ann);
    await expect(saying(ann, 'Welcome, everybody')).toBeVisible();
    await openChat(ben);
  });

  await test.step('from the menu of a person one writes to them alone, and both see that it is private', async () => {
    await ann.page.getByRole('button', { name: 'Participants', exact: true }).click();
    await ann.page.getByRole('complementary', { name: 'Participants' }).getByRole('button', { name: 'Actions for Mo' }).click();
    await ann.page.getByRole('menuitem', { name: 'Write to Mo' }).click();
    await expect(ann.page.getByRole('textbox', { name: 'Private message to Mo' })).toBeFocused();
    await expect(ann.page.getByText('Only Mo and you read this.')).toBeVisible();
    await ann.page.keyboard.type('May I ask something?');
    await ann.page.keyboard.press('Enter');
    await expect(around(ann, 'May I ask something?').getByText('Privately to Mo')).toBeVisible();
    await expect(around(mo, 'May I ask something?').getByText('Privately to you')).toBeVisible();
  });

  await test.step('a private message is answered in private, with a quote that leads to it', async () => {
    await act(mo, 'May I ask something?', 'Ann', 'Reply');
    await expect(mo.page.getByRole('textbox', { name: 'Private message to Ann' })).toBeFocused();
    await write(mo, 'Of course');
    const quote = around(ann, 'Of course').getByRole('button', { name: 'In reply to You: May I ask something?' });
    await quote.click();
    await expect(log(ann).locator('[id^=message-]').filter({ hasText: 'May I ask something?' }).first()).toBeFocused();
    await expect(log(ben).getByText('Of course')).toHaveCount(0);
    await expect(log(ben).getByText('May I ask something?')).toHaveCount(0);
  });

  await test.step('the group of moderators is offered to those in it alone', async () => {
    await expect(mo.page.getByRole('combobox', { name: 'Write to' }).getByRole('option', { name: 'Moderators' })).toHaveCount(1);
    await expect(ann.page.getByRole('combobox', { name: 'Write to' }).getByRole('option', { name: 'Moderators' })).toHaveCount(0);
    await mo.page.getByRole('combobox', { name: 'Write to' }).selectOption('Moderators');
    await write(mo, 'A note among us');
    await expect(around(mo, 'A note among us').getByText('To Moderators only')).toBeVisible();
    await mo.page.getByRole('combobox', { name: 'Write to' }).selectOption('Everybody');
    await write(mo, 'And now for all');
    await expect(saying(ben, 'And now for all')).toBeVisible();
    await expect(log(ben).getByText('A note among us')).toHaveCount(0);
  });

  await test.step('reactions are put by keyboard, seen by all, and taken back', async () => {
    await act(ben, 'And now for all', 'Mo', 'React with 👍');
    await expect(log(mo).getByRole('button', { name: '👍 from Ben' })).toBeVisible();
    await log(ann).getByRole('button', { name: '👍 from Ben' }).click();
    await expect(log(mo).getByRole('button', { name: '👍 from Ben, Ann' })).toBeVisible();
    await log(ben)
      .getByRole('button', { name: /👍 from/ })
      .click();
    await expect(log(mo).getByRole('button', { name: '👍 from Ann' })).toBeVisible();
  });

  await test.step('what a moderator deletes is gone from every page, also under a pen that is answering it', async () => {
    await write(ben, 'Something that does not belong here');
    await ann.page.getByRole('combobox', { name: 'Write to' }).selectOption('Everybody');
    await act(ann, 'Something that does not belong here', 'Ben', 'Reply');
    await ann.page.keyboard.type('I would say');
    await act(mo, 'Something that does not belong here', 'Ben', 'Delete for everybody');
    for (const person of [mo, ann, ben]) await expect(log(person).getByText('Something that does not belong here')).toHaveCount(0);
    await expect(mo.page.getByRole('log', { name: 'Messages' })).toBeFocused();
    await expect(ann.page.getByText('The message was deleted. What you write is sent as a message of its own.')).toBeVisible();
    await ann.page.getByRole('textbox', { name: 'Message to everybody' }).press('Enter');
    await expect(saying(ben, 'I would say')).toBeVisible();
  });

  await test.step('an attendee has no button to delete what others wrote', async () => {
    await log(ben)
      .locator('[id^=message-]')
      .filter({ hasText: 'I would say' })
      .getByRole('button', { name: /^Actions/ })
      .click();
    await expect(ben.page.getByRole('menuitem', { name: 'Reply' })).toBeVisible();
    await expect(ben.page.getByRole('menuitem', { name: /Delete/ })).toHaveCount(0);
    await ben.page.keyboard.press('Escape');
  });

  const mayWrite = (label: string) => mo.page.getByRole('group', { name: label }).getByRole('checkbox', { name: 'Attendee', exact: true });
  await test.step('a moderator closes the chat for attendees: they are told, and what they had typed stays', async () => {
    await field(ann).fill('I was just about to say');
    await mo.page.getByRole('button', { name: 'More', exact: true }).click();
    await mo.page.getByRole('menuitem', { name: 'Meeting controls…' }).click();
    await mayWrite('May write to everybody').click();
    await expect(ann.page.getByText(/A moderator has closed the chat for you/)).toBeVisible();
    await expect(field(ann)).toHaveValue('I was just about to say');
    await expect(field(ann)).not.toBeEditable();
    await expect(ben.page.getByText(/A moderator has closed the chat for you/)).toBeVisible();
    await mayWrite('May write privately').click();
    await expect(ann.page.getByRole('combobox', { name: 'Write to' })).toHaveCount(0);
    await ann.page.keyboard.press('Enter');
    await expect(log(mo).getByText('I was just about to say')).toHaveCount(0);
  });

  await test.step('opened again it goes on where it was', async () => {
    await mayWrite('May write to everybody').click();
    await mayWrite('May write privately').click();
    await mo.page.keyboard.press('Escape');
    await expect(field(ann)).toBeEditable();
    await field(ann).press('Enter');
    await expect(saying(mo, 'I was just about to say')).toBeVisible();
  });

  await test.step('who has left cannot be written to any more, and it says so', async () => {
    await mo.page.getByRole('combobox', { name: 'Write to' }).selectOption('Ben');
    await field(mo).fill('Are you still there?');
    await ben.page.getByRole('button', { name: 'Leave', exact: true }).click();
    await expect(mo.page.getByText(/Ben is no longer in the room/)).toBeVisible();
    await expect(field(mo)).toHaveValue('Are you still there?');
    await mo.page.getByRole('combobox', { name: 'Write to' }).selectOption('Everybody');
  });

  await test.step('a moderator saves the chat as a text, without what was deleted', async () => {
    await mo.page.getByRole('button', { name: 'More for the chat' }).click();
    const [download] = await Promise.all([
      mo.page.waitForEvent('download'),
      mo.page.getByRole('menuitem', { name: 'Save the chat' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^chat-.+-\d{4}-\d\d-\d\d\.txt$/);
    const text = await readFile(await download.path(), 'utf8');
    expect(text).toMatch(/\] Mo:\n {4}Welcome, everybody\n/);
    expect(text).toMatch(/\] Ann \(Privately to Mo\):\n {4}May I ask something\?\n/);
    expect(text).not.toContain('Something that does not belong here');
    await expect(ann.page.getByRole('button', { name: 'More for the chat' })).toHaveCount(0);
  });

  await test.step('cleared, it is empty on every page but for what is private', async () => {
    await mo.page.getByRole('button', { name: 'More for the chat' }).click();
    await mo.page.getByRole('menuitem', { name: 'Clear the chat…' }).click();
    await mo.page.getByRole('dialog').getByRole('button', { name: 'Clear for everybody' }).click();
    for (const person of [mo, ann]) {
      await expect(saying(person, 'Welcome, everybody')).toHaveCount(0);
      await expect(saying(person, 'May I ask something?')).toBeVisible();
    }
    await ann.page.reload();
    await expect(ann.page.getByRole('button', { name: 'Leave', exact: true })).toBeVisible();
    await openChat(ann);
    await expect(saying(ann, 'Of course')).toBeVisible();
    await expect(saying(ann, 'Welcome, everybody')).toHaveCount(0);
  });
  await Promise.all([mo, ann, ben].map((person) => person.context.close()));
});
