/**
 * From pressing `Join` to the first media packet without a browser in between: what is the server's and the network's of a join. Native people
 * (`conclave load-test`) join a room of four who send sound, 1, 10 and 50 a second, by turns; everything on this host.
 * Aim: p95 under 150 ms at 10 a second. `npm run bench -- join-native [--repeats 5]`; writes `bench/results/join-native.json`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { runLoadTest, type LoadReport } from './common/load-test.ts';
import { writeResults } from './common/results.ts';
import { openBenchSite, type BenchSite } from './common/site.ts';
import { spreadOf, tell } from './common/spread.ts';

const RATES = [
  { joinsPerSecond: 1, joins: 10 },
  { joinsPerSecond: 10, joins: 50 },
  { joinsPerSecond: 50, joins: 100 },
];
const RESIDENTS = 4;
/** Until those who send are there, and once the last has joined. */
const AROUND_S = 5;

async function measure(site: BenchSite, { joinsPerSecond, joins }: (typeof RATES)[number]): Promise<LoadReport> {
  const seconds = Math.ceil(joins / joinsPerSecond) + AROUND_S;
  const residents = runLoadTest(site, { publishers: RESIDENTS, 'join-rate': RESIDENTS, seconds: seconds + 2 * AROUND_S });
  await delay(AROUND_S * 1_000);
  const report = await runLoadTest(site, { subscribers: joins, 'join-rate': joinsPerSecond, seconds });
  await residents;
  return report;
}

const { values } = parseArgs({ options: { repeats: { type: 'string', default: '5' } } });
const reports = new Map<number, LoadReport[]>(RATES.map(({ joinsPerSecond }) => [joinsPerSecond, []]));
{
  await using site = await openBenchSite();
  for (let repeat = 1; repeat <= Number(values.repeats); repeat++) {
    for (const rate of RATES) {
      const report = await measure(site, rate);
      reports.get(rate.joinsPerSecond)?.push(report);
      const { joined, begun, subscriberMs, refused, failed } = report.joins;
      console.log(
        `round ${repeat}, ${rate.joinsPerSecond} a second: ${joined} of ${begun} joined, p50 ${subscriberMs.p50} ms, p95 ${subscriberMs.p95} ms`,
        joined < begun ? { refused, failed } : '',
      );
    }
  }
}
const rows = RATES.map(({ joinsPerSecond }) => {
  const all = reports.get(joinsPerSecond) ?? [];
  const spread = (pick: (report: LoadReport) => number | null) => spreadOf(all.map((report) => pick(report) ?? Number.NaN));
  return {
    joinsPerSecond,
    notJoined: all.reduce((sum, { joins }) => sum + joins.begun - joins.joined, 0),
    p50Ms: spread(({ joins }) => joins.subscriberMs.p50),
    p95Ms: spread(({ joins }) => joins.subscriberMs.p95),
    ticketP50Ms: spread(({ joins }) => joins.phasesMs.ticket.p50),
    roomP50Ms: spread(({ joins }) => joins.phasesMs.room.p50),
    mediaP50Ms: spread(({ joins }) => joins.phasesMs.media.p50),
  };
});
console.log('');
for (const { joinsPerSecond, notJoined, p50Ms, p95Ms } of rows)
  console.log(`${joinsPerSecond} a second: p50 ${tell(p50Ms, 'ms')}, p95 ${tell(p95Ms, 'ms')}, ${notJoined} did not get in`);
await writeResults('join-native', { residents: RESIDENTS, rows });
