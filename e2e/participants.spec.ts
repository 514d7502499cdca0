import { readFile } from 'node:fs/promises';
import { join as joinPath } from 'node:path';
import { httpsClient } from '@conclave/cli/peer/https-client';
import { joinRoom, type Guest } from '@conclave/testkit/joining';
import { createRoom, enter, enterAs, expect, test, type Person } from './support/fixtures.ts';
import { openPeople, rowOf } from './support/moderating.ts';

const CROWD = 62;

// A small window is drawn by software in less time.
test.use({ viewport: { width: 1024, height: 640 } });

test('[P8] everybody’s list says who is there, as what, what they send, how they came and how their connection is', async ({
  browser,
  team,
}) => {
  const room = await createRoom(team, { video_on_join_enabled: false });
  const olivia = await enterAs(browser, team, room, 'Olivia', 'moderator');
  const ben = await enter(browser, room.room_url, 'Ben');

  await test.step('the same at each page', async () => {
    await ben.page.getByRole('button', { name: 'Raise hand', exact: true }).click();
    for (const viewer of [olivia, ben]) {
      const list = await openPeople(viewer);
      await expect(list.getByRole('listitem')).toHaveCount(2);
      const rowOfBen = rowOf(list, 'Ben');
      await expect(rowOfBen.getByText('Speaker · by the link')).toBeVisible();
      await expect(rowOfBen.getByRole('img', { name: 'Microphone on' })).toBeVisible();
      await expect(rowOfBen.getByRole('img', { name: 'Camera off' })).toBeVisible();
      await expect(rowOfBen.getByRole('img', { name: 'Hand raised' })).toBeVisible();
      await expect(rowOfBen.getByRole('img', { name: /connection$/ })).toBeVisible();
      await expect(rowOf(list, 'Olivia').getByText('Moderator · by a token')).toBeVisible();
    }
    await ben.page.getByRole('button', { name: 'Lower hand', exact: true }).click();
  });

  const ca = await readFile(joinPath(team.installation.dataDir, 'tls/ca.pem'), 'utf8');
  using http = httpsClient(team.installation.origin, ca);
  const place = { origin: team.installation.origin, ca, http };
  const crowd: Guest[] = [];

  await test.step(`${CROWD} more, who only listen, are all on the list`, async () => {
    for (let n = 1; n <= CROWD; n++) {
      const name = n === CROWD ? 'Żaneta Øst' : `Guest ${String(n).padStart(2, '0')}`;
      crowd.push(await joinRoom(place, { room: room.friendly_url, name }));
    }
    await expectCount(olivia, CROWD + 2);
    await expectCount(ben, CROWD + 2);
    const list = await openPeople(olivia);
    await expect(list.getByRole('heading', { name: `Speaker ${CROWD + 1}` })).toBeAttached();
    await expect(list.getByRole('heading', { name: 'Moderator 1' })).toBeAttached();
  });

  await test.step('found by a part of the name, without its accents', async () => {
    const list = await openPeople(olivia);
    const search = olivia.page.getByRole('searchbox', { name: 'Find somebody' });
    await search.fill('zaneta ost');
    await expect(list.getByRole('listitem')).toHaveCount(1);
    await expect(rowOf(list, 'Żaneta Øst')).toBeVisible();
    await search.fill('guest 1');
    await expect(list.getByRole('listitem')).toHaveCount(16);
    await search.fill('nobody at all');
    await expect(olivia.page.getByText('Nobody here is called that.')).toBeVisible();
    await search.fill('');
    await expect(list.getByRole('listitem')).toHaveCount(CROWD + 2);
  });

  await test.step('who loses the connection is shown so, who leaves is gone', async () => {
    const [first, second] = crowd;
    first?.client.socket.terminate();
    await expect(rowOf(await openPeople(ben), 'Guest 01').getByText('Reconnecting…')).toBeAttached();
    await second?.client.ask('room.leave', {});
    await expect(rowOf(await openPeople(ben), 'Guest 02')).toHaveCount(0);
    await expect(rowOf(await openPeople(olivia), 'Guest 02')).toHaveCount(0);
  });
  for (const guest of crowd) guest[Symbol.dispose]();
  await Promise.all([olivia, ben].map(({ context }) => context.close()));
});

async function expectCount(viewer: Person, count: number): Promise<void> {
  await expect((await openPeople(viewer)).getByRole('listitem')).toHaveCount(count, { timeout: 30_000 });
}
