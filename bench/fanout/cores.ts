import { startConclave, startJanus } from './sfus.ts';
import { CONCLAVE, JANUS, JANUS_LOOPS } from './subjects.ts';
import { measureVariant, type Bench, type Measured } from './variant.ts';

const WORKERS = 2;
/** Few enough that their consumers are there when the next are placed. */
const STEP = 10;
/** A subscriber is a participant and a consumer. */
const LOAD_OF_A_SUBSCRIBER = 2;
const LEAST_OF_THE_OTHER = 0.25;

/**
 * One room over both cores, which clients share: two workers of Conclave, half of the subscribers on each, with the stream piped from one to the other; Janus with a
 * thread for each peer and with two event loops. CPU time is of all of them together.
 * @throws Error when one worker did nearly all.
 */
export async function measureCores(bench: Bench): Promise<Measured> {
  const [cpu, half] = [undefined, Math.ceil(bench.subscribers / WORKERS)];
  // The first worker is full with the publisher and half of the subscribers.
  const loadPerWorker = 1 + half * LOAD_OF_A_SUBSCRIBER;
  const measured = await measureVariant(bench, {
    variant: 'cores',
    cpus: { sfu: cpu, clients: cpu },
    candidates: [
      { name: CONCLAVE, start: () => startConclave({ cpu, workers: WORKERS, loadPerWorker }) },
      { name: JANUS_LOOPS, start: () => startJanus(cpu, WORKERS) },
      { name: JANUS, start: () => startJanus(cpu, 0) },
    ],
    step: STEP,
  });
  const { busiestShare = 1 } = measured.row;
  if (busiestShare > 1 - LEAST_OF_THE_OTHER) throw new Error(`one worker of two did ${busiestShare} of the work`);
  return measured;
}
