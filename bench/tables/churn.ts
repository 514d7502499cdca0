import {
  isHeapPart,
  kilobytes,
  megabytes,
  MEMORY_PARTS,
  PART_NAMES,
  tableOf,
  type HeapSizes,
  type MemorySample,
  type MemorySlopes,
} from './memory.ts';

export interface ChurnSample extends MemorySample {
  readonly heap: HeapSizes;
}

/** What is in `bench/results/churn.json`. */
export interface ChurnResult {
  /** Of the second half of those who came and went. */
  readonly bytesPerPerson: MemorySlopes;
  readonly heapBytesPerPerson: Readonly<Record<keyof HeapSizes, number | null>>;
  readonly after: readonly ChurnSample[];
}

/** For `docs/performance.md`. */
export function table({ bytesPerPerson, heapBytesPerPerson, after }: ChurnResult): string {
  const [half, last] = [after[Math.floor(after.length / 2)], after.at(-1)];
  const [halfway, end] = [half?.people ?? 0, last?.people ?? 0];
  const head = [
    'process',
    `resident after ${halfway}, MB`,
    `after ${end}, MB`,
    'left of each, kB',
    `alive in its heap after ${halfway}, MB`,
    `after ${end}, MB`,
    'left of each, kB',
  ];
  const rows = MEMORY_PARTS.map((part) => [
    PART_NAMES[part],
    megabytes(half?.[part]),
    megabytes(last?.[part]),
    kilobytes(bytesPerPerson[part]),
    ...(isHeapPart(part) ? [tenths(half?.heap[part]), tenths(last?.heap[part]), kilobytes(heapBytesPerPerson[part])] : ['–', '–', '–']),
  ]);
  return tableOf(head, rows);
}

const tenths = (bytes: number | undefined) => (bytes === undefined ? '–' : (bytes / 1e6).toFixed(1));
