/**
 * From pressing `Join` to the first media packet without a browser in between: what is the server's and the network's of a join. Native people
 * (`conclave load-test`) join a room of four who send sound, and one of 200 of whom one does, 1, 10 and 50 a second; each stays for a second,
 * so that the room stays as large as it is. Beside each the same for SFUs alone, without pages, tickets, TLS and database: our media
 * node with one worker, and Debian's Janus (VideoRoom, `event_loops=1`). There one sends packets as large and as many as those of sound, though
 * as VP8, which is what both doors speak; beside the room of four to nobody but who joins, beside that of 200 to as many as there.
 * Everything on this host, by turns; of rooms of 200 `joining/crowd.ts` says how. Aim: p95 under 150 ms of ours at 10 a second.
 * `npm run bench -- join-native [--repeats 5] [--without-crowd]`; writes `bench/results/join-native.json`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startLoadTest, type OpenRoom } from './common/load-test.ts';
import { needForBench } from './common/packages.ts';
import { writeResults } from './common/results.ts';
import { openBenchSite } from './common/site.ts';
import { tell } from './common/spread.ts';
import { openSfu, type JoinedSfu } from './fanout/joined-sfu.ts';
import { startConclave, startJanus } from './fanout/sfus.ts';
import { openCrowd } from './joining/crowd.ts';
import { BUSY_RATES, createSubject, joinSfu, joinRoom, measure, rowsOf, STAY_S, type Subject } from './joining/subject.ts';

const FEW = 4;
/** The door lets one address in 600 times a minute. */
const RESIDENTS_PER_S = 8;
const SETTLE_MS = 3_000;

/** Lets people into the room who stay and send; resolves when they are there. */
async function populate(room: OpenRoom, residents: number): Promise<Disposable> {
  const joiningS = residents / RESIDENTS_PER_S;
  const test = startLoadTest(room, { publishers: residents, 'join-rate': RESIDENTS_PER_S, seconds: 3_600 });
  test.report.catch((error: unknown) => console.error(error)); // stopped in the middle, it still reports
  await delay(joiningS * 1_000 + SETTLE_MS);
  return { [Symbol.dispose]: () => test.stop() };
}

/** An SFU in whose room there is nobody else. */
function emptySfu(name: string, sfu: JoinedSfu): Subject {
  return createSubject({
    name,
    join: joinSfu(sfu),
    rates: BUSY_RATES,
    withSound: async (work) => {
      using _speech = sfu.speak();
      await work();
      return undefined;
    },
  });
}

async function measureFew(repeats: number): Promise<Subject[]> {
  await using site = await openBenchSite();
  await using node = await startConclave({ cpu: undefined });
  await using janus = await startJanus(undefined, 1);
  using ours = await openSfu(node.address);
  using theirs = await openSfu(janus.address);
  const subjects = [
    createSubject({ name: `Conclave, room of ${FEW}`, join: joinRoom(site) }),
    emptySfu('media node of Conclave alone', ours),
    emptySfu('Janus', theirs),
  ];
  using _residents = await populate(site, FEW);
  await measure(subjects, repeats);
  return subjects;
}

async function measureCrowd(repeats: number): Promise<Subject[]> {
  await using began = new AsyncDisposableStack();
  const node = began.use(await startConclave({ cpu: undefined }));
  const janus = began.use(await startJanus(undefined, 1));
  const subjects = await openCrowd(began, { node: node.address, janus: janus.address });
  await measure(subjects, repeats);
  return subjects;
}

const { values } = parseArgs({
  options: { repeats: { type: 'string', default: '5' }, 'without-crowd': { type: 'boolean', default: false } },
});
const repeats = Number(values.repeats);
await needForBench('join-native', ['janus']);
const measured = await measureFew(repeats);
if (!values['without-crowd']) measured.push(...(await measureCrowd(repeats)));
const rows = measured.flatMap(rowsOf);
console.log('');
for (const row of rows)
  console.log(
    `${row.subject}, ${row.joinsPerSecond} a second: p50 ${tell(row.p50Ms, 'ms')}, p95 ${tell(row.p95Ms, 'ms')}, ${row.notJoined} did not get in`,
  );
await writeResults('join-native', { staySeconds: STAY_S, rows });
// What the peers' native threads hold would keep it waiting.
process.exit();
