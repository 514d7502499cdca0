import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type Page } from '@playwright/test';
import { build, preview } from 'vite';
import { pagePolicy } from '../../packages/server/src/web/headers.ts';
import { INVITE_SCENES } from '../support/invite-scenes.ts';
import { LOG_SCENES } from '../support/log-scenes.ts';
import { PAGE_SCENES, type Scene } from '../support/page-scenes.ts';
import { ROLE_SCENES } from '../support/role-scenes.ts';

/*
 * Takes a picture of each page outside of the room, as it is built and under the server's own content security policy, with
 * answers of the API made up, and runs axe on it:
 *   node e2e/look/pages.ts [scene …]     pictures go to test-results/look, or to LOOK_DIR
 * `LOOK=desktop-dark,phone-light` narrows the forms, `LOOK_LANGUAGE=de` changes the language.
 */
const OUT = process.env['LOOK_DIR'] ?? join(import.meta.dirname, '../../test-results/look');
const WEB = join(import.meta.dirname, '../../packages/web');
const FORMS = {
  'desktop-light': { viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
  'desktop-dark': { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' },
  'phone-light': { viewport: { width: 390, height: 844 }, colorScheme: 'light', hasTouch: true, isMobile: true },
  'phone-dark': { viewport: { width: 390, height: 844 }, colorScheme: 'dark', hasTouch: true, isMobile: true },
  'zoomed-light': { viewport: { width: 720, height: 450 }, colorScheme: 'light' },
} as const;
type Form = keyof typeof FORMS;

const CHROMIUM_FLAGS = '--no-sandbox --disable-gpu --use-fake-device-for-media-stream --use-fake-ui-for-media-stream --no-first-run';

/** What is wrong with a scene, in words; empty when all is well. */
async function look(browser: Browser, base: string, form: Form, name: string, scene: Scene): Promise<string[]> {
  const faults: string[] = [];
  const context = await browser.newContext({
    ...FORMS[form],
    locale: process.env['LOOK_LANGUAGE'] ?? 'en',
    reducedMotion: 'reduce',
    permissions: scene.allowed ? ['camera', 'microphone'] : [],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) faults.push(message.text());
  });
  if (scene.before !== undefined) await page.addInitScript(scene.before);
  await answer(page, scene);
  await page.goto(base + scene.path);
  await page.locator('h1, [role=status]').first().waitFor();
  await page.waitForLoadState('networkidle').catch(() => undefined); // one scene hangs on purpose
  await scene.act?.(page);
  await page.waitForFunction(() => [...document.querySelectorAll('video')].every((video) => video.hidden || video.videoWidth > 0));
  await page.screenshot({ path: join(OUT, `${name}-${form}.png`), fullPage: !form.startsWith('desktop') });
  const { violations } = await new AxeBuilder({ page }).analyze();
  faults.push(...violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`));
  if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) faults.push('wider than the window');
  if (page.url().includes('token')) faults.push('a token is left in the address');
  await context.close();
  return faults.map((fault) => `${form} ${name}: ${fault}`);
}

async function answer(page: Page, scene: Scene): Promise<void> {
  await page.route('**/api/**', async (route) => {
    const { pathname } = new URL(route.request().url());
    const reply = scene.api[`${route.request().method()} ${pathname}`] ?? scene.api[pathname] ?? 'breaks';
    if (reply === 'breaks') await route.abort();
    else if (reply !== 'hangs') await route.fulfill({ status: reply.status, json: reply.body });
  });
}

const outDir = join(OUT, 'dist');
await mkdir(OUT, { recursive: true });
const configFile = join(WEB, 'vite.config.ts');
await build({ configFile, logLevel: 'warn', build: { outDir, emptyOutDir: true } });
const site = await preview({
  configFile,
  build: { outDir },
  preview: { port: 0, host: '127.0.0.1', headers: { 'content-security-policy': pagePolicy(undefined) } },
});
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  args: CHROMIUM_FLAGS.split(' '),
});
try {
  const base = site.resolvedUrls?.local[0]?.replace(/\/$/, '') ?? '';
  const wanted = process.argv.slice(2);
  const forms = (process.env['LOOK']?.split(',') ?? Object.keys(FORMS)) as Form[]; // a wrong name fails at once
  const faults: string[] = [];
  for (const [name, scene] of Object.entries({ ...PAGE_SCENES, ...LOG_SCENES, ...ROLE_SCENES, ...INVITE_SCENES })) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    for (const form of forms) faults.push(...(await look(browser, base, form, name, scene)));
  }
  for (const fault of faults) console.error(fault);
  console.log(`${faults.length} faults, pictures in ${OUT}`);
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  await browser.close();
  await site.close();
}
