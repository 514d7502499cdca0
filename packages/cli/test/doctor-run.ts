import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Finding } from '../src/doctor/finding.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface DoctorRun {
  readonly code: number;
  readonly findings: readonly Finding[];
  readonly stderr: string;
  /** `result found` of one finding. */
  of(group: string, what: string): string | undefined;
}

/** Runs `conclave doctor ARGS --json` to its end. */
export function runDoctor(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<DoctorRun> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'doctor', ...args, '--json'], { env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      const findings = stdout === '' ? [] : (JSON.parse(stdout) as Finding[]); // what the command promises; a test that reads it sees if not
      const of = (group: string, what: string) => {
        const finding = findings.find((one) => one.group === group && one.what === what);
        return finding && `${finding.result} ${finding.found}`;
      };
      resolve({ code: error === null ? 0 : Number(error.code), findings, stderr, of });
    });
  });
}
