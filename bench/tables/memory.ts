import type { Curve } from '../report/chart.ts';

const PARTS = { server: 'server', media: 'media node', worker: 'media workers', postgres: 'PostgreSQL' } as const;
export type MemoryPart = keyof typeof PARTS;
export const MEMORY_PARTS = Object.keys(PARTS) as MemoryPart[]; // keys of a const object

/** Bytes of each part, all its processes together. */
export interface MemorySample extends Record<MemoryPart, number> {
  /** How many are in, or have come and gone. */
  readonly people: number;
}

/** null: of too few samples. */
export type MemorySlopes = Readonly<Record<MemoryPart, number | null>>;

/** What is in `bench/results/memory.json`. */
export interface MemoryResult {
  readonly bytesPerParticipant: MemorySlopes;
  /** Of the second half of those who came and went. */
  readonly bytesPerCycle: MemorySlopes;
  readonly inside: readonly MemorySample[];
  readonly after: readonly MemorySample[];
}

/** For `docs/performance.md`. */
export function table({ bytesPerParticipant, bytesPerCycle, inside, after }: MemoryResult): string {
  const [none, most, gone] = [inside[0], inside.at(-1), after.at(-1)];
  const rows = MEMORY_PARTS.map((part) => [
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
  return MEMORY_PARTS.map((part) => ({ name: PARTS[part], points: inside.map((one) => [one.people, one[part] / 1e6] as const) }));
}

const megabytes = (bytes: number | undefined) => (bytes === undefined ? '–' : (bytes / 1e6).toFixed(0));
const kilobytes = (bytes: number | null) => (bytes === null ? '–' : (bytes / 1e3).toFixed(1));
