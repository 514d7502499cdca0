import { execFileSync } from 'node:child_process';
import { AxeBuilder } from '@axe-core/playwright';
import { CHECK_ROW_NAMES, decodeSupportCode, type CheckResults } from '@conclave/protocol/support-code';
import type { Browser, Page } from '@playwright/test';
import { createRoom, expect, openRoom, test } from './support/fixtures.ts';

const ALL_OPEN: CheckResults = {
  secureContext: 'ok',
  microphone: 'ok',
  camera: 'ok',
  https: 'ok',
  signalling: 'ok',
  udp: 'ok',
  tcp: 'ok',
  turn: 'notOffered',
  download: 'ok',
  upload: 'ok',
  clock: 'ok',
};

/** Longer than the paths may take one after the other. */
const DONE = { timeout: 45_000 };

async function openCheck(browser: Browser, origin: string, before?: () => void): Promise<Page> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, permissions: ['camera', 'microphone', 'clipboard-write'] });
  const page = await context.newPage();
  if (before) await page.addInitScript(before);
  await page.goto(`${origin}/check`);
  return page;
}

const codeIn = (page: Page) => page.getByRole('region', { name: 'Code for support' }).getByText(/^\w{5}-\w{5}-\w{3}$/);
const rowOf = (page: Page, title: string | RegExp) =>
  page
    .getByRole('list', { name: 'Results' })
    .getByRole('listitem')
    .filter({ has: page.getByRole('heading', { name: title, exact: true }) });

/** How fast the browser and a busy machine are is nothing to judge: a speed that was measured counts as good. */
async function resultsOf(page: Page): Promise<CheckResults | null> {
  await expect(codeIn(page)).toBeVisible(DONE);
  const results = decodeSupportCode(await codeIn(page).innerText());
  const calm = <R extends string>(result: R) => (result === 'fair' || result === 'poor' ? 'ok' : result);
  return results && { ...results, download: calm(results.download), upload: calm(results.upload) };
}

async function expectAccessible(page: Page, title: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const size of [
      { width: 1440, height: 900 },
      { width: 390, height: 844 },
    ]) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize(size);
      const { violations } = await new AxeBuilder({ page }).analyze();
      const findings = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
      expect(findings, `${title}, ${colorScheme}, ${size.width} px`).toEqual([]);
      const isTooWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      expect(isTooWide, `${title} is wider than ${size.width} px`).toBe(false);
    }
  }
}

async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 20; presses++) {
    await page.keyboard.press('Tab');
    if ((await page.locator(':focus').innerText()).trim() === name) return;
  }
  throw new Error(`Tab never reaches ${name}`);
}

/** Drops what this machine sends to the media ports, over these protocols. */
function closeMediaPorts(mediaPort: number, protocols: readonly ('udp' | 'tcp')[]): Disposable {
  const nft = (script: string) => execFileSync('nft', ['-f', '-'], { input: script });
  const table = 'conclave_test_check';
  const rules = protocols.map((protocol) => `      ${protocol} dport ${mediaPort}-${mediaPort + 3} drop`).join('\n');
  nft(`table inet ${table} {
    chain output {
      type filter hook output priority 0
${rules}
    }
  }`);
  return { [Symbol.dispose]: () => void nft(`delete table inet ${table}`) };
}

test('a visitor without any link checks everything, with the keyboard alone, and the support code says what was found', async ({
  browser,
  team,
}) => {
  const page = await openCheck(browser, team.installation.origin);
  await expect(page.getByRole('heading', { level: 1, name: 'Connection check' })).toBeVisible();
  await expect(page.getByRole('list', { name: 'Results' }).getByRole('listitem')).toHaveCount(CHECK_ROW_NAMES.length);
  expect(await resultsOf(page)).toEqual(ALL_OPEN);
  await expect(page.getByRole('status').filter({ hasText: 'You are ready' })).toBeVisible();
  await expect(rowOf(page, 'Sound and picture over UDP')).toContainText('Open');
  await expect(rowOf(page, 'Sound and picture over TCP')).toContainText('Open');
  await expect(rowOf(page, /TLS \(TURN\)/)).toContainText('not set up on this server');
  for (const title of ['Speed towards you', 'Speed from you']) await expect(rowOf(page, title)).toContainText(/[\d,.]+\sMbit\/s/);
  await expect(page.getByText('What to do:'), 'nothing is to be done').toHaveCount(0);

  await tabTo(page, 'Copy');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Copied', { exact: true })).toBeVisible();
  await tabTo(page, 'Check again');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('status').filter({ hasText: 'Checking' })).toBeVisible();
  expect(await resultsOf(page)).toEqual(ALL_OPEN);
  await expectAccessible(page, 'all is well');
  await page.context().close();
});

test('denied devices and a proxy without WebSocket are told in plain words, with what to ask for', async ({ browser, team }) => {
  const page = await openCheck(browser, team.installation.origin, () => {
    // Fake devices are always allowed: the browser has no way to say no.
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'));
    // The server refuses upgrades of that path as a proxy would.
    window.WebSocket = class extends WebSocket {
      constructor(url: string | URL) {
        super(String(url).replace('/signal', '/refused'));
      }
    };
  });
  expect(await resultsOf(page)).toEqual({ ...ALL_OPEN, microphone: 'denied', camera: 'denied', signalling: 'blocked' });
  await expect(page.getByRole('status').filter({ hasText: 'A meeting does not work here' })).toBeVisible();
  await expect(rowOf(page, 'Camera')).toContainText('Allow the camera in the address bar');
  await expect(rowOf(page, 'Lasting connection (WebSocket)')).toContainText('Ask the owner of the network');
  await expect(rowOf(page, 'Lasting connection (WebSocket)')).toContainText('wss://localhost');
  await expectAccessible(page, 'something is closed');
  await page.context().close();
});

