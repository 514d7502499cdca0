import type { Browser } from '@playwright/test';
import { createRoom, enterAs, expect, expectHears, join, openRoom, roomToken, test, type Person } from './support/fixtures.ts';
import { readCounters } from './support/page-probe.ts';
import {
  choose,
  expectIn,
  expectTold,
  expectToast,
  expectWaits,
  holdUndo,
  installSoundProbe,
  knock,
  openControls,
  openPeople,
  rowOf,
} from './support/moderating.ts';

const lobbyOf = (person: Person) => person.page.getByRole('region', { name: 'Waiting in the lobby' });
const letIn = (person: Person, name: string) => person.page.getByRole('button', { name: `Let in ${name}`, exact: true });

/** Somebody on the page before the room, whose connection can be taken away. */
async function openVisitor(browser: Browser, url: string, name: string) {
  const person = await openRoom(browser, 'about:blank', name);
  await person.page.addInitScript(() => {
    const sockets: WebSocket[] = [];
    const Original = window.WebSocket;
    window.WebSocket = class extends Original {
      constructor(address: string | URL, protocols?: string | string[]) {
        super(address, protocols);
        sockets.push(this);
      }
    };
    Object.assign(window, { probedSockets: sockets });
  });
  await person.page.goto(url);
  return {
    ...person,
    /** Emulation leaves open WebSockets alone, so they are cut by hand; new ones fail until `comeOnline`. */
    goOffline: async () => {
      await person.context.setOffline(true);
      await person.page.evaluate(() => {
        for (const socket of (window as unknown as { probedSockets: WebSocket[] }).probedSockets) socket.close(); // set above
      });
    },
    comeOnline: () => person.context.setOffline(false),
  };
}

// Doors need no pictures, and a small window is drawn by software in less time.
test.use({ viewport: { width: 1024, height: 640 } });
const QUIET = { video_on_join_enabled: false };

