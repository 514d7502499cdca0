import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Counted } from './client-process.ts';
import { cpuBetween, cpuTime } from './processes.ts';
import { LOSS_LIMIT, type VariantName, type Window } from './rows.ts';
import type { Subject } from './subjects.ts';

const WARM_UP_FRAMES = 12;
/** What was asked of the last window is done by then. */
const SETTLE_MS = 100;
/** Who has only just come may miss the beginning, and layers are found frame by frame. */
const TRIES = 3;

export interface Scene {
  readonly variant: VariantName;
  readonly subjects: readonly Subject[];
  readonly subscribers: number;
  /** How many packets a frame has, of each layer: what is best, and what there is where clients cannot take that in. */
  readonly packets: readonly (readonly number[])[];
  readonly repeats: number;
  readonly frames: number;
  /** Measured by turns with the subjects. */
  floor?(at: At): Promise<Window>;
}

export type At = Pick<Window, 'variant' | 'subscribers' | 'repeat' | 'packetsPerFrame'>;

/** Measures all by turns, as often as `repeats` says. */
export async function measureScene(scene: Scene): Promise<Window[]> {
  const { variant, subjects, subscribers, repeats, frames, floor } = scene;
  const packetsPerFrame = await choosePackets(scene);
  const windows: Window[] = [];
  for (let repeat = 1; repeat <= repeats; repeat++) {
    const at = { variant, subscribers, repeat, packetsPerFrame };
    const turns = [
      ...(floor ? [() => floor(at)] : []),
      ...subjects.map((subject) => async () => {
        await forward(subject, at, WARM_UP_FRAMES);
        return forward(subject, at, frames);
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
async function choosePackets({ variant, subjects, subscribers, packets }: Scene): Promise<readonly number[]> {
  const [most = [], least = most] = packets;
  for (const subject of subjects) {
    let lossRatio = 1;
    for (let attempt = 0; attempt < TRIES && lossRatio > LOSS_LIMIT; attempt++) {
      ({ lossRatio } = await forward(subject, { variant, subscribers, repeat: 0, packetsPerFrame: most }, WARM_UP_FRAMES));
    }
    if (lossRatio <= LOSS_LIMIT) continue;
    console.log(`${subscribers} subscribers of ${subject.name} lost ${(lossRatio * 100).toFixed(1)} %: fewer packets from here`);
    return least;
  }
  return most;
}

/** Read before and after, when nothing is under way, so that what is between them is these packets' and nothing else's. */
async function forward({ name, sfu, publisher, audience }: Subject, at: At, frames: number): Promise<Window> {
  const sending = { frames, packetsPerFrame: at.packetsPerFrame };
  const readAll = (pids: readonly number[]) => Promise.all(pids.map(cpuTime));
  const read = () => Promise.all([readAll(sfu.mediaPids), readAll(sfu.controlPid === undefined ? [] : [sfu.controlPid])]);
  await audience.order({ do: 'reset' });
  const [before, controlBefore] = await read();
  const { lateMs = 0 } = await publisher.order({ do: 'send', sending });
  const { counted = { expected: 0, received: 0, repeated: 0 } } = await audience.order({ do: 'count', sending });
  const [after, controlAfter] = await read();
  const { received, expected } = counted;
  const spent = spentBy(before, after);
  const us = sumOf(spent.map((one) => one.us));
  return {
    ...at,
    subject: name,
    forwarded: received,
    lossRatio: 1 - (counted.repair?.originals ?? received) / expected,
    usPerPacket: us / received,
    usPerPacketByTicks: sumOf(spent.map((one) => one.usByTicks)) / received,
    ...(controlBefore.length > 0 && { controlUsPerPacket: sumOf(spentBy(controlBefore, controlAfter).map((one) => one.us)) / received }),
    ...(spent.length > 1 && { busiestShare: Math.max(...spent.map((one) => one.us)) / us }),
    ...repairOf(counted),
    lateMs,
    load: loadavg()[0] ?? 0,
  };
}

type Readings = Awaited<ReturnType<typeof cpuTime>>[];

/** Of each process. */
function spentBy(before: Readings, after: Readings): { us: number; usByTicks: number }[] {
  return before.flatMap((start, index) => {
    const end = after[index];
    return end ? [{ us: cpuBetween(start, end), usByTicks: end.ticksUs - start.ticksUs }] : [];
  });
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function repairOf({ expected, received, repair }: Counted): Pick<Window, 'repair'> {
  if (!repair) return {};
  return { repair: { dropped: repair.dropped / expected, resent: repair.resent / expected, missing: 1 - received / expected } };
}
