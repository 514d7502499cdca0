import type { Locator, Page } from '@playwright/test';
import { expect, videoOf, type Person } from './fixtures.ts';
import { readCounters } from './page-probe.ts';

/** Presses `Join` where one is expected to wait, not to come in. */
export async function knock(person: Person): Promise<void> {
  const nameField = person.page.getByRole('textbox', { name: 'Your name' });
  await expect(person.page.getByRole('button', { name: 'Join', exact: true })).toBeEnabled();
  if ((await nameField.count()) > 0) await nameField.fill(person.name);
  await person.page.getByRole('button', { name: 'Join', exact: true }).click();
  await expectWaits(person);
}

export function expectWaits(person: Person): Promise<void> {
  return expect(person.page.getByRole('status', { name: 'Waiting to be let in' })).toBeVisible();
}

export function expectIn(person: Person): Promise<void> {
  return expect(person.page.getByRole('button', { name: 'Leave', exact: true })).toBeVisible();
}

/** The one page that is left when one's part in the meeting is over. */
export function expectTold(person: Person, title: string): Promise<void> {
  return expect(person.page.getByRole('heading', { level: 1, name: title })).toBeVisible();
}

export function expectToast(person: Person, text: string): Promise<void> {
  return expect(person.page.getByRole('status').getByText(text, { exact: true }).first()).toBeVisible();
}

export async function openPeople(person: Person): Promise<Locator> {
  const list = person.page.getByRole('list', { name: 'Everybody in the room' });
  if (!(await list.isVisible())) await person.page.getByRole('button', { name: 'Participants', exact: true }).click();
  await expect(list).toBeVisible();
  return list;
}

/** One row of an open list. */
export const rowOf = (list: Locator, name: string) => list.getByRole('listitem').filter({ hasText: name });

/** From the list: the button of a person, and one entry of its menu. */
export async function choose(moderator: Person, name: string, entry: string): Promise<void> {
  const list = await openPeople(moderator);
  await list.getByRole('button', { name: `Actions for ${name}` }).click();
  await chooseEntry(moderator.page, entry);
}

export async function chooseEntry(page: Page, entry: string): Promise<void> {
  await page
    .getByRole('menuitem', { name: entry, exact: true })
    .or(page.getByRole('menuitemradio', { name: entry, exact: true }))
    .click();
}

export async function openControls(moderator: Person): Promise<Locator> {
  await moderator.page.getByRole('button', { name: 'More', exact: true }).click();
  await chooseEntry(moderator.page, 'Meeting controls…');
  const dialog = moderator.page.getByRole('dialog', { name: 'Meeting controls' });
  await expect(dialog).toBeVisible();
  return dialog;
}

/** The newest way back; under the pointer it stays as long as is needed. */
export async function holdUndo(moderator: Person): Promise<Locator> {
  const undo = moderator.page.getByRole('button', { name: 'Undo', exact: true }).last();
  await undo.hover();
  return undo;
}

/** Counts what a person does with the pointer from here on. */
export async function countClicks(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const counter = { clicks: 0 };
    Object.assign(window, { clickCounter: counter });
    addEventListener('pointerdown', (event) => event.isTrusted && (counter.clicks += 1), true);
  });
  return () => page.evaluate(() => (window as unknown as { clickCounter: { clicks: number } }).clickCounter.clicks); // set above
}

/** Notes each tone that the page plays; installed before its scripts. */
export async function installSoundProbe(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const played = { tones: 0 };
    Object.assign(window, { playedTones: played });
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (this: OscillatorNode, when?: number) {
      played.tones += 1;
      start.call(this, when);
    };
  });
  return () => page.evaluate(() => (window as unknown as { playedTones: { tones: number } }).playedTones.tones); // set above
}

/** Passes when `viewer` has no picture of `name` any more. */
export function expectNoPicture(viewer: Person, name: string): Promise<void> {
  return expect(videoOf(viewer, name)).toHaveCount(0);
}

/** Passes when no received audio stream brings energy over two beeps of the fake microphone. */
export async function expectSilence(viewer: Person): Promise<void> {
  await expect(async () => {
    const before = (await readCounters(viewer.page)).audioEnergies;
    await viewer.page.waitForTimeout(2_200);
    const after = (await readCounters(viewer.page)).audioEnergies;
    expect(after.filter((energy, index) => energy > (before[index] ?? 0)).length, `streams that ${viewer.name} hears`).toBe(0);
  }).toPass({ timeout: 30_000 });
}

/** Marks the page, so that `isSamePage` tells whether it was loaded again since. */
export async function markPage(page: Page): Promise<void> {
  await page.evaluate(() => Object.assign(window, { isMarked: true }));
}
export function isSamePage(page: Page): Promise<boolean> {
  return page.evaluate(() => 'isMarked' in window);
}
