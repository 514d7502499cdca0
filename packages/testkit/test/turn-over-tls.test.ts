import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFrontSite, type FrontSite } from '../src/front-site.ts';
import { findTcpPort } from '../src/ports.ts';

const run = promisify(execFile);
const stack = new AsyncDisposableStack();
let site: FrontSite;
let output = '';

const CLIENT = '127.0.0.9';
const isInstalled = existsSync('/usr/bin/turnserver');

/** Debian's coturn as an operator would put it behind the front: it takes nothing but streams with a PROXY header. */
async function startCoturn(): Promise<number> {
  const folder = stack.adopt(await mkdtemp(join(tmpdir(), 'conclave-coturn-')), (path) => rm(path, { recursive: true, force: true }));
  const [port, proxyPort] = [await findTcpPort(), await findTcpPort()];
  const args = ['-n', '--listening-ip=127.0.0.1', '--relay-ip=127.0.0.1', `--listening-port=${port}`, `--tcp-proxy-port=${proxyPort}`];
  const access = ['--lt-cred-mech', '--user=tester:secret', '--realm=meet.test', '--allow-loopback-peers', '--no-cli', '--verbose'];
  const files = ['--log-file=stdout', '--simple-log', `--pidfile=${join(folder, 'pid')}`, `--userdb=${join(folder, 'db')}`];
  const coturn = spawn('turnserver', [...args, ...access, ...files], { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder });
  for (const stream of [coturn.stdout, coturn.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  stack.defer(async () => {
    const ended = once(coturn, 'exit');
    coturn.kill('SIGKILL');
    await ended;
  });
  const deadlineMs = Date.now() + 20_000;
  while (!(await listens(proxyPort))) {
    if (Date.now() > deadlineMs) throw new Error(`coturn does not listen:\n${output}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return proxyPort;
}

const listens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connectTcp(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

beforeAll(async () => {
  if (isInstalled) site = stack.use(await startFrontSite({ turnPort: await startCoturn() }));
});
afterAll(() => stack.disposeAsync());

describe.skipIf(!isInstalled)('[T7] TURN over TLS by real programs (skipped where the Debian package coturn is not installed)', () => {
  test("coturn's own client relays through the front, and coturn knows its address", async () => {
    const options = [
      '-t',
      '-S',
      '-L',
      CLIENT,
      '-p',
      String(site.port),
      '-u',
      'tester',
      '-w',
      'secret',
      '-y',
      '-n',
      '20',
      '-m',
      '2',
      '-l',
      '500',
    ];
    const { stdout } = await run('turnutils_uclient', [...options, '127.0.0.1'], { timeout: 90_000 });
    const [, sent = 0, received = 0] = (/: tot_send_msgs=(\d+), tot_recv_msgs=(\d+)$/m.exec(stdout) ?? []).map(Number);
    expect(sent).toBe(80);
    // It takes one message from each TLS record and drops a second one in it, also through HAProxy; what coturn counts is exact.
    expect(received).toBeGreaterThan(sent * 0.8);
    const peers = [...output.matchAll(/peer usage: .*<tester>, rp=(\d+), rb=(\d+), sp=(\d+), sb=(\d+)/g)].map(([, ...counts]) =>
      counts.map(Number),
    );
    // Its client may also open one that it does not use.
    const used = peers.filter((counts) => counts.some((count) => count > 0));
    expect(used).toEqual(Array.from({ length: 4 }, () => [20, 10_000, 20, 10_000]));
    // Not the front's own connection, which comes from 127.0.0.1: the client's, as the PROXY header told.
    const remotes = [...output.matchAll(/user <tester>.*remote (\d+\.\d+\.\d+\.\d+):\d+/g)].map(([, address]) => address);
    expect(new Set(remotes)).toEqual(new Set([CLIENT]));
  }, 120_000);
});
