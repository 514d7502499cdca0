/**
 * How many people with a camera of 720p a host carries, in rooms of 4, of 10 and of 25: each sends what libvpx makes of 1280 × 720 at 30 frames
 * a second in 1.5 Mbit/s, and gets everybody of the room, one layer for all, as a grid of large pictures would. People are added a few at a time until more than one packet in a hundred is lost, the one
 * media worker has taken a core, or nothing of the host is left. Since the people (without browsers) are on the same host and take the most of
 * it, the result also says what the worker's and the installation's own processor time would be enough for.
 * `npm run bench -- host [--sizes 4,10,25] [--seconds 8] [--bitrate 1500000]`; writes `bench/results/host.json`. Linux; five minutes.
 */
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { coresOf, openNativeSite, PARTS, watch, type NativeSite } from './common/native-site.ts';
import { encodeCamera, type EncodedCamera } from './common/encoded-camera.ts';
import { needForBench } from './common/packages.ts';
import { writeResults } from './common/results.ts';
import { udpDrops } from './common/udp-drops.ts';
import { startCrowd, type Crowd } from './crowd/crowd.ts';
import type { CrowdPlace } from './crowd/messages.ts';
import { table, type FullBy, type HostResult, type HostStep, type RoomsOf } from './tables/host.ts';

/** Of each step; whole rooms where they are small. */
const PEOPLE_A_STEP: Readonly<Record<number, number>> = { 4: 4, 10: 5 };
const USUAL_PEOPLE_A_STEP = 4;
const MOST_PEOPLE = 200;
const JOIN_EVERY_MS = 150;
const SETTLE_MS = 3_000;
const PROCESSES = 2;
const MOST_LOSS = 0.01;
/** The worker has one thread that forwards; the rest of a core is what the kernel gives to others meanwhile. */
const FULL_CORE = 0.97;
const FULL_HOST = 0.93;
/** Then it begins again, with a key frame. */
const CAMERA_S = 6;

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '4,10,25' },
    seconds: { type: 'string', default: '8' },
    bitrate: { type: 'string', default: '1500000' },
  },
});
const secondsEach = Number(values.seconds);
const round = (value: number, digits: number) => Number(value.toFixed(digits));

interface Host {
  readonly site: NativeSite;
  readonly place: CrowdPlace;
  readonly camera: EncodedCamera;
}

/** Adds people, each room of which is full before the next begins. */
async function addPeople(
  { site, place, camera }: Host,
  crowd: Crowd,
  rooms: string[],
  { from, to, size }: { from: number; to: number; size: number },
) {
  while (rooms.length * size < to)
    rooms.push(await site.createRoom({ privacy: 'public', roles: ['speaker'], default_role: 'speaker', max_participants: size }));
  const startMs = Date.now() + 200;
  const people = Array.from({ length: to - from }, (_one, index) => ({
    name: `Person ${from + index + 1}`,
    room: rooms[Math.floor((from + index) / size)] as string, // as many as are needed were made
    joinAtMs: startMs + index * JOIN_EVERY_MS,
    cameraFile: camera.file,
    sound: 'silence' as const,
  }));
  const { failures } = await crowd.join(place, people);
  if (failures.length > 0) console.log(`  not everybody got in: ${failures.join(', ')}`);
  return failures.length === 0;
}

/** Of this bench alone, all parts and all people: others on the host do not make it full. */
function ownCores({ cores, peopleCores }: Pick<HostStep, 'cores' | 'peopleCores'>): number {
  return PARTS.reduce((sum, part) => sum + cores[part], peopleCores);
}

async function measure({ site }: Host, crowd: Crowd, { participants, size }: { participants: number; size: number }): Promise<HostStep> {
  await delay(SETTLE_MS);
  await crowd.reset();
  const dropsBefore = await udpDrops([site.installation.mediaPort]);
  const spent = await watch(site, () => delay(secondsEach * 1_000));
  const counted = await crowd.count();
  const drops = await udpDrops([site.installation.mediaPort]);
  const [full, rest] = [Math.floor(participants / size), participants % size];
  const streams = full * size * (size - 1) + rest * Math.max(0, rest - 1);
  const cores = coresOf(spent);
  const peopleCores = round(counted.processorMs / spent.seconds / 1_000, 2);
  return {
    participants,
    rooms: full + Math.sign(rest),
    streams,
    cores,
    peopleCores,
    hostBusyRatio: round(spent.hostBusyRatio, 3),
    othersCores: round(Math.max(0, spent.hostBusyRatio * availableParallelism() - ownCores({ cores, peopleCores })), 2),
    lossRatio: round(Math.max(0, counted.lostPackets) / Math.max(1, counted.expectedPackets), 5),
    droppedAtNode: drops.atNode - dropsBefore.atNode,
    droppedAtNodeRatio: round((drops.atNode - dropsBefore.atNode) / Math.max(1, counted.sentPackets), 4),
    droppedElsewhere: drops.elsewhere - dropsBefore.elsewhere,
    peopleTimersLateP99Ms: round(counted.timersLateP99Ms, 1),
    skippedFrames: counted.skippedFrames,
  };
}

