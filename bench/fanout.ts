/**
 * What it costs an SFU to forward a packet: CPU time of its media process, user and system of all threads, for each packet that arrived at a
 * subscriber. One publisher sends video of 1,100-byte packets to 10 up to 200 subscribers, through Conclave's media node as shipped, through
 * Debian's Janus (VideoRoom; by default and with `event_loops=1`) and through bench/fanout/floor.c, which only encrypts and sends. The clients
 * are the same for all. Subjects are measured by turns, SFUs on one core and clients on another. Linux.
 * `npm run bench -- fanout [--quick] [--subscribers 10,30,60,120,200] [--repeats 5] [--seconds 4]`; writes `bench/results/fanout.json`.
 * Installs Debian's janus, gcc and libssl-dev when it may.
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, release, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { needPackages } from '../scripts/apt.mjs';
import { SetUpError, startReport } from '../scripts/report.mjs';
import { startClients, type ClientProcess } from './fanout/client-process.ts';
import { PACKET_BYTES } from './fanout/packets.ts';
import { cpuBetween, cpuTime, pinned } from './fanout/processes.ts';
import { startConclave, startJanus, type Sfu } from './fanout/sfus.ts';
import { LOSS_LIMIT, summarise, type Row, type Window } from './fanout/statistics.ts';

const FRAMES_PER_S = 30;
/** 528 kbit/s; half of that where clients cannot take it in. */
const PACKETS_PER_FRAME = [2, 1] as const;
const WARM_UP_FRAMES = 12;
/** What was asked of the last window is done by then. */
const SETTLE_MS = 100;
const FLOOR = 'floor';
const CONCLAVE = 'conclave';
const JANUS_LOOPS = 'janus event_loops=1';
const JANUS = 'janus';
const AIMS = [
  { of: JANUS_LOOPS, atMost: 0.6 },
  { of: FLOOR, atMost: 2 },
];

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    subscribers: { type: 'string', default: '10,30,60,120,200' },
    repeats: { type: 'string' },
    seconds: { type: 'string' },
  },
});
const repeats = Number(values.repeats ?? (values.quick ? 3 : 5));
const frames = Math.round(Number(values.seconds ?? (values.quick ? 1.2 : 4)) * FRAMES_PER_S);
const counts = values.subscribers.split(',').map(Number);
const [sfuCpu, clientCpu] = availableParallelism() >= 2 ? [0, 1] : [undefined, undefined];

/** An SFU with its clients. */
interface Subject {
  readonly name: string;
  readonly sfu: Sfu;
  readonly publisher: ClientProcess;
  readonly audience: ClientProcess;
  readonly feed: string;
  readonly srtpProfile: string;
}

