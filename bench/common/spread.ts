/** What a figure was over its repeats. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly repeats: number;
}

/** @param digits after the point */
export function spreadOf(values: readonly number[], digits = 0): Spread {
  const round = (value: number) => Math.round(value * 10 ** digits) / 10 ** digits;
  return {
    median: round(quantile(values, 0.5)),
    min: round(Math.min(...values)),
    max: round(Math.max(...values)),
    repeats: values.length,
  };
}

/** The smallest value that so great a share of all does not exceed; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export const tell = ({ median, min, max, repeats }: Spread, unit: string) => `${median} ${unit} (${min} to ${max}, ${repeats} repeats)`;

/** The median and from where to where, each divided by `unit`. */
export function tellShort({ median, min, max, repeats }: Spread, unit = 1): string {
  const part = (value: number | null) => (value === null ? '–' : String(Math.round((value / unit) * 100) / 100)); // NaN became null in JSON
  return repeats === 1 ? part(median) : `${part(median)} (${part(min)}–${part(max)})`;
}
