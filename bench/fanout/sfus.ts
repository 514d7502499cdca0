import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from '@conclave/runtime/config';
import { descendants } from '@conclave/runtime/process-tree';
import { findMediaPorts, findTcpPort } from '@conclave/testkit/ports';
import type { SfuAddress } from './door.ts';
import { pinned } from './processes.ts';

export interface Sfu extends AsyncDisposable {
  readonly address: SfuAddress;
  /** The processes that carry media. */
  readonly mediaPids: readonly number[];
  /** The process that tells those what to do, where it is another. */
  readonly controlPid?: number;
}

/**
 * The address of this host that both SFUs take media on: Janus offers none of loopback. What goes there from here does not leave the host.
 * @throws Error when there is only loopback.
 */
function ownAddress(): string {
  const found = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal);
  if (!found) throw new Error('this host has no IPv4 address but loopback, which Janus does not offer');
  return found.address;
}

const START_TIMEOUT_MS = 30_000;
const END_TIMEOUT_MS = 5_000;

export interface ConclaveOptions {
  readonly cpu: number | undefined;
  readonly workers?: number;
  /** Consumers and participants that a worker carries before a session goes on with another. */
  readonly loadPerWorker?: number;
}

/** The media node as `conclave start` starts it, with one worker where nothing else is asked for. */
export async function startConclave({ cpu, workers = 1, loadPerWorker }: ConclaveOptions): Promise<Sfu> {
  await using began = new AsyncDisposableStack();
  const dataDir = began.adopt(await mkdtemp(join(tmpdir(), 'conclave-fanout-')), (path) => rm(path, { recursive: true }));
  const file = fileURLToPath(new URL('../../packages/media/src/main/media.ts', import.meta.url));
  const [program, args] = pinned(cpu, process.execPath, [file]);
  const env = childEnvironment({
    dataDir,
    host: 'localhost',
    announcedIps: ownAddress(),
    mediaPort: String(await findMediaPorts(workers)),
    mediaInternalPort: '0',
    mediaWorkers: String(workers),
    ...(loadPerWorker !== undefined && { consumersPerWorker: String(loadPerWorker) }),
    databaseUrl: null,
    logLevel: 'warn',
  });
  const child = spawn(program, args, { cwd: dataDir, env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  began.defer(() => end(child));
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the media node did not start')));
  ended.catch(() => undefined); // when it ends later
  const message = once(child, 'message', { signal: AbortSignal.timeout(START_TIMEOUT_MS) });
  const [ready] = (await Promise.race([message, ended])) as [{ url: string }]; // its first message
  const controlPid = child.pid ?? 0;
  const found = (await descendants(controlPid)).filter(({ command }) => command.includes('mediasoup-worker'));
  if (found.length !== workers) throw new Error(`the media node has ${found.length} workers`);
  const owned = began.move();
  return {
    address: { kind: 'conclave', url: ready.url, dataDir, sessionId: randomUUID() },
    mediaPids: found.map(({ pid }) => pid),
    controlPid,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const JANUS = '/usr/bin/janus';
const DEBIAN_LIBRARIES = '/usr/lib';

/** Debian's Janus with VideoRoom alone, its API on loopback, ICE-lite as a server with a public address is. `eventLoops` 0: a thread for each peer, its default. */
export async function startJanus(cpu: number | undefined, eventLoops: number): Promise<Sfu> {
  await using began = new AsyncDisposableStack();
  const folder = began.adopt(await mkdtemp(join(tmpdir(), 'conclave-fanout-')), (path) => rm(path, { recursive: true }));
  const [port, apiSecret] = [await findTcpPort(), randomBytes(16).toString('hex')];
  await writeJanusConfig(folder, { port, apiSecret, eventLoops });
  const [program, args] = pinned(cpu, JANUS, ['--configs-folder', folder, '--disable-colors']);
  // It knows nothing of us and would outlive a bench that is killed.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  began.defer(() => end(child));
  const deadlineMs = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(port))) {
    if (Date.now() > deadlineMs || child.exitCode !== null) throw new Error('Janus did not start');
    await sleep(100);
  }
  const owned = began.move();
  return {
    address: { kind: 'janus', url: `ws://127.0.0.1:${port}`, apiSecret },
    mediaPids: [child.pid ?? 0],
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Everything that the configuration does not name is as Janus has it by itself. */
async function writeJanusConfig(folder: string, { port, apiSecret, eventLoops }: { port: number; apiSecret: string; eventLoops: number }) {
  const libraries = await findJanusLibraries();
  const others = async (kind: string, kept: string) =>
    (await readdir(join(libraries, kind))).filter((name) => name.endsWith('.so') && name !== kept).join(',');
  const empty = join(folder, 'none');
  await mkdir(empty);
  await writeFile(
    join(folder, 'janus.jcfg'),
    `general: {
  configs_folder = "${folder}"
  plugins_folder = "${join(libraries, 'plugins')}"
  transports_folder = "${join(libraries, 'transports')}"
  events_folder = "${empty}"
  loggers_folder = "${empty}"
  debug_level = 2
  api_secret = "${apiSecret}"
  ${eventLoops > 0 ? `event_loops = ${eventLoops}` : ''}
}
nat: {
  ice_lite = true
  ice_enforce_list = "${ownAddress()}"
}
plugins: { disable = "${await others('plugins', 'libjanus_videoroom.so')}" }
transports: { disable = "${await others('transports', 'libjanus_websockets.so')}" }
`,
  );
  await writeFile(join(folder, 'janus.plugin.videoroom.jcfg'), 'general: {}\n');
  await writeFile(
    join(folder, 'janus.transport.websockets.jcfg'),
    `general: {\n  json = "compact"\n  ws = true\n  ws_port = ${port}\n  ws_ip = "127.0.0.1"\n  wss = false\n}\n`,
  );
}

async function findJanusLibraries(): Promise<string> {
  for (const name of await readdir(DEBIAN_LIBRARIES)) {
    const folder = join(DEBIAN_LIBRARIES, name, 'janus');
    if (existsSync(join(folder, 'plugins'))) return folder;
  }
  throw new Error('the plugins of Janus were not found');
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), END_TIMEOUT_MS);
  await ended;
  clearTimeout(killer);
}
