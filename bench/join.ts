/**
 * From pressing `Join` to the first decoded remote frame, in Chromium, into a room of four (all on this host, software
 * encoders). By turns the button is pressed out of the blue, and after the pointer has been on it for a moment. Prints p50 and p95 over the
 * joins of each kind and where the time goes; writes `bench/results/join.json`.
 * `npm run bench -- join [--joins 30] [--others 4]`
 */
import { parseArgs } from 'node:util';
import type { Browser, Page } from '@playwright/test';
import { writeResults } from './common/results.ts';
import { launchChromium, openBenchSite } from './common/site.ts';
import { quantile } from './common/spread.ts';
import { table, type JoinTimes } from './tables/join.ts';

/** Milliseconds since the press; null when a step was not seen. */
interface Trace {
  ticketMs: number | null;
  socketOpenMs: number | null;
  joinedMs: number | null;
  roomShownMs: number | null;
  negotiatedMs: number | null;
  iceMs: number | null;
  dtlsMs: number | null;
  firstPacketMs: number | null;
  firstFrameMs: number | null;
}
const STEPS = [
  'ticketMs',
  'socketOpenMs',
  'joinedMs',
  'negotiatedMs',
  'iceMs',
  'dtlsMs',
  'firstPacketMs',
  'firstFrameMs',
] as const satisfies readonly (keyof Trace)[];

/** Runs in the page before its scripts: notes when each step of a join is seen from outside. */
function traceJoin(): void {
  const trace: Record<string, number | null> = {};
  let pressedAtMs = 0;
  const note = (step: string) => {
    if (pressedAtMs > 0 && trace[step] === undefined) trace[step] = performance.now() - pressedAtMs;
  };
  Object.defineProperty(window, 'joinTrace', { value: trace });
  document.addEventListener(
    'click',
    (event) => {
      const button = event.target instanceof Element ? event.target.closest('button') : null;
      if (button?.textContent?.trim() === 'Join') pressedAtMs = event.timeStamp;
    },
    { capture: true },
  );

  const originalFetch = window.fetch;
  window.fetch = async (...parameters) => {
    const url = String(parameters[0] instanceof Request ? parameters[0].url : parameters[0]);
    const response = await originalFetch(...parameters);
    if (url.endsWith('/api/join')) note('ticketMs');
    return response;
  };
  const OriginalSocket = window.WebSocket;
  window.WebSocket = class extends OriginalSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener('open', () => note('socketOpenMs'));
      this.addEventListener('message', () => note('joinedMs'), { once: true });
    }
  };
  const OriginalConnection = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends OriginalConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      const receives = () => this.getTransceivers().some((transceiver) => transceiver.direction === 'recvonly');
      this.addEventListener('iceconnectionstatechange', () => {
        if (receives() && /connected|completed/.test(this.iceConnectionState)) note('iceMs');
      });
      this.addEventListener('signalingstatechange', () => {
        if (receives() && this.signalingState === 'stable') note('negotiatedMs');
      });
      this.addEventListener('track', ({ track }) => {
        if (track.kind === 'video') track.addEventListener('unmute', () => note('firstPacketMs'), { once: true });
      });
      this.addEventListener('connectionstatechange', () => {
        if (receives() && this.connectionState === 'connected') note('dtlsMs');
      });
    }
  };
  const watch = () => {
    for (const video of document.querySelectorAll<HTMLVideoElement>('video[aria-label^="Video of"]')) {
      if (video.dataset['traced'] === undefined) {
        video.dataset['traced'] = '';
        video.requestVideoFrameCallback(() => note('firstFrameMs'));
      }
    }
  };
  new MutationObserver(watch).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ['aria-label'] });
}

/** How long before the press somebody's pointer comes to rest on the button. */
const RESTS_MS = 300;

async function enter(browser: Browser, url: string, { name, isForeseen = false }: { name: string; isForeseen?: boolean }): Promise<Page> {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    permissions: ['camera', 'microphone'],
    viewport: { width: 1280, height: 720 },
    locale: 'en-GB',
  });
  const page = await context.newPage();
  await page.addInitScript(traceJoin);
  await page.goto(url);
  await page.getByRole('textbox', { name: /name/i }).fill(name);
  const button = page.getByRole('button', { name: 'Join', exact: true });
  await page.waitForTimeout(3_000); // A person looks at the preview; what can be made ready meanwhile is the product's affair.
  if (isForeseen) {
    await button.hover();
    await page.waitForTimeout(RESTS_MS);
  }
  await button.click();
  return page;
}

const isForeseen = (index: number) => index % 2 === 1;

async function measureOne(browser: Browser, url: string, index: number): Promise<Trace> {
  const page = await enter(browser, url, { name: `Guest ${index}`, isForeseen: isForeseen(index) });
  await page.waitForFunction(() => (window as unknown as { joinTrace: Trace }).joinTrace.firstFrameMs !== undefined, undefined, {
    timeout: 30_000,
  });
  const trace = await page.evaluate(() => (window as unknown as { joinTrace: Trace }).joinTrace);
  await page
    .getByRole('button', { name: 'Leave', exact: true })
    .click()
    .catch(() => undefined);
  await page.context().close();
  return trace;
}

const { values } = parseArgs({
  options: {
    joins: { type: 'string', default: '30' },
    others: { type: 'string', default: '4' },
  },
});
const joins = Number(values.joins);
await using site = await openBenchSite();
const url = site.roomUrl;
const residents = await launchChromium();
const guests = await launchChromium();
for (let index = 0; index < Number(values.others); index++) await enter(residents, url, { name: `Resident ${index}` });
const settled = await residents.newPage();
await settled.waitForTimeout(5_000);
const traces: Trace[] = [];
for (let index = 0; index < joins; index++) {
  const trace = await measureOne(guests, url, index);
  traces.push(trace);
  console.log(`join ${index + 1}/${joins}: first frame after ${Math.round(trace.firstFrameMs ?? Number.NaN)} ms`);
}
/** null for a step that was over before the press. */
function times(step: (typeof STEPS)[number], foreseen: boolean): JoinTimes | null {
  const chosen = traces.filter((_trace, index) => isForeseen(index) === foreseen);
  const seen = chosen.map((trace) => trace[step]).filter((value) => typeof value === 'number');
  if (seen.length < chosen.length / 2) return null;
  return { p50Ms: Math.round(quantile(seen, 0.5)), p95Ms: Math.round(quantile(seen, 0.95)) };
}
const rows = STEPS.map((step) => ({ step, atOnce: times(step, false), foreseen: times(step, true) }));
const result = { joins, others: Number(values.others), rows };
console.log(`\n${table(result)}`);
await Promise.all([residents.close(), guests.close()]);
await writeResults('join', result);
