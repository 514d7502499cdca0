import { measureScene } from './measure.ts';
import { summarise, type Row, type VariantName, type Window } from './rows.ts';
import { candidatesOn, CONCLAVE, growTo, openSubjects, type Candidate, type Cpus } from './subjects.ts';

/** What all variants have in common. */
export interface Bench {
  readonly repeats: number;
  readonly frames: number;
  readonly cpus: Cpus;
  /** Of the variants that are measured with one number of subscribers. */
  readonly subscribers: number;
}

export interface Measured {
  readonly row: Row;
  readonly windows: readonly Window[];
}

/** 528 kbit/s; half of that where clients cannot take it in. */
export const PACKETS = [[2], [1]] as const;

/** How a variant differs from one publisher without layers or loss, in one room, SFUs on a core of their own. */
export interface Difference {
  readonly variant: VariantName;
  readonly candidates?: readonly Candidate[];
  readonly cpus?: Cpus;
  readonly rooms?: number;
  readonly layers?: number;
  readonly packets?: readonly (readonly number[])[];
  readonly lossRatio?: number;
  /** So many subscribers enter at a time. */
  readonly step?: number;
}

/** Measures a variant with `bench.subscribers`, SFUs and clients of its own. */
export async function measureVariant(bench: Bench, difference: Difference): Promise<Measured> {
  const {
    variant,
    cpus = bench.cpus,
    rooms = 1,
    layers = 1,
    packets = PACKETS,
    lossRatio = null,
    step,
    candidates = candidatesOn(cpus.sfu),
  } = difference;
  const { subscribers, repeats, frames } = bench;
  await using began = new AsyncDisposableStack();
  const subjects = await openSubjects(began, candidates, { cpus, rooms, layers });
  await growTo(subscribers, subjects, { layers, lossRatio }, step);
  const windows = await measureScene({ variant, subjects, subscribers, packets, repeats, frames });
  return { row: summarise(windows, CONCLAVE), windows };
}
