import { createHash } from 'node:crypto';

/** What is planned once and run often; `begin`, `set` and the like are cheaper as they are. */
const PLANNED = /^\s*(select|insert|update|delete|with)\b/i;
/** Each connection keeps the plans of all names, so that texts that differ each time, such as lists of changing length, must not fill it. */
const MOST_NAMES = 400;
/** Texts that were seen once and may never come again. */
const MOST_SEEN = 2_000;

/**
 * Names the statements that come again, for PostgreSQL to parse and plan them once for each connection (its manual, 54.2.3 "Extended
 * Query"): most of what a small query costs is that. undefined: this one is sent without a name.
 */
export function createStatementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>();
  const seen = new Set<string>();
  return (text) => {
    const known = names.get(text);
    if (known !== undefined || names.size >= MOST_NAMES || !PLANNED.test(text)) return known;
    if (!seen.delete(text)) {
      if (seen.size >= MOST_SEEN) seen.clear();
      seen.add(text);
      return undefined;
    }
    const name = createHash('sha256').update(text).digest('base64url');
    names.set(text, name);
    return name;
  };
}
