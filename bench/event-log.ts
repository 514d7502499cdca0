/**
 * What the event log costs. Next to a running meeting of four (Chromium, all on this host): events that come together at a fixed rate
 * (refusals, committed in groups), then as many actions with a transaction and an event each as go; how long they take, how far behind
 * the sequencer stays, and whether the meeting's pictures suffer. Browsers run at a lower priority (`--browsers-nice`), since on a real host
 * they are not there. And, with `--before DIR`, what the log adds to a join: native joins
 * alternate between this checkout and another one, set up, of the commit before the log.
 * `npm run bench -- event-log [--seconds 10] [--rate 2000] [--writers 16] [--browsers-nice 10] [--joins 200] [--before DIR]`; writes `bench/results/event-log.json`.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { RoomId, SessionId, TeamId } from '@conclave/protocol/ids';
import { systemClock } from '@conclave/runtime/clock';
import { createLog } from '@conclave/runtime/log';
import { startPostgres } from '@conclave/runtime/postgres';
import { loadMasterKeys } from '@conclave/runtime/sealing';
import { systemTimers } from '@conclave/runtime/timers';
import { guestPerson, type Cause } from '@conclave/server/event-log/cause';
import { createEventLog, type EventLog } from '@conclave/server/event-log/event-log';
import { createPersonKeys } from '@conclave/server/event-log/person-keys';
import { createRefusals } from '@conclave/server/event-log/refusals';
import { connectDatabase, type Db } from '@conclave/server/db/connection';
import { inTransaction } from '@conclave/server/db/transaction';
import { httpsClient, type HttpsClient } from '@conclave/cli/peer/https-client';
import { startInstallation, type Installation } from '@conclave/testkit/installation';
import { descendants } from '@conclave/runtime/process-tree';
import { connectSignal } from '@conclave/testkit/signal-client';
import { chromium, type Browser, type Page } from '@playwright/test';
import config from '../playwright.config.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    rate: { type: 'string', default: '2000' },
    writers: { type: 'string', default: '16' },
    'browsers-nice': { type: 'string', default: '10' },
    joins: { type: 'string', default: '200' },
    before: { type: 'string' },
  },
});
const durationMs = Number(values.seconds) * 1000;
const log = createLog({ logLevel: 'silent' }, 'bench');

/** Where the local CA's certificate is. */
const authorityOf = (dataDir: string) => readFile(join(dataDir, 'tls', 'ca.pem'), 'utf8');

interface Site {
  readonly installation: Installation;
  readonly key: string;
}

async function makeSite(start: typeof startInstallation): Promise<Site> {
  const installation = await start();
  await installation.conclave('team', 'create', '--name', 'Bench', '--json');
  const made = JSON.parse(await installation.conclave('key', 'create', '--team', 'Bench', '--json')) as { developer_key: string };
  return { installation, key: made.developer_key };
}

async function makeRoom({ installation, key }: Site): Promise<{ name: string; url: string }> {
  using http = httpsClient(installation.origin, await authorityOf(installation.dataDir));
  const headers = { authorization: `Bearer ${key}` };
  const { body } = await http.ask('POST', '/api/v1/rooms', {
    headers,
    body: { privacy: 'public', roles: ['speaker'], default_role: 'speaker' },
  });
  return { name: String(body['friendly_url']), url: String(body['room_url']) };
}

async function enter(browser: Browser, url: string, name: string): Promise<Page> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, permissions: ['camera', 'microphone'], locale: 'en-GB' });
  const page = await context.newPage();
  await page.goto(url);
  await page.getByRole('textbox', { name: /name/i }).fill(name);
  await page.getByRole('button', { name: 'Join', exact: true }).click();
  return page;
}

/** Frames that a page showed of all others, counted from now until the returned function is called. */
async function countFrames(page: Page): Promise<() => Promise<number>> {
  const total = () =>
    page.evaluate(() =>
      [...document.querySelectorAll<HTMLVideoElement>('video[aria-label^="Video of"]')].reduce(
        (sum, video) => sum + video.getVideoPlaybackQuality().totalVideoFrames,
        0,
      ),
    );
  const before = await total();
  return async () => (await total()) - before;
}

