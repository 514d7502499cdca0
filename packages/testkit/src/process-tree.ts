import { descendants, type ProcessInfo } from '@conclave/runtime/process-tree';

/** The one descendant whose command line contains `part`; throws when there is none or more than one. */
export async function findDescendant(rootPid: number, part: string): Promise<ProcessInfo> {
  const matches = (await descendants(rootPid)).filter((entry) => entry.command.includes(part));
  if (matches.length !== 1) throw new Error(`${matches.length} processes match ${part}`);
  return matches[0] as ProcessInfo; // length was checked
}

export async function findDescendants(rootPid: number, part: string): Promise<ProcessInfo[]> {
  return (await descendants(rootPid)).filter((entry) => entry.command.includes(part));
}
