import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { NetworkHost } from './network-namespaces.ts';
import { findMediaPorts, findTcpPort } from './ports.ts';

const repository = new URL('../../..', import.meta.url).pathname;

export interface InstallationOptions {
  /** Beside the defaults: a data directory of its own, free ports on loopback. */
  env?: Record<string, string>;
  dataDir?: string;
  /** Milliseconds until `ready`; a first start makes a database. */
  readyTimeoutMs?: number;
  /** Where all of it runs. Default: on this machine itself. */
  host?: Pick<NetworkHost, 'command'>;
}

/** A whole installation: the same processes that `npm start` runs, in a data directory of its own. */
export interface Installation extends AsyncDisposable {
  /** `https://localhost:PORT` */
  origin: string;
  /** Printed as long as nobody owns the installation. */
  ownerLink: string | null;
  dataDir: string;
  /** The first worker's; each further worker has the next one. */
  mediaPort: number;
  /** The supervisor; its descendants are the parts. */
  pid: number;
  /** What was printed so far. */
  output(): string;
  stop(): Promise<void>;
  /** Runs `conclave ARGS` against this installation; resolves with its standard output. */
  conclave(...args: string[]): Promise<string>;
}

function environment(options: InstallationOptions, dataDir: string, ports: Record<string, string>): NodeJS.ProcessEnv {
  return { ...process.env, CONCLAVE_ENV: 'test', CONCLAVE_DATA_DIR: dataDir, CONCLAVE_ANNOUNCED_IP: '127.0.0.1', ...ports, ...options.env };
}

async function waitUntilReady(child: ChildProcess, lines: string[], timeoutMs: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready in ${timeoutMs} ms:\n${lines.join('\n')}`)), timeoutMs);
    const settle = (action: () => void) => {
      clearTimeout(timer);
      action();
    };
    const onLine = (line: string) => {
      lines.push(line);
      // The owner link follows `ready` in the same write; one turn later it has been read too.
      if (line.startsWith('ready ')) setTimeout(() => settle(resolve), 300);
    };
    for (const stream of [child.stdout, child.stderr]) if (stream) createInterface({ input: stream }).on('line', onLine);
    child.once('exit', (code) => settle(() => reject(new Error(`ended with ${code} before it was ready:\n${lines.join('\n')}`))));
  });
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}

const here: Pick<NetworkHost, 'command'> = { command: (program, args = []) => ({ program, args: [...args] }) };

function run({ program, args }: ReturnType<NetworkHost['command']>, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: repository, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += String(chunk)));
    child.stderr.on('data', (chunk) => (stderr += String(chunk)));
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve(stdout) : reject(new Error(`conclave ended with ${code}: ${stderr}`))));
  });
}

const main = join(repository, 'packages/cli/src/main.ts');

interface Started {
  child: ChildProcess;
  /** Whatever it prints. */
  lines: string[];
  env: NodeJS.ProcessEnv;
  mediaPort: number;
}

async function startOnce(options: InstallationOptions, dataDir: string): Promise<Started> {
  const [httpsPort, httpPort, mediaPort] = [await findTcpPort(), await findTcpPort(), await findMediaPorts(4)];
  const env = environment(options, dataDir, {
    CONCLAVE_HTTPS_PORT: String(httpsPort),
    CONCLAVE_HTTP_PORT: String(httpPort),
    CONCLAVE_MEDIA_PORT: String(mediaPort),
  });
  const { program, args } = (options.host ?? here).command(process.execPath, [main, 'start']);
  const child = spawn(program, args, { cwd: repository, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  try {
    await waitUntilReady(child, lines, options.readyTimeoutMs ?? 60_000);
  } catch (error) {
    await endProcess(child);
    throw error;
  }
  return { child, lines, env, mediaPort };
}

/** What was a free port a moment ago may be anybody's by now: an outgoing connection is enough. */
const ATTEMPTS = 3;
const isPortTaken = (error: unknown) => error instanceof Error && error.message.includes('cannot listen on');

/** Starts `conclave start` and resolves when a meeting can be held. Dispose it: processes end, the data directory goes. */
export async function startInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'conclave-test-')));
  let started: Started | undefined;
  for (let attempt = 1; !started; attempt++)
    started = await startOnce(options, dataDir).catch((error: unknown) => {
      if (attempt === ATTEMPTS || !isPortTaken(error)) throw error;
      return undefined;
    });
  const { child, lines, env, mediaPort } = started;
  const { host = here } = options;
  const text = () => lines.join('\n');
  const stop = async () => {
    await endProcess(child);
  };
  return {
    origin: /^ready (\S+)/m.exec(text())?.[1] ?? '',
    ownerLink: /(https:\S+\/setup#token=\S+)/.exec(text())?.[1] ?? null,
    dataDir,
    mediaPort,
    pid: child.pid ?? 0,
    output: text,
    stop,
    conclave: (...args) => run(host.command(process.execPath, [main, ...args]), env),
    async [Symbol.asyncDispose]() {
      await stop();
      if (!options.dataDir) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