async function framesPerSecond(pages: readonly Page[], forMs: number): Promise<number> {
  const startedMs = performance.now();
  const counters = await Promise.all(pages.map(countFrames));
  await delay(forMs);
  const counts = await Promise.all(counters.map((count) => count()));
  return (counts.reduce((sum, count) => sum + count, 0) * 1000) / (performance.now() - startedMs);
}

function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

async function waitingCount(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom('event_log_pending')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Writes for as long as told; resolves with the milliseconds that each event took to be committed. */
type Load = (db: Db, dataDir: string, untilMs: number) => Promise<number[]>;

const [team, room, session] = [TeamId.parse(randomUUID()), RoomId.parse(randomUUID()), SessionId.parse(randomUUID())];
const people = Array.from({ length: 100 }, () => randomUUID());

function causeOf(turn: number): Cause {
  const id = people[turn % people.length] ?? '';
  return { actor: { kind: 'participant', id, authenticatedBy: 'room-link' }, person: guestPerson(id), address: '192.0.2.7' };
}

async function eventLogOf(dataDir: string): Promise<EventLog> {
  const { persons } = await loadMasterKeys(dataDir);
  return createEventLog({ clock: systemClock, personKeys: createPersonKeys(persons), onAppended: () => undefined });
}

/** Events at a fixed rate, whether those before are stored or not; no two alike, so that none is merely counted. */
const together: Load = async (db, dataDir, untilMs) => {
  const eventLog = await eventLogOf(dataDir);
  await using refusals = createRefusals({ db, eventLog, clock: systemClock, timers: systemTimers, log });
  const latenciesMs: number[] = [];
  const pending: Promise<void>[] = [];
  const startedMs = performance.now();
  for (let turn = 0; performance.now() < untilMs;) {
    for (; turn < ((performance.now() - startedMs) * Number(values.rate)) / 1000; turn += 1) {
      const noted = performance.now();
      const refusal = {
        by: causeOf(turn),
        door: 'signalling',
        verb: `chat.send ${turn}`,
        result: 'not_allowed',
        team,
        room,
        session,
      } as const;
      pending.push(refusals.note(refusal).then(() => void latenciesMs.push(performance.now() - noted)));
    }
    await delay(5);
  }
  await Promise.all(pending);
  return latenciesMs;
};

/** One action after the other from each writer, each a transaction with one event. */
const oneByOne: Load = async (db, dataDir, untilMs) => {
  const eventLog = await eventLogOf(dataDir);
  const latenciesMs: number[] = [];
  const write = async (writer: number) => {
    for (let turn = writer; performance.now() < untilMs; turn += 1) {
      const startedMs = performance.now();
      const event = {
        name: 'participant.renamed',
        by: causeOf(turn),
        team,
        room,
        session,
        data: {},
        personal: { name: `Guest ${turn}` },
      } as const;
      await inTransaction(db, (tx) => eventLog.append(tx, event));
      latenciesMs.push(performance.now() - startedMs);
    }
  };
  await Promise.all(Array.from({ length: Number(values.writers) }, (_, writer) => write(writer)));
  return latenciesMs;
};

async function underLoad(db: Db, dataDir: string, pages: readonly Page[], load: Load) {
  const quietFps = await framesPerSecond(pages, durationMs);
  const startedMs = performance.now();
  const [latenciesMs, busyFps] = await Promise.all([load(db, dataDir, startedMs + durationMs), framesPerSecond(pages, durationMs)]);
  const committedInMs = performance.now() - startedMs;
  const waiting = await waitingCount(db);
  while ((await waitingCount(db)) > 0) await delay(20);
  const round = (value: number) => Math.round(value * 100) / 100;
  return {
    events: latenciesMs.length,
    committedPerSecond: Math.round((latenciesMs.length * 1000) / committedInMs),
    waitingAtTheEnd: waiting,
    allSequencedAfterMs: Math.round(performance.now() - startedMs - committedInMs),
    p50Ms: round(quantile(latenciesMs, 0.5)),
    p95Ms: round(quantile(latenciesMs, 0.95)),
    p99Ms: round(quantile(latenciesMs, 0.99)),
    quietFps: round(quietFps),
    busyFps: round(busyFps),
  };
}

/** Lowers the priority of every thread of the browsers, which are descendants of this process as the installation is. */
async function giveWay(): Promise<void> {
  const browsers = (await descendants(process.pid)).filter(({ command }) => command.includes('chrom'));
  const threads = await Promise.all(browsers.map(async ({ pid }) => (await readdir(`/proc/${pid}/task`)).map(Number)));
  for (const thread of threads.flat()) setPriority(thread, Number(values['browsers-nice']));
}

async function measureWriting(site: Site) {
  const { dataDir } = site.installation;
  const { url } = await makeRoom(site);
  const browser = await chromium.launch(config.use?.launchOptions);
  const pages: Page[] = [];
  for (const name of ['Ann', 'Ben', 'Cleo', 'Dan']) pages.push(await enter(browser, url, name));
  await giveWay();
  await delay(5_000);
  const postgres = await startPostgres({ dataDir, log, keepAdopted: true });
  const db = connectDatabase({ url: postgres.url, log, maxConnections: 16 });
  const gathered = await underLoad(db, dataDir, pages, together);
  console.log(`${values.rate} events a second beside a meeting of four:`, gathered);
  const single = await underLoad(db, dataDir, pages, oneByOne);
  console.log(`actions of one event each, ${values.writers} at a time, beside a meeting of four:`, single);
  await db.destroy();
  await browser.close();
  return { rate: Number(values.rate), together: gathered, oneByOne: single };
}

interface Place {
  readonly origin: string;
  readonly ca: string;
  readonly http: HttpsClient;
  readonly room: string;
}

/** Ticket, connection, `room.join`, and out again. Milliseconds until the join was answered. */
async function joinOnce({ origin, ca, http, room }: Place, name: string): Promise<number> {
  const startedMs = performance.now();
  const { body } = await http.ask('POST', '/api/join', { body: { room, name } });
  using client = await connectSignal(origin, { ca });
  const reply = await client.ask('room.join', { ticket: String(body['ticket']) });
  const elapsedMs = performance.now() - startedMs;
  if (!reply.ok) throw new Error(reply.code);
  await client.ask('room.leave', {});
  return elapsedMs;
}

/** Milliseconds from asking for a ticket until `room.joined`, by turns at each site. */
async function measureJoins(sites: readonly Site[], joins: number): Promise<number[][]> {
  const places = await Promise.all(
    sites.map(async (site) => {
      const ca = await authorityOf(site.installation.dataDir);
      const { origin } = site.installation;
      return { origin, ca, http: httpsClient(origin, ca), room: (await makeRoom(site)).name };
    }),
  );
  const took: number[][] = sites.map(() => []);
  for (let turn = 0; turn < joins + 20; turn += 1) {
    for (const [index, place] of places.entries()) {
      const elapsedMs = await joinOnce(place, `Guest ${turn}`);
      if (turn >= 20) took[index]?.push(elapsedMs);
      // An address may join 600 times a minute.
      await delay(100);
    }
  }
  for (const place of places) place.http[Symbol.dispose]();
  return took;
}

const here = await makeSite(startInstallation);
const results: Record<string, unknown> = {
  seconds: Number(values.seconds),
  writers: Number(values.writers),
  browsersNice: Number(values['browsers-nice']),
};
try {
  results['writing'] = await measureWriting(here);
  const sites = [here];
  if (values.before !== undefined) {
    const other = (await import(pathToFileURL(join(values.before, 'packages/testkit/src/installation.ts')).href)) as {
      startInstallation: typeof startInstallation;
    };
    sites.push(await makeSite(other.startInstallation));
  }
  const took = await measureJoins(sites, Number(values.joins));
  const [withLog, without] = took.map((samples) => ({ p50Ms: quantile(samples, 0.5), p95Ms: quantile(samples, 0.95) }));
  console.log('native joins, this checkout:', withLog, ...(without ? ['before the log:', without] : []));
  results['joins'] = {
    each: Number(values.joins),
    withLog,
    ...(without && { without, addedP50Ms: (withLog?.p50Ms ?? 0) - without.p50Ms }),
  };
  for (const site of sites.slice(1)) await site.installation[Symbol.asyncDispose]();
} finally {
  await here.installation[Symbol.asyncDispose]();
}
await mkdir(new URL('results/', import.meta.url), { recursive: true });
await writeFile(new URL('results/event-log.json', import.meta.url), `${JSON.stringify(results, undefined, 2)}\n`);
