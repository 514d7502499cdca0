/**
 * What a Mbit/s of TURN over TLS costs in CPU through the front, beside HAProxy doing the same by content inspection (deploy/haproxy). Both get the
 * same streams by turns; each packet comes back and is counted, so that a lost byte shows. Needs Debian's haproxy; Linux.
 * `npm run bench -- front [--seconds 10] [--rounds 2] [--streams 8] [--mbitPerS 2]`; `--seconds 1800 --rounds 1 --streams 1` is the long form.
 */
import { execFileSync, fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect as connectTcp, createServer, type AddressInfo } from 'node:net';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FRONT_ALPN, openFront } from '@conclave/runtime/front/front';
import { trustedProxies } from '@conclave/runtime/front/trusted-proxies';
import type { TurnPolicy } from '@conclave/runtime/front/turn-guard';
import { buildHttpsServer } from '@conclave/runtime/https-server';
import { createLog } from '@conclave/runtime/log';
import { systemTimers } from '@conclave/runtime/timers';
import { findTcpPort } from '@conclave/testkit/ports';

const PACKET_BYTES = 1_200;
/** `sysconf(_SC_CLK_TCK)`, 100 on every Linux that Node runs on. */
const TICKS_PER_S = 100;
const PROXY_HEADER_BYTES = 28;
/** What begins a stream and shows a name, as the front wants it (RFC 8489 §5): Allocate with USERNAME. */
const ALLOCATE = Buffer.from(`000300082112a442${'07'.repeat(12)}00060004${Buffer.from('anna').toString('hex')}`, 'hex');
const ANYWHERE: TurnPolicy = { admit: () => ({ reaches: () => true, ended: () => undefined }) };

interface Measured {
  readonly cpuS: number;
  readonly mbit: number;
  readonly lostBytes: number;
}

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '2' },
    streams: { type: 'string', default: '8' },
    mbitPerS: { type: 'string', default: '2' },
    serve: { type: 'string' },
  },
});
if (values.serve === undefined) await measureBoth();
else await serveFront(JSON.parse(values.serve) as FrontProcess); // written by `startFront` below

interface FrontProcess {
  key: string;
  cert: string;
  port: number;
  turnPort: number;
}

/** The front in a process of its own, so that its CPU can be told from the load's. */
async function serveFront({ key, cert, port, turnPort }: FrontProcess): Promise<void> {
  const log = createLog({ logLevel: 'warn' }, 'front');
  const app = buildHttpsServer({ log, tls: { key, cert }, alpn: FRONT_ALPN });
  openFront(app.server, { log, timers: systemTimers, trusted: trustedProxies([]), turn: { port: turnPort, policy: ANYWHERE } });
  await app.listen({ host: '127.0.0.1', port });
}

async function measureBoth(): Promise<void> {
  const [seconds, rounds, streams, mbitPerS] = [values.seconds, values.rounds, values.streams, values.mbitPerS].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  await using began = new AsyncDisposableStack();
  const folder = began.adopt(await mkdtemp(join(tmpdir(), 'conclave-bench-')), (path) => rm(path, { recursive: true }));
  const { key, cert } = await makeCertificate(folder);
  const turnPort = await startEcho(began);
  const doors = {
    front: await startFront(began, { key, cert, port: await findTcpPort(), turnPort }),
    haproxy: await startHaproxy(began, { folder, key, cert, turnPort }),
  };
  const runs: ({ door: string; round: number } & Measured)[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const [door, { port, pid }] of Object.entries(doors)) {
      const measured = await carry({ port, pid, ca: cert, seconds, streams, bytesPerS: (mbitPerS * 1e6) / 8 });
      runs.push({ door, round, ...measured });
      console.log(`round ${round}, ${door.padEnd(7)}: ${describe(measured)}`);
    }
  }
  const rows = Object.keys(doors).map((door) => ({ door, ...sum(runs.filter((run) => run.door === door)) }));
  for (const row of rows)
    console.log(`${row.door.padEnd(7)}: ${row.cpuPercentPerMbitPerS} % of a core for each Mbit/s, ${row.lostBytes} bytes lost`);
  const [front, haproxy] = rows;
  const ratio = Math.round(((front?.cpuPercentPerMbitPerS ?? 0) / (haproxy?.cpuPercentPerMbitPerS ?? 1)) * 10) / 10;
  console.log(`the front costs ${ratio} times what HAProxy does`);
  const result = {
    seconds,
    rounds,
    streams,
    mbitPerSEachWay: mbitPerS,
    cores: availableParallelism(),
    load: loadavg()[0],
    rows,
    ratio,
    runs,
  };
  await mkdir(new URL('results/', import.meta.url), { recursive: true });
  await writeFile(new URL('results/front.json', import.meta.url), `${JSON.stringify(result, undefined, 2)}\n`);
}