test.describe('[P1] lobby', () => {
  test('a knock is heard, seen and read out, outlives a reload and a lost connection, and is answered by one press', async ({
    browser,
    team,
  }) => {
    const room = await createRoom(team, { ...QUIET, is_locked: true, lobby_message: 'We begin at ten.' });
    const olivia = await openRoom(browser, 'about:blank', 'Olivia');
    const tonesAtOlivia = await installSoundProbe(olivia.page);
    await olivia.page.goto(`${room.room_url}?token=${await roomToken(team, room, { u: 'Olivia', role: 'moderator' })}`);
    await join(olivia);
    const zoe = await openVisitor(browser, room.room_url, 'Zoe');
    await expect(zoe.page.getByText('We begin at ten.')).toBeVisible();
    await knock(zoe);

    await test.step('the moderator is told by sound, card, badge and screen reader', async () => {
      await expect(letIn(olivia, 'Zoe')).toBeVisible();
      await expect(lobbyOf(olivia).getByRole('button', { name: 'Turn away Zoe', exact: true })).toBeVisible();
      await expect.poll(tonesAtOlivia, { message: 'two tones of one chime' }).toBe(2);
      await expect(olivia.page.getByRole('button', { name: 'Participants', exact: true })).toHaveAccessibleDescription(
        '1 person is waiting to be let in',
      );
      await expect(olivia.page.getByRole('status').filter({ hasText: 'Zoe is waiting to be let in' })).toHaveCount(1);
    });

    await test.step('the person waits and gets nothing of the room', async () => {
      await expect(zoe.page.getByText('Olivia')).toHaveCount(0);
      expect((await readCounters(zoe.page)).bytesReceived, 'no media').toBe(0);
    });

    await test.step('a reload keeps the place, and does not knock again', async () => {
      await zoe.page.reload();
      await expectWaits(zoe);
      await expect(letIn(olivia, 'Zoe')).toHaveCount(1);
      expect(await tonesAtOlivia()).toBe(2);
    });

    await test.step('so does a lost connection, which both pages show', async () => {
      await zoe.goOffline();
      await expect(zoe.page.getByText(/^Connection lost\. Your place is kept/)).toBeVisible();
      await expectWaits(zoe);
      await expect(lobbyOf(olivia).getByText('Connection lost')).toBeVisible();
      await zoe.comeOnline();
      await expect(zoe.page.getByText(/^Connection lost/)).toHaveCount(0);
      await expect(lobbyOf(olivia).getByText('Connection lost')).toHaveCount(0);
      await expect(letIn(olivia, 'Zoe')).toHaveCount(1);
    });

    await test.step('let in by one press, from the keyboard', async () => {
      await letIn(olivia, 'Zoe').press('Enter');
      await expectIn(zoe);
      await expect(lobbyOf(olivia)).toHaveCount(0);
      await expectHears(zoe, 1);
    });
    await Promise.all([olivia, zoe].map(({ context }) => context.close()));
  });

  test('all are let in at once; one is sent back, and turned away with a word', async ({ browser, team }) => {
    const room = await createRoom(team, { ...QUIET, is_locked: true });
    const olivia = await enterAs(browser, team, room, 'Olivia', 'moderator');
    const [zoe, yan] = [await openRoom(browser, room.room_url, 'Zoe'), await openRoom(browser, room.room_url, 'Yan')];
    await knock(zoe);
    await knock(yan);
    await expect(lobbyOf(olivia).getByRole('heading', { name: '2 people are waiting to be let in' })).toBeVisible();
    await lobbyOf(olivia).getByRole('button', { name: 'Let in all' }).click();
    await expectIn(zoe);
    await expectIn(yan);

    await choose(olivia, 'Zoe', 'Send to the lobby');
    await expectTold(zoe, 'You are back in the lobby');
    await expectWaits(zoe);
    await expectToast(olivia, 'Zoe is in the lobby');
    await expect(rowOf(await openPeople(olivia), 'Zoe')).toHaveCount(0);
    await expect(rowOf(await openPeople(yan), 'Zoe')).toHaveCount(0);
    await expect(letIn(yan, 'Zoe')).toHaveCount(0);

    await lobbyOf(olivia).getByRole('button', { name: 'Turn away with a message: Zoe' }).click();
    await olivia.page.getByRole('textbox', { name: 'Message (optional)' }).fill('We are done for <b>today</b>.');
    await olivia.page.keyboard.press('Enter');
    await expectTold(zoe, 'You were not let in');
    await expect(zoe.page.getByText('“We are done for <b>today</b>.”')).toBeVisible();
    await expect(lobbyOf(olivia)).toHaveCount(0);
    await Promise.all([olivia, zoe, yan].map(({ context }) => context.close()));
  });

  test('it is switched on and off while the meeting runs: who is in stays in, who waits comes in', async ({ browser, team }) => {
    const room = await createRoom(team, QUIET);
    const olivia = await enterAs(browser, team, room, 'Olivia', 'moderator');
    const ben = await openRoom(browser, room.room_url, 'Ben');
    await join(ben);
    const controls = await openControls(olivia);
    await controls.getByRole('switch', { name: 'Lobby' }).click();
    await expectToast(olivia, 'The lobby is on');
    await holdUndo(olivia);
    await olivia.page.keyboard.press('Escape');
    await expect(olivia.page.getByText('Lobby on')).toBeVisible();
    const zoe = await openRoom(browser, room.room_url, 'Zoe');
    await expect(zoe.page.getByText('You will wait until somebody lets you in')).toBeVisible();
    await knock(zoe);
    await expectIn(ben);
    await (await holdUndo(olivia)).click();
    await expectIn(zoe);
    await expect(olivia.page.getByText('Lobby on')).toHaveCount(0);
    await Promise.all([olivia, ben, zoe].map(({ context }) => context.close()));
  });
});
