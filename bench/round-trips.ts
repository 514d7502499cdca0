/**
 * How many round trips one after the other a join takes: the same join over a path that adds 0, 40 and 80 ms to each, TCP and UDP; what a millisecond
 * of round trip adds to each step is its number. TCP itself is opened at once, so that its own is not counted; TLS is.
 * Two kinds of join: the button is pressed out of the blue, or the pointer is on it first for a moment, in which the page asks for the ticket and
 * makes its connection. Aim: at most 4 one after the other, TLS left out. `npm run bench -- round-trips [--repeats 5]`; writes `bench/results/round-trips.json`.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { httpsClient } from '@conclave/cli/peer/https-client';
import { askerOf, enterRoom, receiveAll, requestTicket } from '@conclave/cli/peer/joining';
import { decodable, openNativePeer, openPeerEnds } from '@conclave/cli/peer/native-peer';
import { openSignal } from '@conclave/cli/peer/signal-connection';
import { RtpCapabilities } from '@conclave/protocol/media-api/rtp';
import { startLoadTest } from './common/load-test.ts';
import { writeResults } from './common/results.ts';
import { openBenchSite, type BenchSite } from './common/site.ts';
import { slowTcp, slowUdp } from './common/slow-path.ts';
import { spreadOf } from './common/spread.ts';
import { table, type Counted, type RoundTripsResult } from './tables/round-trips.ts';

/** Until they are in. */
const RESIDENTS_MS = 8_000;
const ADDED_MS = [0, 40, 80];
/** The ticket is asked for while the signalling connection is made, of whose two round trips one is TLS. */
const STEPS = ['ticket and connection', 'room.join', 'media path', 'first packet'] as const;
type Times = Readonly<Record<(typeof STEPS)[number], number>>;

/** Milliseconds of each step, in order. */
async function joinOnce(
  { installation, roomUrl }: BenchSite,
  { addedMs, isForeseen }: { addedMs: number; isForeseen: boolean },
): Promise<Times> {
  const ca = await readFile(join(installation.dataDir, 'tls/ca.pem'), 'utf8');
  const room = new URL(roomUrl).pathname.slice(1);
  await using ends = new AsyncDisposableStack();
  const pages = ends.use(await slowTcp(Number(new URL(installation.origin).port), addedMs / 2));
  const origin = `https://localhost:${pages.port}`;
  const http = ends.use(httpsClient(origin, ca));
  // As a page does: its connection is there, and what it can decode is known, before anybody presses the button.
  const { body } = await http.ask('POST', '/api/entry', { body: { room } });
  const peerEnds = ends.use(openPeerEnds());
  const rtpCapabilities = decodable(RtpCapabilities.parse(body['routerRtpCapabilities']));
  const marks: number[] = [];
  const mark = () => marks.push(performance.now());
  const comeNear = () => Promise.all([requestTicket({ http }, { room, name: 'Far away' }), openSignal(origin, { ca })]);
  const foreseen = isForeseen ? await comeNear() : undefined;
  mark();
  const [ticket, signal] = foreseen ?? (await comeNear());
  ends.use(signal);
  mark();
  const guest = await enterRoom(signal, ticket, { rtpCapabilities, dtlsParameters: peerEnds.dtlsParameters });
  mark();
  const { media } = guest.joined;
  if (!media) throw new Error('there is no media path');
  const near = async ({ iceCandidates }: typeof media.recv) => {
    const udp = iceCandidates.find(({ protocol }) => protocol === 'udp');
    if (!udp) throw new Error('the media node offers no UDP');
    return { ip: '127.0.0.1', port: ends.use(await slowUdp(udp, addedMs / 2)).port };
  };
  const via = { send: await near(media.send), recv: await near(media.recv) };
  const peer = openNativePeer({ media, ask: askerOf({ http }, media.capability), via, ends: peerEnds });
  await Promise.all([peer.connect(['recv']), receiveAll(guest, peer)]);
  mark();
  while (![...peer.arrivals.values()].some(({ packets }) => packets > 0)) await delay(1);
  mark();
  return Object.fromEntries(STEPS.map((step, index) => [step, (marks[index + 1] ?? NaN) - (marks[index] ?? NaN)])) as Times; // each step once
}

/** By least squares: how much a step grows with each millisecond of round trip. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  return (
    points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0) / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0)
  );
}

const ALL = 'all';

/** Of each round: by how much each step grows, and all of them together. */
async function countRoundTrips(site: BenchSite, { repeats, isForeseen }: { repeats: number; isForeseen: boolean }): Promise<Counted> {
  const found: Times[] = [];
  for (let repeat = 1; repeat <= repeats; repeat++) {
    const joins: (readonly [number, Times])[] = [];
    for (const addedMs of ADDED_MS) joins.push([addedMs, await joinOnce(site, { addedMs, isForeseen })]);
    found.push(Object.fromEntries(STEPS.map((step) => [step, slope(joins.map(([ms, times]) => [ms, times[step]]))])) as Times); // each step once
    console.log(
      `round ${repeat}${isForeseen ? ', foreseen' : ''}:`,
      STEPS.map((step) => `${step} ${found.at(-1)?.[step].toFixed(1)}`).join(', '),
    );
  }
  const steps = STEPS.map((step) => ({
    step,
    roundTrips: spreadOf(
      found.map((times) => times[step]),
      1,
    ),
  }));
  const all = found.map((times) => STEPS.reduce((sum, step) => sum + times[step], 0));
  return [...steps, { step: ALL, roundTrips: spreadOf(all, 1) }];
}

const { values } = parseArgs({ options: { repeats: { type: 'string', default: '5' } } });
const repeats = Number(values.repeats);
const site = await openBenchSite();
const residents = startLoadTest(site, { publishers: 2, seconds: 3_600 });
await delay(RESIDENTS_MS);
await joinOnce(site, { addedMs: 0, isForeseen: false }); // the first finds everything cold
const result: RoundTripsResult = {
  atOnce: await countRoundTrips(site, { repeats, isForeseen: false }),
  foreseen: await countRoundTrips(site, { repeats, isForeseen: true }),
};
residents.stop();
await residents.report;
console.log(`\n${table(result)}`);
await writeResults('round-trips', result);
await site[Symbol.asyncDispose]();
// What the peers' native threads hold would keep it waiting.
process.exit();
