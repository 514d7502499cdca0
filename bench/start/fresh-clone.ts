import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { httpsClient } from '@conclave/cli/peer/https-client';
import { findMediaPorts, findTcpPort } from '@conclave/testkit/ports';
import { cacheDir, ROOT } from '../../scripts/paths.mjs';
import { processorMsOfTree } from '../common/processor-time.ts';

/** What somebody has who cloned the repository a moment ago: the clone, and nothing in any cache. */
export interface FreshClone extends AsyncDisposable {
  readonly dir: string;
  readonly dataDir: string;
  readonly npmCacheDir: string;
  readonly workerCacheDir: string;
  /** `npm start`, until it says that it is ready, and its end. */
  start(): Promise<Started>;
}

export interface Started {
  /** From the command until it says so. */
  readonly readyMs: number;
  /** Until `/healthz` answers 200. */
  readonly healthyMs: number;
  /** Of all processes together, until then. */
  readonly processorMs: number;
  /** From Ctrl-C until nothing of it runs. */
  readonly endMs: number;
  /** What set-up says that its steps took; none when all was done. */
  readonly stepsS: Readonly<Record<string, number>>;
}

const READY_TIMEOUT_MS = 40 * 60_000;
const HEALTHY_TIMEOUT_MS = 30_000;
const END_TIMEOUT_MS = 20_000;

/** Clones what is committed here. `withWorker`: the media worker that this host has compiled is in the cache. */
export async function makeFreshClone({ withWorker }: { withWorker: boolean }): Promise<FreshClone> {
  const home = mkdtempSync(join(tmpdir(), 'conclave-start-'));
  const dir = join(home, 'conclave');
  const cache = join(home, 'cache');
  execFileSync('git', ['clone', '--quiet', '--no-hardlinks', ROOT, dir]);
  const workerCacheDir = join(cache, 'conclave');
  mkdirSync(workerCacheDir, { recursive: true });
  if (withWorker) cpSync(join(cacheDir(), 'media-worker'), join(workerCacheDir, 'media-worker'), { recursive: true });
  const dataDir = join(home, 'data');
  const npmCacheDir = join(home, 'npm-cache');
  const env = {
    ...withoutOurs(process.env),
    npm_config_cache: npmCacheDir,
    XDG_CACHE_HOME: cache,
    CONCLAVE_DATA_DIR: dataDir,
    CONCLAVE_LISTEN_ADDRESS: '127.0.0.1',
    CONCLAVE_HTTPS_PORT: String(await findTcpPort()),
    CONCLAVE_HTTP_PORT: String(await findTcpPort()),
    CONCLAVE_MEDIA_PORT: String(await findMediaPorts(4)),
  };
  return {
    dir,
    dataDir,
    npmCacheDir,
    workerCacheDir,
    start: () => startOnce(dir, env),
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  };
}

/** The environment as it is outside this repository: npm puts our packages' programs and its own settings there. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isOurs = (name: string) =>
    /^(CONCLAVE_|MEDIASOUP_|npm_(package|lifecycle|command|execpath|node_execpath)|INIT_CWD$|NODE$|NODE_OPTIONS$|DATABASE_URL$)/.test(
      name,
    ) || /^npm_config_(cache|prefix|local_prefix)$/i.test(name);
  const path = (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules') && !folder.includes('node-gyp-bin'));
  return { ...Object.fromEntries(Object.entries(env).filter(([name]) => !isOurs(name))), PATH: path.join(delimiter) };
}

async function startOnce(dir: string, env: NodeJS.ProcessEnv): Promise<Started> {
  const beganMs = performance.now();
  const child = spawn('npm', ['start'], { cwd: dir, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = () => signal(child, 'SIGKILL');
  process.once('exit', kill);
  try {
    const { origin, stepsS } = await waitUntilReady(child);
    const readyMs = performance.now() - beganMs;
    await waitUntilHealthy(origin, env['CONCLAVE_DATA_DIR'] ?? '');
    const healthyMs = performance.now() - beganMs;
    const spentMs = await processorMsOfTree(child.pid ?? 0);
    return { readyMs, healthyMs, processorMs: spentMs, endMs: await end(child), stepsS };
  } finally {
    kill();
    process.removeListener('exit', kill);
  }
}

/** As a terminal does it for Ctrl-C: to all of its group. */
function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  process.kill(-child.pid, name);
}

async function end(child: ChildProcess): Promise<number> {
  const beganMs = performance.now();
  const closed = once(child, 'close');
  signal(child, 'SIGINT');
  if ((await Promise.race([closed, delay(END_TIMEOUT_MS, undefined, { ref: false })])) === undefined)
    throw new Error(`it runs ${END_TIMEOUT_MS / 1000} s after Ctrl-C`);
  return performance.now() - beganMs;
}

function waitUntilReady(child: ChildProcess): Promise<{ origin: string; stepsS: Record<string, number> }> {
  const lines: string[] = [];
  const stepsS: Record<string, number> = {};
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready after ${READY_TIMEOUT_MS / 60_000} minutes`)), READY_TIMEOUT_MS);
    const settle = (act: () => void) => {
      clearTimeout(timer);
      act();
    };
    const onLine = (line: string) => {
      lines.push(line);
      const [, step, seconds] = /^([\w ]+): .* in ([\d.]+) s$/.exec(line) ?? [];
      if (step !== undefined) stepsS[step] = Number(seconds);
      const origin = /^ready (\S+)/.exec(line)?.[1];
      if (origin !== undefined) settle(() => resolve({ origin, stepsS }));
    };
    for (const stream of [child.stdout, child.stderr]) if (stream) createInterface({ input: stream }).on('line', onLine);
    child.once('error', (error) => settle(() => reject(error)));
    child.once('exit', (code) => settle(() => reject(new Error(`ended with ${code} before it was ready:\n${lines.join('\n')}`))));
  });
}

async function waitUntilHealthy(origin: string, dataDir: string): Promise<void> {
  using http = httpsClient(origin, await readFile(join(dataDir, 'tls/ca.pem'), 'utf8'), { timeoutMs: HEALTHY_TIMEOUT_MS });
  for (let waitedMs = 0; waitedMs < HEALTHY_TIMEOUT_MS; waitedMs += 20) {
    const { status } = await http.ask('GET', '/healthz');
    if (status === 200) return;
    await delay(20);
  }
  throw new Error(`it says that it is ready, and /healthz does not`);
}
