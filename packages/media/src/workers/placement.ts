/** One worker as placement sees it. */
export interface WorkerLoad {
  index: number;
  /** Consumers and participants that it carries. */
  load: number;
}

/**
 * Decides which worker carries a new participant. A session stays together while one of its workers carries less than `limit`
 * (the first such in `sessionWorkers`); beyond that, and for a new session, the least loaded worker, the lowest index on a tie.
 * Returns undefined when there is no worker.
 */
export function decidePlacement(workers: readonly WorkerLoad[], sessionWorkers: readonly number[], limit: number): number | undefined {
  const loadOf = new Map(workers.map(({ index, load }) => [index, load]));
  const together = sessionWorkers.find((index) => (loadOf.get(index) ?? Infinity) < limit);
  if (together !== undefined) return together;
  return workers.toSorted((a, b) => a.load - b.load || a.index - b.index)[0]?.index;
}
