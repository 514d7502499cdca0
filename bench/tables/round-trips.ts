import { tellShort, type Spread } from '../common/spread.ts';

/** Each step and what they come to together. */
export type Counted = readonly { readonly step: string; readonly roundTrips: Spread }[];

/** What is in `bench/results/round-trips.json`. */
export interface RoundTripsResult {
  readonly atOnce: Counted;
  /** The pointer was on the button for a moment before. */
  readonly foreseen: Counted;
}

/** For `docs/performance.md`. */
export function table({ atOnce, foreseen }: RoundTripsResult): string {
  const lines = atOnce.map(({ step, roundTrips }, index) => {
    const other = foreseen[index]?.roundTrips;
    return `| ${step} | ${tellShort(roundTrips)} | ${other ? tellShort(other) : ''} |`;
  });
  return [
    '| round trips one after the other | pressed out of the blue | after a moment on the button |',
    '| --- | --- | --- |',
    ...lines,
  ].join('\n');
}
