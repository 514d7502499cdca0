/** `warn`: meetings can be held, and somebody should look at it. `fail`: something does not work, or is not as safe as it must be. */
export type Result = 'ok' | 'warn' | 'fail';

/** One thing that was looked at. */
export interface Finding {
  readonly group: string;
  readonly what: string;
  readonly result: Result;
  readonly found: string;
  /** What to do; not where all is well. */
  readonly advice?: string;
}

/** Takes the findings of one group as they come. */
export interface Section {
  ok(what: string, found: string): void;
  warn(what: string, found: string, advice: string): void;
  fail(what: string, found: string, advice: string): void;
}

/** All findings so far, in the order in which they were made. */
export interface Findings {
  section(group: string): Section;
  readonly all: readonly Finding[];
}

/**
 * Control characters, and those that turn the direction of writing: much of what is found is what somebody else's server says, and a
 * terminal would obey it.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** @param onFinding is told of each at once. */
export function createFindings(onFinding: (finding: Finding) => void): Findings {
  const all: Finding[] = [];
  const add = (made: Finding): void => {
    const finding = { ...made, found: made.found.replace(UNPRINTABLE, '?') };
    all.push(finding);
    onFinding(finding);
  };
  return {
    all,
    section: (group) => ({
      ok: (what, found) => add({ group, what, result: 'ok', found }),
      warn: (what, found, advice) => add({ group, what, result: 'warn', found, advice }),
      fail: (what, found, advice) => add({ group, what, result: 'fail', found, advice }),
    }),
  };
}
