import { LogFilter } from '@conclave/protocol/rest/log';

/** A filter of the log as it stands in the address; what is absent is not looked at. */
export type ShownFilter = { [K in keyof LogFilter]?: NonNullable<LogFilter[K]> };
export type FilterKey = keyof LogFilter;

export const FILTER_KEYS = [
  'category',
  'name',
  'result',
  'actor',
  'target',
  'room',
  'session',
  'from',
  'to',
] as const satisfies FilterKey[];

/** Reads the filter in an address. What does not fit its schema is left out, so that a mistyped address still shows the log. */
export function readFilter(search: string): ShownFilter {
  const query = new URLSearchParams(search);
  const entries = FILTER_KEYS.flatMap((key) => {
    const value = query.get(key);
    const parsed = value === null ? undefined : LogFilter.shape[key].safeParse(value);
    return parsed?.success && parsed.data !== undefined ? [[key, parsed.data] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** The filter as a query, in a fixed order, so that the same filter has one address. */
export function filterQuery(filter: ShownFilter): URLSearchParams {
  const query = new URLSearchParams();
  for (const key of FILTER_KEYS) {
    const value = filter[key];
    if (value !== undefined) query.set(key, value);
  }
  return query;
}

export function logAddress(filter: ShownFilter): string {
  const query = filterQuery(filter);
  return query.size === 0 ? '/dashboard/log' : `/dashboard/log?${query}`;
}

/** The same filter with one thing changed; undefined takes it away. */
export function withFilter(filter: ShownFilter, key: FilterKey, value: string | undefined): ShownFilter {
  const query = filterQuery(filter);
  if (value === undefined || value === '') query.delete(key);
  else query.set(key, value);
  return readFilter(query.toString());
}

/** True where the beginning is not before the end, so that nothing can match. */
export function isEmptyRange({ from, to }: ShownFilter): boolean {
  return from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to);
}

/** True where no new event can match any more. */
export function endsInThePast({ to }: ShownFilter, nowMs: number): boolean {
  return to !== undefined && Date.parse(to) <= nowMs;
}

/** The value of a `datetime-local` field for a moment, in the time zone of the reader; empty for none. */
export function toLocalField(iso: string | undefined): string {
  if (iso === undefined) return '';
  const at = new Date(iso);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The moment that a `datetime-local` field means; undefined for an empty or unfinished one. */
export function fromLocalField(value: string): string | undefined {
  const at = new Date(value);
  return value === '' || Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
