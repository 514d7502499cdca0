import type { Finding, Result } from './finding.ts';

/** Prints findings line by line, each group under its name. */
export function createPrinter(print: (line: string) => void): (finding: Finding) => void {
  let last: string | undefined;
  return ({ group, what, result, found, advice }) => {
    if (group !== last) print(last === undefined ? group : `\n${group}`);
    last = group;
    print(`  ${result.padEnd(4)}  ${what} — ${found}${advice === undefined ? '' : `; ${advice}`}`);
  };
}

/** `12 ok, 2 warnings, 1 failure` */
export function summaryOf(findings: readonly Finding[]): string {
  const count = (result: Result) => findings.filter((finding) => finding.result === result).length;
  const [warnings, failures] = [count('warn'), count('fail')];
  return `${count('ok')} ok, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}, ${failures} ${failures === 1 ? 'failure' : 'failures'}`;
}
