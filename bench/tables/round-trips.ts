import { tellShort, type Spread } from '../common/spread.ts';

/** What is in `bench/results/round-trips.json`. */
export interface RoundTripsResult {
  readonly rows: readonly { readonly step: string; readonly roundTrips: Spread }[];
  readonly all: Spread;
}

/** For `docs/performance.md`. */
export function table({ rows, all }: RoundTripsResult): string {
  const lines = [...rows, { step: 'all', roundTrips: all }].map(({ step, roundTrips }) => `| ${step} | ${tellShort(roundTrips)} |`);
  return ['| step of a join | round trips one after the other |', '| --- | --- |', ...lines].join('\n');
}
