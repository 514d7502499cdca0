import { startInstallation } from '@conclave/testkit/installation';
import {
  createRoom,
  enter,
  expect,
  expectHears,
  expectSees,
  join,
  openRoom,
  OWNER,
  test,
  videoOf,
  type Person,
} from './support/fixtures.ts';
import { readCounters } from './support/page-probe.ts';

test.describe('from the owner link to a meeting of three', () => {
  test('the owner sets up, makes a room, and three people see and hear each other, share, write, list and leave', async ({ browser }) => {
    await using installation = await startInstallation();
    expect(installation.ownerLink).not.toBeNull();

    const ownerContext = await browser.newContext({
      ignoreHTTPSErrors: true,
      permissions: ['camera', 'microphone', 'clipboard-read', 'clipboard-write'],
    });
    const dashboard = await ownerContext.newPage();
    const foreign: string[] = [];
    ownerContext.on('request', (request) => {
      if (!request.url().startsWith(installation.origin) && !/^(data|blob):/.test(request.url())) foreign.push(request.url());
    });
    await dashboard.goto(installation.ownerLink ?? '');
    expect(dashboard.url(), 'the token is not left in the address').not.toContain('token');
    await dashboard.getByLabel('Team name').fill(OWNER.team);
    await dashboard.getByLabel('Your name').fill(OWNER.name);
    await dashboard.getByLabel('E-mail').fill(OWNER.email);
    await dashboard.getByLabel('Password', { exact: true }).fill(OWNER.password);
    await dashboard.getByRole('button', { name: /create|set up/i }).click();
    await dashboard.getByRole('button', { name: 'New meeting' }).first().click();
    await dashboard.getByRole('button', { name: /copy/i }).first().click();
    const link = await dashboard.evaluate(() => navigator.clipboard.readText());
    expect(link.startsWith(`${installation.origin}/`)).toBe(true);

    await test.step('the owner link works once', async () => {
      const again = await browser.newPage({ ignoreHTTPSErrors: true });
      await again.goto(installation.ownerLink ?? '');
      await expect(again.getByLabel('Team name')).toHaveCount(0);
      await again.close();
    });

    const ada = await enter(browser, link, 'Ada');
    const ben = await enter(browser, link, 'Ben');
    const cleo = await enter(browser, link, 'Cleo');
    const everybody = [ada, ben, cleo];
    const others = (person: Person) => everybody.filter((other) => other !== person).map((other) => other.name);

    await test.step('everybody sees and hears everybody', async () => {
      for (const person of everybody) await expectSees(person, others(person));
      for (const person of everybody) await expectHears(person, 2);
    });

    await test.step('[T6] media is DTLS 1.2 or later with an AEAD cipher and SRTP AEAD-AES-GCM', async () => {
      for (const person of everybody) {
        const counters = await readCounters(person.page);
        expect(counters.srtpCiphers.length).toBe(2);
        for (const cipher of counters.srtpCiphers) expect(cipher).toMatch(/^(SRTP_)?AEAD_AES_(128|256)_GCM$/);
        for (const version of counters.tlsVersions) expect(['FEFD', 'FEFC']).toContain(version);
        for (const cipher of counters.dtlsCiphers) expect(cipher).toMatch(/ECDHE_.*(GCM|POLY1305)|^TLS_(AES|CHACHA20)/);
      }
    });

    await test.step('[P10] a shared screen arrives, and the one who shares sees what is shared', async () => {
      await ada.page.getByRole('button', { name: 'Share screen', exact: true }).click();
      await expect(ada.page.getByRole('button', { name: 'Stop sharing', exact: true }).first()).toBeVisible();
      await expect(ben.page.locator('video[aria-label="Screen of Ada"]')).toBeVisible();
      await expect(async () => {
        const frames = await ben.page
          .locator('video[aria-label="Screen of Ada"]')
          .evaluate((video: HTMLVideoElement) => video.getVideoPlaybackQuality().totalVideoFrames);
        expect(frames).toBeGreaterThan(0);
      }).toPass();
      const preview = ada.page.locator('video[aria-label="Preview of what you share"]');
      await expect(async () => {
        expect(await preview.evaluate((video: HTMLVideoElement) => video.getVideoPlaybackQuality().totalVideoFrames)).toBeGreaterThan(0);
      }).toPass();
      await ada.page.getByRole('button', { name: 'Stop sharing', exact: true }).first().click();
      await expect(ben.page.locator('video[aria-label="Screen of Ada"]')).toHaveCount(0);
    });

    await test.step('[P8] chat reaches everybody, unread is counted, the list names everybody', async () => {
      await ben.page.getByRole('button', { name: 'Chat', exact: true }).click();
      await ben.page.getByRole('textbox', { name: /message/i }).fill('Hello <b>all</b> https://example.org');
      await ben.page.keyboard.press('Enter');
      await cleo.page.getByRole('button', { name: /^Chat/ }).click();
      await expect(cleo.page.getByText('Hello <b>all</b> https://example.org', { exact: true })).toBeVisible();
      await expect(cleo.page.getByRole('link', { name: 'https://example.org' })).toHaveAttribute('rel', /noopener/);
      await cleo.page.getByRole('button', { name: 'Participants', exact: true }).click();
      const list = cleo.page.getByRole('complementary').or(cleo.page.getByRole('dialog')).filter({ hasText: 'Ada' });
      for (const name of ['Ada', 'Ben', 'Cleo']) await expect(list.getByText(name).first()).toBeVisible();
    });

    await test.step('one reloads and comes back as the same participant', async () => {
      await ben.page.reload();
      await expect(ben.page.getByRole('button', { name: 'Leave', exact: true })).toBeVisible();
      await expectSees(ben, ['Ada', 'Cleo']);
      await expectSees(ada, ['Ben']);
      await expect(videoOf(ada, 'Ben')).toHaveCount(1);
      await expect(videoOf(cleo, 'Ben')).toHaveCount(1);
    });

    await test.step('who mutes and stops the camera is shown so, and sends no picture', async () => {
      await cleo.page.getByRole('button', { name: 'Stop camera', exact: true }).click();
      await cleo.page.getByRole('button', { name: 'Mute microphone', exact: true }).click();
      await expect(videoOf(ada, 'Cleo')).toHaveCount(0);
      await cleo.page.getByRole('button', { name: 'Start camera', exact: true }).click();
      await expectSees(ada, ['Cleo']);
    });

    await test.step('who leaves is gone at once', async () => {
      await cleo.page.getByRole('button', { name: 'Leave', exact: true }).click();
      const confirm = cleo.page.getByRole('dialog').getByRole('button', { name: /leave/i });
      if (await confirm.isVisible().catch(() => false)) await confirm.click();
      await expect(videoOf(ada, 'Cleo')).toHaveCount(0);
      await expect(cleo.page.getByRole('button', { name: /join again|rejoin|back/i }).first()).toBeVisible();
    });

    expect(foreign, '[G2] requests to other hosts').toEqual([]);
    await Promise.all(everybody.map((person) => person.context.close()));
    await ownerContext.close();
  });
});

test.describe('the page before the room', () => {
  test('shows the camera, the devices and joins muted when asked', async ({ browser, team }) => {
    const room = await createRoom(team);
    const ada = await openRoom(browser, room.room_url, 'Ada');
    await expect(ada.page.locator('video')).toBeVisible();
    await ada.page.getByRole('button', { name: /mute microphone/i }).click();
    await join(ada);
    await expect(ada.page.getByRole('button', { name: 'Unmute microphone', exact: true })).toBeVisible();
    await ada.context.close();
  });
});
