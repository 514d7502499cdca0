/**
 * What it costs an SFU to forward a packet: CPU time of its media processes, user and system of all threads, for each packet that arrived at a
 * subscriber, through Conclave's media node as shipped and through Debian's Janus (VideoRoom; by default and with event loops). Variants:
 *
 *   plain      one publisher of 1,100-byte packets and 10 up to 200 subscribers, beside bench/fanout/floor.c, which only encrypts and sends
 *   simulcast  three layers, of which each subscriber asks for one
 *   loss       subscribers lose 2 %, send NACKs and transport-wide feedback
 *   rooms      ten rooms
 *   cores      one room over both cores
 *
 * The clients are the same for all. Subjects are measured by turns, SFUs on one core and clients on another, but for `cores`. Linux.
 * `npm run bench -- fanout [--quick] [--variants plain,simulcast,loss,rooms,cores] [--subscribers 10,30,60,120,200] [--variant-subscribers 60]
 * [--repeats 5] [--seconds 1.2]`; writes `bench/results/fanout.json`, what was asked for and nothing else. Installs Debian's janus, gcc and
 * libssl-dev when it may.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, release, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { needForBench } from './common/packages.ts';
import { writeResults } from './common/results.ts';
import { measureCores } from './fanout/cores.ts';
import { compileFloor } from './fanout/floor.ts';
import { measureLoss } from './fanout/loss.ts';
import { FRAMES_PER_S, PACKET_BYTES } from './fanout/packets.ts';
import { measurePlain, type PlainMeasured } from './fanout/plain.ts';
import { measureRooms } from './fanout/rooms.ts';
import { VARIANTS, type Row, type VariantName, type Window } from './fanout/rows.ts';
import { measureSimulcast } from './fanout/simulcast.ts';
import { CONCLAVE } from './fanout/subjects.ts';
import { fanoutTables } from './fanout/tables.ts';
import type { Bench, Measured } from './fanout/variant.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    variants: { type: 'string', default: VARIANTS.join() },
    subscribers: { type: 'string' },
    'variant-subscribers': { type: 'string', default: '60' },
    repeats: { type: 'string' },
    seconds: { type: 'string' },
  },
});
const counts = (values.subscribers ?? (values.quick ? '10,60,200' : '10,30,60,120,200')).split(',').map(Number);
const wanted = VARIANTS.filter((name) => values.variants.split(',').includes(name));
const [sfu, clients] = availableParallelism() >= 2 ? [0, 1] : [undefined, undefined];
const bench: Bench = {
  repeats: Number(values.repeats ?? (values.quick ? 3 : 5)),
  frames: Math.round(Number(values.seconds ?? (values.quick ? 0.6 : 1.2)) * FRAMES_PER_S),
  cpus: { sfu, clients },
  subscribers: Number(values['variant-subscribers']),
};
const MEASURE = { simulcast: measureSimulcast, loss: measureLoss, rooms: measureRooms, cores: measureCores } as const satisfies Record<
  Exclude<VariantName, 'plain'>,
  (bench: Bench) => Promise<Measured>
>;

await needForBench('fanout', ['janus', 'gcc', 'libc6-dev', 'libssl-dev']);
await measureAll();

async function measureAll(): Promise<void> {
  const loadBefore = loadavg()[0];
  const startMs = performance.now();
  const plain: PlainMeasured = wanted.includes('plain') ? await withFloor() : { rows: [], aims: [], windows: [], srtpProfiles: {} };
  const variants: Partial<Record<VariantName, Row>> = {};
  const windows: Window[] = [...plain.windows];
  for (const name of wanted) {
    if (name === 'plain') continue;
    const measured = await MEASURE[name](bench);
    printRow(name, measured.row);
    variants[name] = measured.row;
    windows.push(...measured.windows);
  }
  const { rows, aims, srtpProfiles } = plain;
  console.log(`\n${fanoutTables({ rows, variants })}\n`);
  for (const { of, atMost, met } of aims) console.log(`aim: at most ${atMost} of ${of}: ${met ? 'met' : 'missed'}`);
  const tookS = Math.round((performance.now() - startMs) / 1000);
  const method = { packetBytes: PACKET_BYTES, framesPerS: FRAMES_PER_S, windowS: bench.frames / FRAMES_PER_S, ...bench, counts, tookS };
  const machine = { kernel: release(), loadBefore };
  const result = { quick: values.quick, machine, versions: versions(), method, srtpProfiles, rows, aims, variants, windows };
  await writeResults('fanout', result);
}

async function withFloor(): Promise<PlainMeasured> {
  await using began = new AsyncDisposableStack();
  const folder = began.adopt(await mkdtemp(join(tmpdir(), 'conclave-fanout-')), (path) => rm(path, { recursive: true }));
  const plain = await measurePlain(bench, { counts, floor: compileFloor(folder), onRow: (row) => printRow('plain', row) });
  for (const [name, profile] of Object.entries(plain.srtpProfiles)) console.log(`${name}: ${profile}`);
  return plain;
}

function versions(): object {
  const debian = (name: string) => execFileSync('dpkg-query', ['-W', '-f', '${Version}', name], { encoding: 'utf8' });
  return {
    node: process.version,
    janus: debian('janus'),
    openssl: debian('libssl3'),
    worker: basename(dirname(process.env['MEDIASOUP_WORKER_BIN'] ?? '')),
  };
}

function printRow(name: VariantName, { subscribers, packetsPerS, usPerPacket, lossyWindows, ratioTo, controlUsPerPacket }: Row): void {
  console.log(`${name}: ${subscribers} subscribers, ${Math.round(packetsPerS)} packets a second each`);
  for (const [subject, { median, min, max, repeats }] of Object.entries(usPerPacket)) {
    const ratio = ratioTo[subject];
    const beside = ratio ? `  conclave is ${ratio.median} of it (${ratio.min} to ${ratio.max})` : '';
    const control = subject === CONCLAVE ? `  and ${controlUsPerPacket} of the node process` : '';
    const lossy = lossyWindows[subject] ?? 0;
    const left = lossy > 0 ? `  ${lossy} of ${repeats + lossy} windows left out: packets were lost` : '';
    console.log(`  ${subject.padEnd(20)} ${String(median).padStart(6)} µs (${min} to ${max})${beside}${control}${left}`);
  }
}
