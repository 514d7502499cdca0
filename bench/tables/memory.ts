import type { Curve } from '../report/chart.ts';

export interface MemorySample {
  /** How many are in, or have come and gone. */
  readonly people: number;
  readonly server: number;
  readonly media: number;
  /** All workers together. */
  readonly worker: number;
}

type Slopes = Readonly<Record<'server' | 'media' | 'worker', number | null>>;

/** What is in `bench/results/memory.json`. Resident bytes. */
export interface MemoryResult {
  readonly bytesPerParticipant: Slopes;
  /** Of the second half of those who came and went. */
  readonly bytesPerCycle: Slopes;
  readonly inside: readonly MemorySample[];
  readonly after: readonly MemorySample[];
}

const PARTS = { server: 'server', media: 'media node', worker: 'media workers' } as const;
const PART_NAMES = Object.keys(PARTS) as (keyof typeof PARTS)[]; // keys of a const object

/** For `docs/performance.md`. */
export function table({ bytesPerParticipant, bytesPerCycle, inside, after }: MemoryResult): string {
  const [none, most, gone] = [inside[0], inside.at(-1), after.at(-1)];
  const rows = PART_NAMES.map((part) => [
    PARTS[part],
    megabytes(none?.[part]),
    megabytes(most?.[part]),
    kilobytes(bytesPerParticipant[part]),
    megabytes(gone?.[part]),
    kilobytes(bytesPerCycle[part]),
  ]);
  const head = [
    'process',
    'nobody, MB',
    `${most?.people ?? 0} inside, MB`,
    'each of them, kB',
    `after ${gone?.people ?? 0} came and went, MB`,
    'left of each, kB',
  ];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export function curves({ inside }: MemoryResult): Curve[] {
  return PART_NAMES.map((part) => ({ name: PARTS[part], points: inside.map((one) => [one.people, one[part] / 1e6] as const) }));
}

const megabytes = (bytes: number | undefined) => (bytes === undefined ? '–' : (bytes / 1e6).toFixed(0));
const kilobytes = (bytes: number | null) => (bytes === null ? '–' : (bytes / 1e3).toFixed(1));
