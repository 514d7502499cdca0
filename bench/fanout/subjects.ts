import { startClients, type Audience, type ClientProcess } from './client-process.ts';
import { startConclave, startJanus, type Sfu } from './sfus.ts';

export const CONCLAVE = 'conclave';
export const JANUS_LOOP = 'janus event_loops=1';
/** For who may have both cores. */
export const JANUS_LOOPS = 'janus event_loops=2';
export const JANUS = 'janus';

/** Undefined where there is one core alone, or all may use all. */
export interface Cpus {
  readonly sfu: number | undefined;
  readonly clients: number | undefined;
}

/** An SFU with its clients. */
export interface Subject {
  readonly name: string;
  readonly sfu: Sfu;
  readonly publisher: ClientProcess;
  readonly audience: ClientProcess;
  /** By room. */
  readonly feeds: readonly string[];
}

/** An SFU that is still to be started. */
export interface Candidate {
  readonly name: string;
  start(): Promise<Sfu>;
}

/** On one core: Conclave with one worker, Janus with one event loop and as it comes. */
export function candidatesOn(cpu: number | undefined): Candidate[] {
  return [
    { name: CONCLAVE, start: () => startConclave({ cpu }) },
    { name: JANUS_LOOP, start: () => startJanus(cpu, 1) },
    { name: JANUS, start: () => startJanus(cpu, 0) },
  ];
}

interface Stage {
  readonly cpus: Cpus;
  readonly rooms: number;
  readonly layers: number;
}

/** Starts SFUs and their clients, with a publisher in each room; what was started ends with `began`, also when one of them fails. */
export async function openSubjects(began: AsyncDisposableStack, candidates: readonly Candidate[], stage: Stage): Promise<Subject[]> {
  const opened = await Promise.allSettled(candidates.map((candidate) => openSubject(began, candidate, stage)));
  return opened.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

async function openSubject(began: AsyncDisposableStack, { name, start }: Candidate, stage: Stage): Promise<Subject> {
  const sfu = began.use(await start());
  const enter = async () => began.use(await startClients(sfu.address, stage.cpus.clients));
  const [publisher, audience] = await Promise.all([enter(), enter()]);
  const { feeds = [] } = await publisher.order({ do: 'publish', rooms: stage.rooms, layers: stage.layers });
  return { name, sfu, publisher, audience, feeds };
}

/** Lets subscribers in until there are so many, `step` at a time. */
export async function growTo(to: number, subjects: readonly Subject[], audience: Omit<Audience, 'feeds'>, step = to): Promise<void> {
  const grow = async ({ audience: process, feeds }: Subject) => {
    for (let size = Math.min(step, to); ; size = Math.min(size + step, to)) {
      await process.order({ do: 'grow', audience: { feeds, ...audience }, to: size });
      if (size === to) return;
    }
  };
  await Promise.all(subjects.map(grow));
}
