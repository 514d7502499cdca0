import type { Curve } from '../report/chart.ts';

export const PART_NAMES = { server: 'server', media: 'media node', worker: 'media workers', postgres: 'PostgreSQL' } as const;
export type MemoryPart = keyof typeof PART_NAMES;
export const MEMORY_PARTS = Object.keys(PART_NAMES) as MemoryPart[]; // keys of a const object

/** Those that are Node, and one process. */
export const HEAP_PARTS = ['server', 'media'] as const satisfies MemoryPart[];
type HeapPart = (typeof HEAP_PARTS)[number];
export const isHeapPart = (part: MemoryPart): part is HeapPart => part === 'server' || part === 'media';

/** Bytes that are alive after everything else was collected, in the heap and in buffers beside it. */
export type HeapSizes = Readonly<Record<HeapPart, number>>;

/** Bytes of each part, all its processes together. */
export interface MemorySample extends Record<MemoryPart, number> {
  /** How many are in, or have come and gone. */
  readonly people: number;
}

/** null: of too few samples. */
export type MemorySlopes = Readonly<Record<MemoryPart, number | null>>;

/** As an installation fills. */
export interface Filling {
  readonly samples: readonly MemorySample[];
  readonly bytesPerPerson: MemorySlopes;
  readonly heapBytesPerPerson: HeapSizes;
}

/** What is in `bench/results/memory.json`. */
export interface MemoryResult {
  readonly inOneRoom: Filling;
  readonly eachInOwnRoom: Filling;
}

/** For `docs/performance.md`. */
export function table({ inOneRoom, eachInOwnRoom }: MemoryResult): string {
  const of = ({ samples, bytesPerPerson, heapBytesPerPerson }: Filling, part: MemoryPart) => [
    megabytes(samples.at(-1)?.[part]),
    kilobytes(bytesPerPerson[part]),
    isHeapPart(part) ? kilobytes(heapBytesPerPerson[part]) : '–',
  ];
  const most = ({ samples }: Filling) => samples.at(-1)?.people ?? 0;
  const each = ['each of them, kB', 'of it alive, kB'];
  return tableOf(
    ['process', 'nobody, MB', `${most(inOneRoom)} in one room, MB`, ...each, `${most(eachInOwnRoom)} rooms of one, MB`, ...each],
    MEMORY_PARTS.map((part) => [
      PART_NAMES[part],
      megabytes(inOneRoom.samples[0]?.[part]),
      ...of(inOneRoom, part),
      ...of(eachInOwnRoom, part),
    ]),
  );
}

export function curves({ inOneRoom: { samples } }: MemoryResult): Curve[] {
  return MEMORY_PARTS.map((part) => ({ name: PART_NAMES[part], points: samples.map((one) => [one.people, one[part] / 1e6] as const) }));
}

export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export const megabytes = (bytes: number | undefined) => (bytes === undefined ? '–' : (bytes / 1e6).toFixed(0));
export const kilobytes = (bytes: number | null) => (bytes === null ? '–' : (bytes / 1e3).toFixed(1));