test('where UDP is closed, the check names address and port, and that TCP takes over', async ({ browser, team }) => {
  test.skip(process.getuid?.() !== 0, 'dropping packets needs root (nftables)');
  const { mediaPort, origin } = team.installation;
  using _closed = closeMediaPorts(mediaPort, ['udp']);
  const page = await openCheck(browser, origin);
  expect(await resultsOf(page)).toEqual({ ...ALL_OPEN, udp: 'blocked' });
  await expect(page.getByRole('status').filter({ hasText: 'You can take part, with limits' })).toBeVisible();
  await expect(rowOf(page, 'Sound and picture over UDP')).toContainText(/UDP to 127\.0\.0\.1, port\s\d+, is closed/);
  await expect(rowOf(page, 'Sound and picture over UDP')).toContainText('Ask the owner of the network to allow UDP');
  await page.context().close();
});

test('a meeting without a way for sound and picture says so and leads to the check, which names what is closed', async ({
  browser,
  team,
}) => {
  test.skip(process.getuid?.() !== 0, 'dropping packets needs root (nftables)');
  const room = await createRoom(team);
  using _closed = closeMediaPorts(team.installation.mediaPort, ['udp', 'tcp']);
  const { page, context } = await openRoom(browser, room.room_url, 'Ada');
  await page.getByRole('textbox', { name: /name/i }).fill('Ada');
  await page.getByRole('button', { name: 'Join', exact: true }).click();
  await expect(page.getByText('Sound and picture do not get through')).toBeVisible({ timeout: 40_000 });
  const [check] = await Promise.all([context.waitForEvent('page'), page.getByRole('link', { name: 'Check my connection' }).click()]);
  expect(await resultsOf(check)).toEqual({ ...ALL_OPEN, udp: 'blocked', tcp: 'blocked' });
  await expect(check.getByRole('status').filter({ hasText: 'A meeting does not work here' })).toBeVisible();
  await expect(rowOf(check, 'Sound and picture over TCP')).toContainText('Ask the owner of the network to allow TCP to 127.0.0.1, port');
  await context.close();
});

test('who turns on a device only in the meeting is told the same', async ({ browser, team }) => {
  test.skip(process.getuid?.() !== 0, 'dropping packets needs root (nftables)');
  const room = await createRoom(team);
  using _closed = closeMediaPorts(team.installation.mediaPort, ['udp', 'tcp']);
  const { page, context } = await openRoom(browser, room.room_url, 'Ada');
  await page.getByRole('textbox', { name: /name/i }).fill('Ada');
  // With nothing to send and nobody there, nothing is connected.
  for (const name of ['Mute microphone', 'Stop camera']) await page.getByRole('button', { name, exact: true }).click();
  await page.getByRole('button', { name: 'Join', exact: true }).click();
  await page.getByRole('button', { name: 'Unmute microphone', exact: true }).click();
  await expect(page.getByText('Sound and picture do not get through')).toBeVisible();
  await context.close();
});

test('who cannot reach the room is checked there without being asked for, and may go to the whole check and back', async ({
  browser,
  team,
}) => {
  const room = await createRoom(team);
  const context = await browser.newContext({ ignoreHTTPSErrors: true, permissions: ['camera', 'microphone'] });
  const page = await context.newPage();
  await page.route('**/api/entry', (route) => route.abort());
  await page.goto(room.room_url);
  const checkThere = page.getByRole('region', { name: 'Connection check' });
  await expect(checkThere.getByRole('status').filter({ hasText: 'You are ready' })).toBeVisible(DONE);
  await page.getByRole('link', { name: 'Check my connection' }).click();
  expect(await resultsOf(page)).toEqual(ALL_OPEN);
  await page.unroute('**/api/entry');
  await page.getByRole('link', { name: 'Back to the meeting' }).last().click();
  await expect(page.getByRole('button', { name: 'Join', exact: true })).toBeVisible();
  expect(page.url()).toBe(room.room_url);
  await context.close();
});

test('where the server does not answer, the check says that first, and nothing else is made up', async ({ browser, team }) => {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, permissions: ['camera', 'microphone'] });
  const page = await context.newPage();
  await page.route('**/api/**', (route) => route.abort());
  await page.goto(`${team.installation.origin}/check`);
  const none = 'notChecked';
  expect(await resultsOf(page)).toEqual({
    ...ALL_OPEN,
    https: 'blocked',
    udp: none,
    tcp: none,
    turn: none,
    download: none,
    upload: none,
    clock: none,
  });
  await expect(rowOf(page, 'Server')).toContainText('ask the owner of the network to allow https://localhost');

  await page.goto((await createRoom(team)).room_url);
  const checkThere = page.getByRole('region', { name: 'Connection check' });
  await expect(checkThere.getByRole('status').filter({ hasText: 'A meeting does not work here' })).toBeVisible(DONE);
  await expect(rowOf(page, 'Server')).toContainText('ask the owner of the network to allow https://localhost');
  await expectAccessible(page, 'the room is not reached');
  await context.close();
});
