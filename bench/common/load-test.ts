import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Installation } from '@conclave/testkit/installation';

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

interface LoadTest {
  readonly report: Promise<LoadReport>;
  /** Ends it before its time. */
  stop(): void;
}

/** A room that whoever has its link may enter. */
export interface OpenRoom {
  readonly installation: Installation;
  readonly roomUrl: string;
}

/** Starts `conclave load-test` in the room, with sound alone. It ends with 1 when somebody did not get in, which the report says. */
export function startLoadTest({ installation, roomUrl }: OpenRoom, asked: Readonly<Record<string, number>>): LoadTest {
  const options = Object.entries(asked).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const fixed = ['load-test', '--url', roomUrl, '--ca', join(installation.dataDir, 'tls/ca.pem'), '--audio-only', '--json'];
  const { promise, resolve, reject } = Promise.withResolvers<LoadReport>();
  const child = execFile(process.execPath, [MAIN, ...fixed, ...options], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
    if (error && stdout === '') reject(new Error(stderr, { cause: error }));
    else resolve(JSON.parse(stdout) as LoadReport);
  });
  return { report: promise, stop: () => void child.kill('SIGINT') };
}

/** The same, to its end. */
export function runLoadTest(room: OpenRoom, asked: Readonly<Record<string, number>>): Promise<LoadReport> {
  return startLoadTest(room, asked).report;
}
