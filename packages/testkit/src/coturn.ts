import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTcpPort } from './ports.ts';

export const COTURN_IS_INSTALLED = existsSync('/usr/bin/turnserver');

export interface Coturn extends AsyncDisposable {
  /** Its tcp-proxy-port, on loopback. */
  readonly port: number;
  /** What it has said so far. */
  output(): string;
}

/** Debian's coturn as an operator puts it behind the front: it takes nothing but streams with a PROXY header. `access` says for whom. */
export async function startCoturn(access: readonly string[]): Promise<Coturn> {
  await using began = new AsyncDisposableStack();
  const folder = began.adopt(await mkdtemp(join(tmpdir(), 'conclave-coturn-')), (path) => rm(path, { recursive: true, force: true }));
  const [port, proxyPort] = [await findTcpPort(), await findTcpPort()];
  const args = ['-n', '--listening-ip=127.0.0.1', '--relay-ip=127.0.0.1', `--listening-port=${port}`, `--tcp-proxy-port=${proxyPort}`];
  const files = ['--log-file=stdout', '--simple-log', `--pidfile=${join(folder, 'pid')}`, `--userdb=${join(folder, 'db')}`];
  const coturn = spawn('turnserver', [...args, '--realm=meet.test', '--no-cli', '--verbose', ...access, ...files], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: folder,
  });
  let output = '';
  for (const stream of [coturn.stdout, coturn.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  began.defer(async () => {
    const ended = once(coturn, 'exit');
    coturn.kill('SIGKILL');
    await ended;
  });
  const deadlineMs = Date.now() + 20_000;
  while (!(await listens(proxyPort))) {
    if (Date.now() > deadlineMs) throw new Error(`coturn does not listen:\n${output}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const ends = began.move();
  return { port: proxyPort, output: () => output, [Symbol.asyncDispose]: () => ends.disposeAsync() };
}

const listens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connectTcp(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
