import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchSite } from './site.ts';

const MAIN = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));

interface Quantiles {
  readonly p50: number | null;
  readonly p95: number | null;
}

/** Of what `conclave load-test --json` prints. */
export interface LoadReport {
  readonly joins: {
    readonly begun: number;
    readonly joined: number;
    /** By error code. */
    readonly refused: Readonly<Record<string, number>>;
    readonly failed: Readonly<Record<string, number>>;
    readonly subscriberMs: Quantiles;
    readonly phasesMs: { readonly ticket: Quantiles; readonly room: Quantiles; readonly media: Quantiles };
  };
}

/** Runs `conclave load-test` in the site's room, with sound alone. It ends with 1 when somebody did not get in, which the report says. */
export function runLoadTest({ installation, roomUrl }: BenchSite, asked: Readonly<Record<string, number>>): Promise<LoadReport> {
  const options = Object.entries(asked).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const fixed = ['load-test', '--url', roomUrl, '--ca', join(installation.dataDir, 'tls/ca.pem'), '--audio-only', '--json'];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [MAIN, ...fixed, ...options], { maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error && stdout === '') reject(new Error(stderr, { cause: error }));
      else resolve(JSON.parse(stdout) as LoadReport);
    });
  });
}
