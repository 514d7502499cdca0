/**
 * From pressing `Join` to the first media packet without a browser in between: what is the server's and the network's of a join. Native people
 * (`conclave load-test`) join a room of four who send sound, 1, 10 and 50 a second, and one of 200 of whom one sends, 10 a second; each stays
 * for a second, so that the room stays as large as it is. Beside it the same for SFUs alone, without pages, tickets, TLS and database: our media
 * node, and Debian's Janus (VideoRoom, `event_loops=1`). Everything on this host, by turns. Aim: p95 under 150 ms of ours at 10 a second.
 * `npm run bench -- join-native [--repeats 5] [--without-crowd]`; writes `bench/results/join-native.json`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { needPackages } from '../scripts/apt.mjs';
import { startReport } from '../scripts/report.mjs';
import { runLoadTest, startLoadTest, type LoadReport } from './common/load-test.ts';
import { writeResults } from './common/results.ts';
import { openBenchSite, type BenchSite } from './common/site.ts';
import { quantile, spreadOf, tell } from './common/spread.ts';
import { startConclave, startJanus } from './fanout/sfus.ts';
import { openSfu, type JoinedSfu } from './fanout/joined-sfu.ts';

const FEW = { residents: 4, publishers: 4 };
const CROWD = { residents: 200, publishers: 1 };
const RATES = [
  { joinsPerSecond: 1, joins: 4 },
  { joinsPerSecond: 10, joins: 40 },
  { joinsPerSecond: 50, joins: 75 },
];
/** An SFU alone does not mind how seldom people come. */
const BUSY_RATES = RATES.slice(1);
const STAY_S = 1;
/** The door lets one address in 600 times a minute. */
const RESIDENTS_PER_S = 8;
const SETTLE_MS = 3_000;

type Rate = (typeof RATES)[number];
interface Round {
  readonly joined: number;
  readonly begun: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly phasesMs?: { readonly ticket: number; readonly room: number; readonly media: number };
}
type Join = (rate: Rate) => Promise<Round>;

/** What is joined, and what was measured of it at each rate. */
interface Subject {
  readonly name: string;
  readonly join: Join;
  readonly rates: readonly Rate[];
  readonly rounds: Map<Rate, Round[]>;
}

const number = (value: number | null) => value ?? Number.NaN;

function roundOf({ joins: { begun, joined, subscriberMs, phasesMs, refused, failed } }: LoadReport): Round {
  if (joined < begun) console.log('  not in:', { refused, failed });
  const { ticket, room, media } = phasesMs;
  return {
    begun,
    joined,
    p50Ms: number(subscriberMs.p50),
    p95Ms: number(subscriberMs.p95),
    phasesMs: { ticket: number(ticket.p50), room: number(room.p50), media: number(media.p50) },
  };
}

const joinSite =
  (site: BenchSite): Join =>
  async ({ joins, joinsPerSecond }) => {
    const seconds = Math.ceil(joins / joinsPerSecond) + STAY_S + 2;
    return roundOf(await runLoadTest(site, { subscribers: joins, 'join-rate': joinsPerSecond, stay: STAY_S, seconds }));
  };

const joinSfu =
  (sfu: JoinedSfu): Join =>
  async ({ joins, joinsPerSecond }) => {
    const tookMs = await sfu.join({ joins, joinsPerSecond, stayMs: STAY_S * 1_000 });
    return { begun: joins, joined: tookMs.length, p50Ms: quantile(tookMs, 0.5), p95Ms: quantile(tookMs, 0.95) };
  };

/** Lets people into the room who stay; resolves when they are there. */
async function populate(site: BenchSite, { residents, publishers }: typeof FEW): Promise<Disposable> {
  const joiningS = residents / RESIDENTS_PER_S;
  const test = startLoadTest(site, { publishers, subscribers: residents - publishers, 'join-rate': RESIDENTS_PER_S, seconds: 3_600 });
  test.report.catch((error: unknown) => console.error(error)); // stopped in the middle, it still reports
  await delay(joiningS * 1_000 + SETTLE_MS);
  return { [Symbol.dispose]: () => test.stop() };
}

async function measure(subjects: readonly Subject[], repeats: number): Promise<void> {
  for (let repeat = 1; repeat <= repeats; repeat++)
    for (const { name, join, rates, rounds } of subjects)
      for (const rate of rates) {
        const round = await join(rate);
        rounds.set(rate, [...(rounds.get(rate) ?? []), round]);
        const { joined, begun, p50Ms, p95Ms } = round;
        console.log(
          `${repeat}: ${name}, ${rate.joinsPerSecond} a second: ${joined} of ${begun} joined, p50 ${p50Ms.toFixed(0)} ms, p95 ${p95Ms.toFixed(0)} ms`,
        );
        await delay(1_000);
      }
}

const subject = (name: string, join: Join, rates: readonly Rate[] = RATES): Subject => ({ name, join, rates, rounds: new Map() });

function rowsOf({ name, rounds }: Subject) {
  return [...rounds].map(([{ joinsPerSecond }, all]) => {
    const phase = (of: 'ticket' | 'room' | 'media') => spreadOf(all.map(({ phasesMs }) => phasesMs?.[of] ?? Number.NaN));
    return {
      subject: name,
      joinsPerSecond,
      notJoined: all.reduce((sum, { begun, joined }) => sum + begun - joined, 0),
      p50Ms: spreadOf(all.map(({ p50Ms }) => p50Ms)),
      p95Ms: spreadOf(all.map(({ p95Ms }) => p95Ms)),
      ...(all[0]?.phasesMs && { ticketP50Ms: phase('ticket'), roomP50Ms: phase('room'), mediaP50Ms: phase('media') }),
    };
  });
}

const { values } = parseArgs({
  options: { repeats: { type: 'string', default: '5' }, 'without-crowd': { type: 'boolean', default: false } },
});
const repeats = Number(values.repeats);
await needPackages(['janus'], { report: startReport('join-native'), why: 'npm run bench -- join-native' });
const measured: Subject[] = [];
{
  await using site = await openBenchSite();
  await using node = await startConclave({ cpu: undefined });
  await using janus = await startJanus(undefined, 1);
  using ours = await openSfu(node.address);
  using theirs = await openSfu(janus.address);
  const few = [
    subject('Conclave, room of 4', joinSite(site)),
    subject('media node of Conclave alone', joinSfu(ours), BUSY_RATES),
    subject('Janus', joinSfu(theirs), BUSY_RATES),
  ];
  measured.push(...few);
  using _residents = await populate(site, FEW);
  await measure(few, repeats);
}
if (!values['without-crowd']) {
  await using site = await openBenchSite();
  const crowd = subject('Conclave, room of 200', joinSite(site), BUSY_RATES.slice(0, 1));
  measured.push(crowd);
  using _residents = await populate(site, CROWD);
  await measure([crowd], repeats);
}
const rows = measured.flatMap(rowsOf);
console.log('');
for (const row of rows)
  console.log(
    `${row.subject}, ${row.joinsPerSecond} a second: p50 ${tell(row.p50Ms, 'ms')}, p95 ${tell(row.p95Ms, 'ms')}, ${row.notJoined} did not get in`,
  );
await writeResults('join-native', { staySeconds: STAY_S, rows });
// What the peers' native threads hold would keep it waiting.
process.exit();
