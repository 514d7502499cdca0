/** Numbers up to this are minutes from now, larger ones Unix seconds (which they have been since April 1970). */
const LARGEST_MINUTES = 10_000_000;
const LARGEST_UNIX_S = 253_402_300_799; // the end of the year 9999

/** `nbf` as given: Unix seconds or a date. Null: it is neither. */
export function notBeforeS(given: number | string): number | null {
  const numeric = toNumber(given);
  return numeric === null ? dateS(given) : wholeSeconds(numeric);
}

/** `exp` as given: minutes from now, Unix seconds or a date. Null: it is none of them. */
export function expiresS(given: number | string, nowMs: number): number | null {
  const numeric = toNumber(given);
  if (numeric === null) return dateS(given);
  if (numeric < 0) return null;
  return wholeSeconds(numeric <= LARGEST_MINUTES ? nowMs / 1000 + numeric * 60 : numeric);
}

function toNumber(given: number | string): number | null {
  if (typeof given === 'number') return given;
  return /^\d{1,12}(\.\d{1,3})?$/.test(given.trim()) ? Number(given) : null;
}

function wholeSeconds(value: number): number | null {
  return value >= 0 && value <= LARGEST_UNIX_S ? Math.floor(value) : null;
}

/** A date without a zone is UTC, as everywhere in this interface. */
function dateS(given: number | string): number | null {
  if (typeof given === 'number' || !/^\d{4}-\d{2}-\d{2}/.test(given)) return null;
  const zoned = /(?:Z|[+-]\d{2}:?\d{2})$/.test(given) || given.length === 10 ? given : `${given}Z`;
  const ms = Date.parse(zoned.replace(' ', 'T'));
  return Number.isNaN(ms) ? null : wholeSeconds(ms / 1000);
}
