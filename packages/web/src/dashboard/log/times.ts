/** The reader's own tag for the language of the page: the region of the browser decides between 14:05 and 2:05 PM. */
export function readerLocale(language: string, preferred: readonly string[]): string {
  return preferred.find((tag) => tag.toLowerCase().split('-')[0] === language) ?? language;
}

export const clockTime = (timeMs: number, locale: string) => new Date(timeMs).toLocaleTimeString(locale, { timeStyle: 'medium' });
export const minuteTime = (timeMs: number, locale: string) => new Date(timeMs).toLocaleTimeString(locale, { timeStyle: 'short' });
export const fullTime = (timeMs: number, locale: string) =>
  new Date(timeMs).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'medium' });
export const shortDateTime = (timeMs: number, locale: string) =>
  new Date(timeMs).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' });
export const longDate = (timeMs: number, locale: string) => new Date(timeMs).toLocaleDateString(locale, { dateStyle: 'full' });

/** `2026-11-24 09:00:00.123`, to be followed by UTC. */
export function utcTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('T', ' ').replace('Z', '');
}

/** `3 minutes ago`, in the largest unit that fits; what lies ahead by a clock that differs counts as now. */
export function timeAgo(timeMs: number, nowMs: number, locale: string): string {
  const seconds = Math.max(0, Math.round((nowMs - timeMs) / 1000));
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  if (seconds < 60) return format.format(-seconds, 'second');
  if (seconds < 3600) return format.format(-Math.floor(seconds / 60), 'minute');
  if (seconds < 86_400) return format.format(-Math.floor(seconds / 3600), 'hour');
  return format.format(-Math.floor(seconds / 86_400), 'day');
}

/** Which day a moment belongs to where the reader is, as a key; the same key for the same day. */
export function dayOf(timeMs: number): string {
  const at = new Date(timeMs);
  return `${at.getFullYear()}-${at.getMonth() + 1}-${at.getDate()}`;
}