async function makeCertificate(folder: string): Promise<{ key: string; cert: string }> {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const ask =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost';
  execFileSync('openssl', [...ask.split(' '), '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
}

/** Stands where coturn would: takes the PROXY header off and sends the rest back. */
async function startEcho(began: AsyncDisposableStack): Promise<number> {
  const server = createServer((socket) => {
    let toSkip = PROXY_HEADER_BYTES;
    socket.setNoDelay(true).on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      const skipped = Math.min(toSkip, chunk.length);
      toSkip -= skipped;
      socket.write(chunk.subarray(skipped));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  began.defer(() => void server.close());
  return (server.address() as AddressInfo).port; // it listens on TCP
}

async function startFront(began: AsyncDisposableStack, options: FrontProcess) {
  return startDoor(began, options.port, () => fork(fileURLToPath(import.meta.url), ['--serve', JSON.stringify(options)]));
}

async function startHaproxy(
  began: AsyncDisposableStack,
  { folder, key, cert, turnPort }: { folder: string; key: string; cert: string; turnPort: number },
) {
  const port = await findTcpPort();
  const shipped = await readFile(new URL('../deploy/haproxy/haproxy.cfg', import.meta.url), 'utf8');
  const text = shipped
    .replace('bind :443', `bind 127.0.0.1:${port}`)
    .replace('127.0.0.1:3480', `127.0.0.1:${turnPort}`)
    .replaceAll('/etc/haproxy', folder);
  await writeFile(join(folder, 'conclave.pem'), `${key}\n${cert}`);
  await writeFile(join(folder, 'conclave-ca.pem'), cert);
  await writeFile(join(folder, 'haproxy.cfg'), text);
  return startDoor(began, port, () =>
    spawn('/usr/sbin/haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], { stdio: ['ignore', 'ignore', 'inherit'] }),
  );
}

async function startDoor(began: AsyncDisposableStack, port: number, start: () => ChildProcess): Promise<{ port: number; pid: number }> {
  const child = start();
  began.defer(async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  });
  const deadlineMs = Date.now() + 30_000;
  while (!(await answers(port))) {
    if (Date.now() > deadlineMs || child.exitCode !== null) throw new Error(`nothing listens on ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { port, pid: child.pid ?? 0 };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

interface Load {
  port: number;
  pid: number;
  ca: string;
  seconds: number;
  streams: number;
  bytesPerS: number;
}

/** So many streams of packets, in time as media is, each both ways. */
async function carry({ port, pid, ca, seconds, streams, bytesPerS }: Load): Promise<Measured> {
  const sockets = await Promise.all(Array.from({ length: streams }, () => openStream(port, ca)));
  const packet = Buffer.alloc(PACKET_BYTES, 1);
  // As in a channel of TURN: ChannelData, RFC 8656 §12.4.
  packet.writeUInt32BE(0x40000000 + PACKET_BYTES - 4);
  const [cpuBeforeS, startMs] = [await cpuOf(pid), performance.now()];
  const count = { received: 0, sent: 0 };
  for (const socket of sockets) socket.on('data', (chunk: Buffer) => (count.received += chunk.length));
  const due = () => Math.min(seconds, (performance.now() - startMs) / 1000) * bytesPerS * streams;
  for (let index = 0; performance.now() - startMs < seconds * 1000;) {
    for (; count.sent < due(); count.sent += PACKET_BYTES) sockets[index++ % streams]?.write(packet);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const deadlineMs = performance.now() + 10_000;
  while (count.received < count.sent && performance.now() < deadlineMs) await new Promise((resolve) => setTimeout(resolve, 20));
  const cpuS = (await cpuOf(pid)) - cpuBeforeS;
  for (const socket of sockets) socket.destroy();
  return { cpuS, mbit: (count.sent * 8) / 1e6, lostBytes: count.sent - count.received };
}

async function openStream(port: number, ca: string): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca });
  await once(socket, 'secureConnect');
  socket.setNoDelay(true).write(ALLOCATE);
  for (let received = 0; received < ALLOCATE.length;) received += ((await once(socket, 'data')) as [Buffer])[0].length;
  return socket;
}

/** User and system time of a process so far (proc(5), fields 14 and 15). */
async function cpuOf(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}

function sum(runs: readonly Measured[]) {
  const add = (key: keyof Measured) => runs.reduce((total, run) => total + run[key], 0);
  const [cpuS, mbit, lostBytes] = [add('cpuS'), add('mbit'), add('lostBytes')];
  return { cpuS, mbit, lostBytes, cpuPercentPerMbitPerS: Math.round((cpuS / mbit) * 100_000) / 1000 };
}

function describe({ cpuS, mbit, lostBytes }: Measured): string {
  return `${cpuS.toFixed(2)} s of CPU for ${mbit.toFixed(0)} Mbit each way, ${lostBytes} bytes lost`;
}
