import { FLOOR, measureFloor } from './floor.ts';
import { measureScene } from './measure.ts';
import { summarise, type Row, type Window } from './rows.ts';
import { candidatesOn, CONCLAVE, growTo, JANUS_LOOP, openSubjects, type Subject } from './subjects.ts';
import { PACKETS, type Bench } from './variant.ts';

const AIMS = [
  { of: JANUS_LOOP, atMost: 0.6 },
  { of: FLOOR, atMost: 2 },
];

export interface Aim {
  readonly of: string;
  readonly atMost: number;
  readonly met: boolean;
  readonly got: readonly { subscribers: number; ratio: number }[];
}

export interface PlainMeasured {
  readonly rows: readonly Row[];
  readonly aims: readonly Aim[];
  readonly windows: readonly Window[];
  /** By subject. */
  readonly srtpProfiles: Readonly<Record<string, string>>;
}

interface PlainOptions {
  /** Of subscribers, growing. */
  readonly counts: readonly number[];
  /** The program. */
  readonly floor: string;
  onRow(row: Row): void;
}

/** One publisher in one room, neither layers nor loss, beside the floor. */
export async function measurePlain(bench: Bench, { counts, floor, onRow }: PlainOptions): Promise<PlainMeasured> {
  const { cpus, repeats, frames } = bench;
  await using began = new AsyncDisposableStack();
  const subjects = await openSubjects(began, candidatesOn(cpus.sfu), { cpus, rooms: 1, layers: 1 });
  const srtpProfiles = await readProfiles(subjects);
  const windows: Window[] = [];
  const rows: Row[] = [];
  for (const subscribers of counts) {
    await growTo(subscribers, subjects, { layers: 1, lossRatio: null });
    const here = await measureScene({
      variant: 'plain',
      subjects,
      subscribers,
      packets: PACKETS,
      repeats,
      frames,
      floor: (at) => measureFloor({ program: floor, cpus, frames }, at),
    });
    const row = summarise(here, CONCLAVE);
    windows.push(...here);
    rows.push(row);
    onRow(row);
  }
  return { rows, aims: judge(rows), windows, srtpProfiles };
}

async function readProfiles(subjects: readonly Subject[]): Promise<Record<string, string>> {
  const read = async ({ name, audience, feeds: [feed = ''] }: Subject) => {
    const { profile = '' } = await audience.order({ do: 'witness', feed });
    return [name, profile] as const;
  };
  return Object.fromEntries(await Promise.all(subjects.map(read)));
}

function judge(rows: readonly Row[]): Aim[] {
  return AIMS.map(({ of, atMost }) => {
    const got = rows.map(({ subscribers, ratioTo }) => ({ subscribers, ratio: ratioTo[of]?.median ?? Number.NaN }));
    return { of, atMost, met: got.every(({ ratio }) => ratio <= atMost), got };
  });
}
