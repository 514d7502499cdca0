import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from '@playwright/test';
import type { Browser, Page } from '@playwright/test';
import { createServer } from 'vite';

/*
 * Takes a picture of each state of the room, from the scripted session, and runs axe on it:
 *   node e2e/look/room.ts [scene …]      pictures go to test-results/look, or to LOOK_DIR
 * `LOOK=desktop-dark,phone-light` narrows the forms, `LOOK_LANGUAGE=de` changes the language.
 */
const OUT = process.env['LOOK_DIR'] ?? join(import.meta.dirname, '../../test-results/look');
const FORMS = {
  'desktop-dark': { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' },
  'desktop-light': { viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
  'phone-dark': { viewport: { width: 390, height: 844 }, colorScheme: 'dark', hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
  'phone-light': { viewport: { width: 390, height: 844 }, colorScheme: 'light', hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
  'landscape-dark': { viewport: { width: 844, height: 390 }, colorScheme: 'dark', hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
  'zoomed-light': { viewport: { width: 720, height: 450 }, colorScheme: 'light', deviceScaleFactor: 2 },
} as const;
const CHROMIUM = {
  executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    '--disable-background-networking',
    '--disable-sync',
    '--no-first-run',
  ],
};

/** What is pressed before the picture is taken, and under which name it is taken then. */
const ACTS: Record<string, { scene: string; act(page: Page): Promise<void> }> = {
  'person-menu': { scene: 'participants', act: (page) => menuOf(page, 'Ben Okafor') },
  'ban-dialog': {
    scene: 'participants',
    act: async (page) => {
      await menuOf(page, 'Ben Okafor');
      await page.getByRole('menuitem').last().click();
    },
  },
  'forbidden-toast': {
    scene: 'participants',
    act: async (page) => {
      await menuOf(page, 'Ben Okafor');
      await page
        .getByRole('menuitem')
        .filter({ hasText: /Forbid the camera|Kamera verbieten/ })
        .click();
    },
  },
  'turn-away-word': {
    scene: 'hands',
    act: (page) =>
      page
        .getByRole('button', { name: /Zoe Walker$/ })
        .first()
        .click(),
  },
  'controls-end': {
    scene: 'controls',
    act: (page) => page.getByRole('dialog').getByRole('button').last().click(),
  },
};

async function menuOf(page: Page, name: string): Promise<void> {
  await page.getByRole('listitem').filter({ hasText: name }).getByRole('button').last().click();
}

async function look(browser: Browser, base: string, form: keyof typeof FORMS, scenes: readonly string[]): Promise<number> {
  let faults = 0;
  const context = await browser.newContext({ ...FORMS[form], locale: process.env['LOOK_LANGUAGE'] ?? 'en', reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.on('pageerror', (error) => {
    faults += 1;
    console.error(`${form} ${page.url()}: ${error.message}`);
  });
  for (const scene of scenes) {
    await page.goto(`${base}/src/room/look/index.html?scene=${ACTS[scene]?.scene ?? scene}`);
    await page.locator('main').first().waitFor();
    await page.waitForFunction(() =>
      [...document.querySelectorAll('video')].every((video) => video.readyState >= 2 && video.videoWidth > 0),
    );
    await ACTS[scene]?.act(page);
    await page.screenshot({ path: join(OUT, `${scene}-${form}.png`) });
    const { violations } = await new AxeBuilder({ page }).analyze();
    faults += violations.length;
    for (const violation of violations)
      console.error(`${form} ${scene}: ${violation.id}: ${violation.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
  }
  await context.close();
  return faults;
}

async function sceneNames(browser: Browser, base: string): Promise<string[]> {
  const page = await browser.newPage();
  await page.goto(`${base}/src/room/look/index.html?scene=`);
  const text = await page.getByText('Scenes:').textContent({ timeout: 60_000 });
  await page.close();
  return [...(text?.replace('Scenes: ', '').split(', ') ?? []), ...Object.keys(ACTS)];
}

await mkdir(OUT, { recursive: true });
const vite = await createServer({
  configFile: join(import.meta.dirname, '../../packages/web/vite.config.ts'),
  server: { port: 0, host: '127.0.0.1' },
  logLevel: 'warn',
});
await vite.listen();
const browser = await chromium.launch(CHROMIUM);
try {
  const base = vite.resolvedUrls?.local[0]?.replace(/\/$/, '') ?? '';
  const known = await sceneNames(browser, base);
  const wanted = process.argv.slice(2);
  const forms = process.env['LOOK']?.split(',') ?? Object.keys(FORMS).slice(0, 4);
  let faults = 0;
  for (const form of Object.keys(FORMS) as (keyof typeof FORMS)[]) {
    // keys of a const object
    if (forms.includes(form))
      faults += await look(browser, base, form, wanted.length > 0 ? known.filter((name) => wanted.includes(name)) : known);
  }
  console.log(`${faults} faults, pictures in ${OUT}`);
  process.exitCode = faults === 0 ? 0 : 1;
} finally {
  await browser.close();
  await vite.close();
}
