import type { ByPart } from '../common/native-site.ts';

/** So many people, each with a camera, who all see those of their room. */
export interface HostStep {
  readonly participants: number;
  readonly rooms: number;
  /** Cameras that go to somebody: of each room n × (n - 1). */
  readonly streams: number;
  readonly cores: ByPart;
  readonly peopleCores: number;
  /** Of all cores of the host, whatever ran there. */
  readonly hostBusyRatio: number;
  /** What was neither the installation's nor the people's. */
  readonly othersCores: number;
  /** From one end to the other, of what was not recovered either. */
  readonly lossRatio: number;
  /** Datagrams for which there was no room: in the socket of the media worker, and in those of people and whoever else is on the host. */
  readonly droppedAtNode: number;
  /** Of packets of media that were sent to it. */
  readonly droppedAtNodeRatio: number;
  readonly droppedElsewhere: number;
  readonly peopleTimersLateP99Ms: number;
  readonly skippedFrames: number;
}

export type FullBy =
  | 'more than 1 % was lost'
  | 'somebody could not get in any more'
  | 'the worker took a core'
  | 'those who were in the rooms took the rest of the host'
  | 'no more were asked for';

export interface RoomsOf {
  readonly size: number;
  readonly steps: readonly HostStep[];
  readonly fullBy: FullBy;
  /** The last step before that. */
  readonly carried: number;
  /** By what the worker took for each stream then, if it had a core for itself. */
  readonly participantsOfWorkerCore: number;
  /** By what all parts of the installation took then, if they had all cores of this host. */
  readonly participantsOfHost: number;
}

/** What is in `bench/results/host.json`. */
export interface HostResult {
  readonly videoBitrateBps: number;
  readonly framesPerSecond: number;
  readonly secondsEach: number;
  readonly cores: number;
  readonly rooms: readonly RoomsOf[];
}

/** The kernel's own work for packets is in nobody's processor time. */
const NOTICED_CORES = 0.3;

/** For `docs/performance.md`. */
export function table({ cores, videoBitrateBps, framesPerSecond, rooms }: HostResult): string {
  const othersCores = Math.max(...rooms.flatMap(({ steps }) => steps.map((step) => step.othersCores)));
  const rows = rooms.map(({ size, steps, fullBy, carried, participantsOfWorkerCore, participantsOfHost }) => {
    const last = steps.findLast(({ participants }) => participants === carried);
    const seen = last
      ? `${carried} (worker ${last.cores.worker.toFixed(2)}, server and media node ${(last.cores.server + last.cores.media).toFixed(2)}, people ${last.peopleCores.toFixed(2)} cores)`
      : 'none';
    return `| ${size} | ${seen} | ${fullBy} | ${inRooms(participantsOfWorkerCore, size)} | ${inRooms(participantsOfHost, size)} |`;
  });
  return [
    `| rooms of | people at 720p, ${framesPerSecond} frames and ${(videoBitrateBps / 1e6).toFixed(1)} Mbit/s carried beside themselves on ${cores} cores | then | a core of a worker carries | ${cores} cores with nothing else carry |`,
    '| --- | --- | --- | --- | --- |',
    ...rows,
    ...(othersCores > NOTICED_CORES ? ['', `The host had other work meanwhile, of up to ${othersCores.toFixed(1)} cores.`] : []),
  ].join('\n');
}

function inRooms(people: number, size: number): string {
  return `${people} people (${(people / size).toFixed(1)} rooms)`;
}
