import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { httpsClient } from '@conclave/cli/peer/https-client';
import { decodable } from '@conclave/cli/peer/native-peer';
import { EntryReply } from '@conclave/protocol/rest/join';
import { runningPostmaster } from '@conclave/runtime/postgres';
import { descendants } from '@conclave/runtime/process-tree';
import { startInstallation, type Installation } from '@conclave/testkit/installation';
import { findTcpPort } from '@conclave/testkit/ports';
import type { CrowdPlace } from '../crowd/messages.ts';
import { processorMs } from './processor-time.ts';

/** Whose processor time is told apart. */
export const PARTS = ['server', 'media', 'worker', 'postgres', 'supervisor'] as const;
export type Part = (typeof PARTS)[number];
export type ByPart = Readonly<Record<Part, number>>;

/** A whole installation for people without browsers. */
export interface NativeSite extends AsyncDisposable {
  readonly installation: Installation;
  /** A new room's friendly url. */
  createRoom(settings: object): Promise<string>;
  roomToken(room: string, claims: object): Promise<string>;
  /** What people of that room must know. */
  placeOf(room: string): Promise<CrowdPlace>;
  /** The processes of each part. */
  pids(): Promise<Readonly<Record<Part, readonly number[]>>>;
  /** Processor time of each part so far, in milliseconds; all media workers together, and all of PostgreSQL. */
  processorMs(): Promise<ByPart>;
  /** How late the server's event loop was since this was last asked: of all looks of 10 ms, the 99th percentile. */
  eventLoopP99Ms(): Promise<number>;
}

const READY_TIMEOUT_MS = 115_000;
const LOOP_RESOLUTION_MS = 10;

/** @param settings of the installation, by variable */
export async function openNativeSite(settings: Record<string, string> = {}): Promise<NativeSite> {
  await using began = new AsyncDisposableStack();
  const metricsPort = await findTcpPort();
  const env = { CONCLAVE_METRICS_PORT: String(metricsPort), ...settings };
  const installation = began.use(await startInstallation({ readyTimeoutMs: READY_TIMEOUT_MS, env }));
  const { origin, dataDir } = installation;
  await installation.conclave('team', 'create', '--name', 'Bench', '--json');
  const made = await installation.conclave('key', 'create', '--team', 'Bench', '--json');
  const { developer_key: key } = JSON.parse(made) as { developer_key: string }; // as documented
  const ca = await readFile(join(dataDir, 'tls/ca.pem'), 'utf8');
  const http = began.use(httpsClient(origin, ca));
  const post = async (path: string, body: object) => {
    const reply = await http.ask('POST', `/api/v1${path}`, { body, headers: { authorization: `Bearer ${key}` } });
    if (reply.status !== 200) throw new Error(`POST ${path} was refused: ${reply.status} ${reply.text}`);
    return reply.body;
  };
  const ends = began.move();
  return {
    installation,
    createRoom: async (settings) => String((await post('/rooms', settings))['friendly_url']),
    roomToken: async (room, claims) => String((await post(`/rooms/${room}/token`, claims))['token']),
    placeOf: async (room) => {
      const reply = await http.ask('POST', '/api/entry', { body: { room } });
      if (reply.status !== 200) throw new Error(`the room cannot be entered: ${reply.status} ${reply.text}`);
      const { routerRtpCapabilities: all } = EntryReply.parse(reply.body);
      return { origin, ca, rtpCapabilities: all && decodable(all) };
    },
    pids: () => pidsByPart(installation),
    processorMs: () => processorByPart(installation),
    eventLoopP99Ms: () => readEventLoop(metricsPort),
    [Symbol.asyncDispose]: () => ends.disposeAsync(),
  };
}

async function pidsByPart({ pid, dataDir }: Installation): Promise<Record<Part, readonly number[]>> {
  const own = await descendants(pid);
  const postmaster = await runningPostmaster(dataDir);
  // It leads a session of its own, and may or may not descend from the supervisor.
  const postgres = postmaster === undefined ? [] : [postmaster, ...(await descendants(postmaster)).map((one) => one.pid)];
  const called = (program: string) => own.filter(({ command }) => command.includes(program)).map((one) => one.pid);
  return {
    server: called('main/server.ts'),
    media: called('main/media.ts'),
    worker: called('mediasoup-worker'),
    postgres,
    supervisor: [pid],
  };
}

async function processorByPart(installation: Installation): Promise<ByPart> {
  const pids = await pidsByPart(installation);
  const spent = PARTS.map(async (part) => [part, (await Promise.all(pids[part].map(processorMs))).reduce((sum, one) => sum + one, 0)]);
  return Object.fromEntries(await Promise.all(spent)) as ByPart; // each part once
}

/** What was spent while something was done. */
export interface Spent {
  readonly seconds: number;
  readonly processorMs: ByPart;
  readonly eventLoopP99Ms: number;
  /** Of all cores of the host, whatever ran there. */
  readonly hostBusyRatio: number;
}

export async function watch(site: NativeSite, act: () => Promise<unknown>): Promise<Spent> {
  await site.eventLoopP99Ms();
  const [before, hostBefore] = [await site.processorMs(), hostTime()];
  const beganMs = performance.now();
  await act();
  const seconds = (performance.now() - beganMs) / 1_000;
  const [after, hostAfter] = [await site.processorMs(), hostTime()];
  return {
    seconds,
    processorMs: eachPart((part) => after[part] - before[part]),
    eventLoopP99Ms: await site.eventLoopP99Ms(),
    hostBusyRatio: (hostAfter.busyMs - hostBefore.busyMs) / (hostAfter.allMs - hostBefore.allMs),
  };
}

/** Of all cores: busy and all milliseconds so far. */
function hostTime(): { busyMs: number; allMs: number } {
  const times = cpus().map(({ times: { user, nice, sys, irq, idle } }) => ({ busy: user + nice + sys + irq, idle }));
  const busyMs = times.reduce((sum, { busy }) => sum + busy, 0);
  return { busyMs, allMs: times.reduce((sum, { idle }) => sum + idle, busyMs) };
}

/** @param digits after the point */
export function eachPart(of: (part: Part) => number, digits = 0): ByPart {
  const round = (value: number) => Math.round(value * 10 ** digits) / 10 ** digits;
  return Object.fromEntries(PARTS.map((part) => [part, round(of(part))])) as unknown as ByPart; // each part once
}

export const coresOf = ({ seconds, processorMs: spent }: Spent): ByPart => eachPart((part) => spent[part] / seconds / 1_000, 3);

/** The run time's own metric, whose histogram begins anew when it is read; it holds what each look should have taken, too. */
async function readEventLoop(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const seconds = Number(/^nodejs_eventloop_lag_p99_seconds\S* (\S+)$/m.exec(text)?.[1]);
  return Math.max(0, seconds * 1_000 - LOOP_RESOLUTION_MS);
}