try {
  await needPackages(['janus', 'gcc', 'libc6-dev', 'libssl-dev'], { report: startReport('fanout'), why: 'npm run bench -- fanout' });
  await measureAll();
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

async function measureAll(): Promise<void> {
  const loadBefore = loadavg()[0];
  await using began = new AsyncDisposableStack();
  const folder = began.adopt(await mkdtemp(join(tmpdir(), 'conclave-fanout-')), (path) => rm(path, { recursive: true }));
  const floor = await compileFloor(folder);
  const subjects = [
    await open(began, CONCLAVE, () => startConclave(sfuCpu)),
    await open(began, JANUS_LOOPS, () => startJanus(sfuCpu, 1)),
    await open(began, JANUS, () => startJanus(sfuCpu, 0)),
  ];
  for (const { name, srtpProfile } of subjects) console.log(`${name}: ${srtpProfile}`);
  const windows: Window[] = [];
  const rows: Row[] = [];
  for (const subscribers of counts) {
    windows.push(...(await measureCount(subjects, floor, subscribers)));
    const row = summarise(windows, subscribers, CONCLAVE);
    rows.push(row);
    printRow(row);
  }
  const aims = judge(rows);
  for (const { text } of aims) console.log(text);
  const srtpProfiles = Object.fromEntries(subjects.map(({ name, srtpProfile }) => [name, srtpProfile]));
  const method = { packetBytes: PACKET_BYTES, framesPerS: FRAMES_PER_S, windowS: frames / FRAMES_PER_S, repeats, sfuCpu, clientCpu };
  const machine = { cores: cpus().length, model: cpus()[0]?.model, kernel: release(), loadBefore, loadAfter: loadavg()[0] };
  const versions = {
    node: process.version,
    janus: debianVersion('janus'),
    openssl: debianVersion('libssl3'),
    worker: basename(dirname(process.env['MEDIASOUP_WORKER_BIN'] ?? '')),
  };
  const result = { at: new Date().toISOString(), quick: values.quick, machine, versions, method, srtpProfiles, rows, aims, windows };
  await mkdir(new URL('results/', import.meta.url), { recursive: true });
  await writeFile(new URL('results/fanout.json', import.meta.url), `${JSON.stringify(result, undefined, 2)}\n`);
}

async function compileFloor(folder: string): Promise<string> {
  const program = join(folder, 'floor');
  const source = fileURLToPath(new URL('fanout/floor.c', import.meta.url));
  execFileSync('gcc', ['-O2', '-o', program, source, '-lcrypto']);
  return program;
}

function debianVersion(name: string): string {
  return execFileSync('dpkg-query', ['-W', '-f', '${Version}', name], { encoding: 'utf8' });
}

async function open(began: AsyncDisposableStack, name: string, start: () => Promise<Sfu>): Promise<Subject> {
  const sfu = began.use(await start());
  const publisher = began.use(await startClients(sfu.address, clientCpu));
  const audience = began.use(await startClients(sfu.address, clientCpu));
  const { feed = '' } = await publisher.order({ do: 'publish', framesPerS: FRAMES_PER_S });
  const { profile = '' } = await audience.order({ do: 'witness', feed });
  return { name, sfu, publisher, audience, feed, srtpProfile: profile };
}

async function measureCount(subjects: readonly Subject[], floor: string, subscribers: number): Promise<Window[]> {
  await Promise.all(subjects.map(({ audience, feed }) => audience.order({ do: 'grow', feed, to: subscribers })));
  const packetsPerFrame = await choosePackets(subjects, subscribers);
  const windows: Window[] = [];
  for (let repeat = 1; repeat <= repeats; repeat++) {
    const at = { subscribers, repeat, packetsPerFrame };
    const turns = [
      () => measureFloor(floor, at),
      ...subjects.map((subject) => async () => {
        await forward(subject, { ...at, frames: WARM_UP_FRAMES });
        return forward(subject, { ...at, frames });
      }),
    ];
    // Who begins changes from repeat to repeat.
    const first = repeat % turns.length;
    for (const turn of [...turns.slice(first), ...turns.slice(0, first)]) {
      await sleep(SETTLE_MS);
      windows.push(await turn());
    }
  }
  return windows;
}

/** The most packets a frame that all subjects' clients take in without loss; the least, and lossy windows, when there is none. */
async function choosePackets(subjects: readonly Subject[], subscribers: number): Promise<number> {
  const [most, least] = PACKETS_PER_FRAME;
  for (const subject of subjects) {
    const lost = async () => (await forward(subject, { subscribers, repeat: 0, packetsPerFrame: most, frames: WARM_UP_FRAMES })).lossRatio;
    // Those that have only just come may miss the beginning of the first.
    let lossRatio = await lost();
    if (lossRatio > LOSS_LIMIT) lossRatio = await lost();
    if (lossRatio <= LOSS_LIMIT) continue;
    console.log(`${subscribers} subscribers of ${subject.name} lost ${(lossRatio * 100).toFixed(1)} %: half the packets from here`);
    return least;
  }
  return most;
}

interface At {
  readonly subscribers: number;
  readonly repeat: number;
  readonly packetsPerFrame: number;
}

/** Read before and after, when nothing is under way, so that what is between them is these packets' and nothing else's. */
async function forward({ name, sfu, publisher, audience }: Subject, at: At & { frames: number }): Promise<Window> {
  const { subscribers, repeat, packetsPerFrame } = at;
  const read = () => Promise.all([cpuTime(sfu.mediaPid), sfu.controlPid === undefined ? undefined : cpuTime(sfu.controlPid)]);
  const expected = at.frames * packetsPerFrame * subscribers;
  await audience.order({ do: 'reset' });
  const [before, controlBefore] = await read();
  const { lateMs = 0 } = await publisher.order({ do: 'send', frames: at.frames, packetsPerFrame, framesPerS: FRAMES_PER_S });
  const { received = 0 } = await audience.order({ do: 'count', expected });
  const [after, controlAfter] = await read();
  return {
    subject: name,
    subscribers,
    repeat,
    packetsPerS: packetsPerFrame * FRAMES_PER_S,
    forwarded: received,
    lossRatio: 1 - received / expected,
    usPerPacket: cpuBetween(before, after) / received,
    usPerPacketByTicks: (after.ticksUs - before.ticksUs) / received,
    ...(controlBefore && controlAfter && { controlUsPerPacket: cpuBetween(controlBefore, controlAfter) / received }),
    lateMs,
    load: loadavg()[0] ?? 0,
  };
}

async function measureFloor(floor: string, { subscribers, repeat, packetsPerFrame }: At): Promise<Window> {
  const numbers = [subscribers, frames, packetsPerFrame, FRAMES_PER_S, clientCpu ?? -1];
  const [program, args] = pinned(sfuCpu, floor, numbers.map(String));
  const { stdout } = await promisify(execFile)(program, args, { timeout: 60_000 });
  const [sent = 0, received = 0, cpuNs = 0] = stdout.trim().split(' ').map(Number);
  return {
    subject: FLOOR,
    subscribers,
    repeat,
    packetsPerS: packetsPerFrame * FRAMES_PER_S,
    forwarded: received,
    lossRatio: 1 - received / sent,
    usPerPacket: cpuNs / 1000 / received,
    load: loadavg()[0] ?? 0,
  };
}

function printRow({ subscribers, packetsPerS, usPerPacket, ratioTo, controlUsPerPacket }: Row): void {
  console.log(`${subscribers} subscribers, ${packetsPerS} packets a second each`);
  for (const [subject, { median, min, max, windows, lossy }] of Object.entries(usPerPacket)) {
    const ratio = ratioTo[subject];
    const beside = ratio ? `  conclave is ${ratio.median} of it (${ratio.min} to ${ratio.max})` : '';
    const control = subject === CONCLAVE ? `  and ${controlUsPerPacket} of the node process` : '';
    const left = lossy > 0 ? `  ${lossy} of ${windows + lossy} windows left out: packets were lost` : '';
    console.log(`  ${subject.padEnd(20)} ${String(median).padStart(6)} µs (${min} to ${max})${beside}${control}${left}`);
  }
}

function judge(rows: readonly Row[]) {
  return AIMS.map(({ of, atMost }) => {
    const got = rows.map(({ subscribers, ratioTo }) => ({ subscribers, ratio: ratioTo[of]?.median ?? NaN }));
    const missed = got.filter(({ ratio }) => !(ratio <= atMost));
    const at = missed.map(({ subscribers, ratio }) => `${ratio} with ${subscribers}`).join(', ');
    return { of, atMost, met: missed.length === 0, got, text: `aim: at most ${atMost} of ${of}: ${at === '' ? 'met' : `missed: ${at}`}` };
  });
}