function whyFull(step: HostStep): FullBy | undefined {
  const { lossRatio, droppedAtNodeRatio, cores } = step;
  if (Math.max(lossRatio, droppedAtNodeRatio) > MOST_LOSS) return 'more than 1 % was lost';
  if (cores.worker >= FULL_CORE) return 'the worker took a core';
  if (ownCores(step) >= FULL_HOST * availableParallelism()) return 'those who were in the rooms took the rest of the host';
  return undefined;
}

/** What so much processor time would be enough for, if each stream took what it took in that step. */
function capacity(step: HostStep | undefined, size: number): Pick<RoomsOf, 'carried' | 'participantsOfWorkerCore' | 'participantsOfHost'> {
  if (!step || step.streams === 0) return { carried: 0, participantsOfWorkerCore: 0, participantsOfHost: 0 };
  const streamsEach = size - 1;
  const carries = (cores: number, taken: number) => Math.floor((cores * step.streams) / taken / streamsEach);
  return {
    carried: step.participants,
    participantsOfWorkerCore: carries(1, step.cores.worker),
    participantsOfHost: carries(availableParallelism(), ownCores(step) - step.peopleCores),
  };
}

function tellStep({ participants, streams, cores, peopleCores, hostBusyRatio, lossRatio, skippedFrames, ...step }: HostStep): void {
  console.log(
    `  ${participants} people, ${streams} streams: worker ${cores.worker.toFixed(2)}, media node ${cores.media.toFixed(2)}, server ${cores.server.toFixed(2)}, ` +
      `people ${peopleCores} cores; host ${(hostBusyRatio * 100).toFixed(0)} % busy; loss ${(lossRatio * 100).toFixed(2)} %, dropped at the node ${step.droppedAtNode}, elsewhere ${step.droppedElsewhere}; ${skippedFrames} frames not sent`,
  );
}

async function fillRoomsOf(host: Host, size: number): Promise<RoomsOf> {
  console.log(`rooms of ${size}:`);
  await using crowd = startCrowd(PROCESSES);
  const rooms: string[] = [];
  const steps: HostStep[] = [];
  let fullBy: FullBy = 'no more were asked for';
  const stepSize = PEOPLE_A_STEP[size] ?? USUAL_PEOPLE_A_STEP;
  let from = 0;
  while (from < MOST_PEOPLE) {
    // No step goes beyond a room that is not full, so that it ends with a whole one.
    const to = Math.min(from + stepSize, (Math.floor(from / size) + 1) * size);
    if (!(await addPeople(host, crowd, rooms, { from, to, size }))) {
      fullBy = 'somebody could not get in any more';
      break;
    }
    const step = await measure(host, crowd, { participants: to, size });
    steps.push(step);
    tellStep(step);
    from = to;
    const full = whyFull(step);
    if (full === undefined) continue;
    fullBy = full;
    break;
  }
  await crowd.leave();
  const healthy = steps.findLast((step) => whyFull(step) === undefined);
  return { size, steps, fullBy, ...capacity(healthy, size) };
}

await needForBench('host', ['vpx-tools']);
await using camera = await encodeCamera({ bitrateBps: Number(values.bitrate), seconds: CAMERA_S });
const { bitrateBps: videoBitrateBps, framesPerSecond } = camera;
console.log(`a camera of 720p: ${(videoBitrateBps / 1e6).toFixed(2)} Mbit/s, ${framesPerSecond} frames a second`);
const rooms: RoomsOf[] = [];
{
  await using site = await openNativeSite({ CONCLAVE_MEDIA_WORKERS: '1' });
  const place = await site.placeOf(await site.createRoom({ privacy: 'public' }));
  for (const size of values.sizes.split(',').map(Number)) {
    rooms.push(await fillRoomsOf({ site, place, camera }, size));
    await delay(SETTLE_MS);
  }
}
const result: HostResult = { videoBitrateBps, framesPerSecond, secondsEach, cores: availableParallelism(), rooms };
console.log(`\n${table(result)}`);
await writeResults('host', result);
