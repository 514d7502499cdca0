/**
 * What a guest's browser has to fetch before a room is entered, and how quickly it shows something: Chromium with an empty cache, on this host.
 * Bytes are as they went over the wire, compressed. Aim: less than 250 kB of scripts before the room.
 * `npm run bench -- page [--repeats 5]`; writes `bench/results/page.json`.
 */
import { parseArgs } from 'node:util';
import type { Browser, Page } from '@playwright/test';
import { launchChromium, openBenchSite } from './common/site.ts';
import { spreadOf, tell } from './common/spread.ts';
import { writeResults } from './common/results.ts';

const AIM_SCRIPT_BYTES = 250_000;

interface Visit {
  /** Until `Join` can be pressed. */
  readyScriptBytes: number;
  /** With what is fetched for the room while one looks at the preview. */
  scriptBytes: number;
  styleBytes: number;
  fontBytes: number;
  otherBytes: number;
  requests: number;
  firstPaintMs: number;
  largestPaintMs: number;
  /** Of the main thread, beyond 50 ms in one piece, until `Join` could be pressed. */
  blockedMs: number;
  layoutShift: number;
  /** From the address to a `Join` that can be pressed. */
  readyMs: number;
}

interface Watched {
  firstPaintMs: number;
  largestPaintMs: number;
  blockedMs: number;
  layoutShift: number;
}

/** Runs in the page before its scripts. */
function watchPage(): void {
  const watched: Watched = { firstPaintMs: 0, largestPaintMs: 0, blockedMs: 0, layoutShift: 0 };
  Object.defineProperty(window, 'watched', { value: watched });
  const observe = (type: string, note: (entry: PerformanceEntry) => void) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
  observe('paint', ({ name, startTime }) => {
    if (name === 'first-contentful-paint') watched.firstPaintMs = startTime;
  });
  observe('largest-contentful-paint', ({ startTime }) => (watched.largestPaintMs = startTime));
  observe('longtask', ({ duration }) => (watched.blockedMs += Math.max(0, duration - 50)));
  observe('layout-shift', (entry) => {
    const { value = 0, hadRecentInput = false } = entry as PerformanceEntry & { value?: number; hadRecentInput?: boolean };
    if (!hadRecentInput) watched.layoutShift += value;
  });
}

async function countBytes(page: Page): Promise<Pick<Visit, 'scriptBytes' | 'styleBytes' | 'fontBytes' | 'otherBytes' | 'requests'>> {
  const counts = { scriptBytes: 0, styleBytes: 0, fontBytes: 0, otherBytes: 0, requests: 0 };
  const types = new Map<string, string>();
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  session.on('Network.responseReceived', ({ requestId, type }) => void types.set(requestId, type));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    counts.requests += 1;
    const type = types.get(requestId);
    if (type === 'Script') counts.scriptBytes += encodedDataLength;
    else if (type === 'Stylesheet') counts.styleBytes += encodedDataLength;
    else if (type === 'Font') counts.fontBytes += encodedDataLength;
    else counts.otherBytes += encodedDataLength;
  });
  return counts;
}

async function visit(browser: Browser, url: string): Promise<Visit> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, permissions: ['camera', 'microphone'], locale: 'en-GB' });
  const page = await context.newPage();
  await page.addInitScript(watchPage);
  const counts = await countBytes(page);
  const beganMs = performance.now();
  await page.goto(url, { waitUntil: 'commit' });
  await page.waitForFunction(() => document.querySelector('button[type=submit]:enabled')?.textContent === 'Join');
  const readyMs = performance.now() - beganMs;
  const readyScriptBytes = counts.scriptBytes;
  // What is fetched for later while one still looks at the preview is a part of it.
  await page.waitForTimeout(3_000);
  const watched = await page.evaluate(() => (window as unknown as { watched: Watched }).watched);
  await context.close();
  return { ...counts, ...watched, readyMs, readyScriptBytes };
}

const { values } = parseArgs({ options: { repeats: { type: 'string', default: '5' } } });
const visits: Visit[] = [];
{
  await using site = await openBenchSite();
  for (let repeat = 0; repeat < Number(values.repeats); repeat++) {
    // Each in a browser of its own: no cache, no connection, no compiled script is left from before.
    const browser = await launchChromium();
    visits.push(await visit(browser, site.roomUrl));
    await browser.close();
    console.log(`visit ${repeat + 1}: Join can be pressed after ${Math.round(visits.at(-1)?.readyMs ?? 0)} ms`);
  }
}
const of = (key: keyof Visit, digits = 0) =>
  spreadOf(
    visits.map((one) => one[key]),
    digits,
  );
const rows = {
  readyScriptBytes: of('readyScriptBytes'),
  scriptBytes: of('scriptBytes'),
  styleBytes: of('styleBytes'),
  fontBytes: of('fontBytes'),
  otherBytes: of('otherBytes'),
  requests: of('requests'),
  firstPaintMs: of('firstPaintMs'),
  largestPaintMs: of('largestPaintMs'),
  blockedMs: of('blockedMs'),
  layoutShift: of('layoutShift', 3),
  readyMs: of('readyMs'),
};
console.log('');
for (const [name, spread] of Object.entries(rows)) console.log(`${name.padEnd(15)} ${tell(spread, '')}`);
console.log(`scripts until Join can be pressed are ${rows.readyScriptBytes.max < AIM_SCRIPT_BYTES ? 'under' : 'over'} 250 kB`);
await writeResults('page', { aimScriptBytes: AIM_SCRIPT_BYTES, rows });
