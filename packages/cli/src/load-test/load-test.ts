import { setTimeout as delay } from 'node:timers/promises';
import { isErrorCode } from '@conclave/protocol/errors';
import { EntryReply } from '@conclave/protocol/rest/join';
import { httpsClient } from '../peer/https-client.ts';
import { decodable } from '../peer/native-peer.ts';
import { waitForEnd } from '../stop-signals.ts';
import { UsageError } from '../usage-error.ts';
import type { CrowdPlan, PeerPlan, Progress } from './messages.ts';
import { readPlan, type LoadPlan, type LoadTestOptions } from './plan.ts';
import { isComplete, makeReport, type LoadReport } from './report.ts';
import { reportText } from './report-text.ts';
import { watchProcesses, type ProcessWatch } from './server-processes.ts';
import { findTarget, type Target } from './target.ts';
import { startWorkers, type DeadWorker, type Workers } from './workers.ts';

const ENTRY_TIMEOUT_MS = 10_000;
const TICK_MS = 1_000;
/** Between lines where nobody looks at a terminal. */
const QUIET_TICKS = 5;
/** Until the processes of the generator have heard what to do. */
const HEAD_START_MS = 200;

/**
 * Sends people into a room and measures how they fare. Progress goes to standard error, the report to standard output.
 * Resolves with the exit code: 0 when everybody joined and received everything, 1 otherwise.
 */
export async function runLoadTest(options: LoadTestOptions): Promise<number> {
  const plan = readPlan(options);
  const target = await findTarget(plan.origin, { caFile: options.ca, isOwned: options['i-own-this-server'] ?? false });
  const entry = await lookAtDoor(plan, target);
  const ending = waitForEnd();
  process.channel?.unref(); // listening for the launcher's end must not keep this process from ending
  void ending.second.then(() => process.exit(130));
  const report = await measure(plan, { target, entry, isOwned: options['i-own-this-server'] ?? false, interrupted: ending.first });
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report));
  return isComplete(report) ? 0 : 1;
}

/** Asks what the page asks before somebody joins, once for all. @throws UsageError when nobody could join like this. */
async function lookAtDoor(plan: LoadPlan, target: Target): Promise<EntryReply> {
  using http = httpsClient(plan.origin, target.ca, { timeoutMs: ENTRY_TIMEOUT_MS });
  const body = { room: plan.room, ...(plan.token !== undefined && { token: plan.token }) };
  const reply = await http.ask('POST', '/api/entry', { body }).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${plan.origin} cannot be asked: ${error.message || error.code}${trustHint(error)}`);
  });
  if (reply.status !== 200) {
    const { code } = reply.body;
    throw new UsageError(`The room cannot be entered: ${isErrorCode(code) ? code : `HTTP ${reply.status}`}.`);
  }
  const entry = EntryReply.parse(reply.body);
  if (entry.needsPassword) throw new UsageError('The room has a password: give the load test a room of its own, or a token.');
  if (entry.waits) throw new UsageError('The room has a lobby, in which everybody would wait: give the load test a room without one.');
  if (plan.publishers > 0 && !(entry.may.microphone && (plan.audioOnly || entry.may.camera)))
    throw new UsageError(`As ${entry.role} one may not send ${entry.may.microphone ? 'a camera' : 'a microphone'} in this room.`);
  return entry;
}

function trustHint({ code = '' }: NodeJS.ErrnoException): string {
  return /CERT|SIGNATURE|ISSUER/.test(code) ? '. If its certificate comes from a CA of your own, name it with --ca FILE.' : '';
}

interface Surroundings {
  readonly target: Target;
  readonly entry: EntryReply;
  readonly isOwned: boolean;
  readonly interrupted: Promise<string>;
}

async function measure(plan: LoadPlan, { target, entry, isOwned, interrupted }: Surroundings): Promise<LoadReport> {
  const { installation } = target;
  const watch = 'dataDir' in installation ? await watchProcesses(installation.dataDir) : undefined;
  const onDead = ({ pid, peers: lost, how }: DeadWorker) =>
    void process.stderr.write(
      `${process.stderr.isTTY ? '\n' : ''}process ${pid} of the load generator died (${how}) with its ${lost} peers\n`,
    );
  using workers = await startWorkers(plan.processes, onDead);
  const beganAtMs = Date.now() + HEAD_START_MS;
  const peers = planPeers(plan, beganAtMs);
  const crowd: CrowdPlan = {
    ...plan,
    ca: target.ca,
    rtpCapabilities: entry.routerRtpCapabilities && decodable(entry.routerRtpCapabilities),
    onThisHostOnly: !isOwned,
  };
  workers.begin(crowd, peers);
  const rates = showProgress(workers, watch, { beganAtMs, lastJoinAtMs: peers.at(-1)?.joinAtMs ?? beganAtMs, asked: peers.length });
  const stopped = new AbortController();
  const endedBy = await Promise.race([
    delay(HEAD_START_MS + plan.seconds * 1000, 'time' as const, { signal: stopped.signal }),
    interrupted.then(() => 'interrupt' as const),
    workers.allDead.then(() => 'death of all processes' as const),
  ]);
  stopped.abort();
  const endedAtMs = Date.now();
  const bitrate = rates.stop();
  const finished = await workers.finish();
  const server = watch ? { processes: await watch.stop() } : { unknown: 'unknown' in installation ? installation.unknown : '' };
  return makeReport({ plan, beganAtMs, endedAtMs, endedBy, workers: finished, dead: workers.dead, bitrate, server });
}

/** Publishers first, so that whoever comes to listen finds somebody; all in even steps. */
function planPeers({ publishers, subscribers, joinsPerSecond, staySeconds }: LoadPlan, beganAtMs: number): PeerPlan[] {
  const kinds = [...Array<'publisher'>(publishers).fill('publisher'), ...Array<'subscriber'>(subscribers).fill('subscriber')];
  return kinds.map((kind, index) => ({
    kind,
    name: `Load ${kind} ${kind === 'publisher' ? index + 1 : index - publishers + 1}`,
    joinAtMs: beganAtMs + (index * 1000) / joinsPerSecond,
    stayMs: kind === 'publisher' || staySeconds === null ? null : staySeconds * 1000,
  }));
}

interface Times {
  readonly beganAtMs: number;
  readonly lastJoinAtMs: number;
  readonly asked: number;
}

/** The last to join need a moment until their media flows. */
const SETTLE_MS = 1_500;

/** Says how it goes, and knows at the end what flowed while everybody was there. */
function showProgress(
  workers: Workers,
  watch: ProcessWatch | undefined,
  { beganAtMs, lastJoinAtMs, asked }: Times,
): { stop(): LoadReport['bitrate'] } {
  const isTerminal = process.stderr.isTTY;
  let before: At = { progress: workers.progress(), atMs: Date.now() };
  let settled: At | undefined;
  let ticks = 0;
  const timer = setInterval(() => {
    const now: At = { progress: workers.progress(), atMs: Date.now() };
    if (!settled && now.atMs >= lastJoinAtMs + SETTLE_MS) settled = now;
    ticks += 1;
    if (!isTerminal && ticks % QUIET_TICKS !== 0) return;
    const line = progressLine(now, before, { seconds: (now.atMs - beganAtMs) / 1000, asked, cpu: watch?.newest() });
    process.stderr.write(isTerminal ? `\r${line.slice(0, (process.stderr.columns ?? 80) - 1)}\u001b[K` : `${line}\n`);
    before = now;
  }, TICK_MS);
  return {
    stop: () => {
      clearInterval(timer);
      if (isTerminal) process.stderr.write('\n');
      const now: At = { progress: workers.progress(), atMs: Date.now() };
      const since =
        settled && settled.atMs < now.atMs - TICK_MS ? settled : { progress: { sentBytes: 0, receivedBytes: 0 }, atMs: beganAtMs };
      return { sentBps: rate(now, since, 'sentBytes'), receivedBps: rate(now, since, 'receivedBytes') };
    },
  };
}

interface At<P = Progress> {
  readonly progress: P;
  readonly atMs: number;
}

function rate(now: At, before: At<Pick<Progress, 'sentBytes' | 'receivedBytes'>>, name: 'sentBytes' | 'receivedBytes'): number {
  const elapsedMs = Math.max(1, now.atMs - before.atMs);
  return Math.max(0, Math.round(((now.progress[name] - before.progress[name]) * 8000) / elapsedMs));
}

function progressLine(
  now: At,
  before: At,
  { seconds, asked, cpu }: { seconds: number; asked: number; cpu: ReadonlyMap<string, number> | undefined },
): string {
  const { joined, failed, expectedPackets, lostPackets } = now.progress;
  const megabits = (name: 'sentBytes' | 'receivedBytes') => `${(rate(now, before, name) / 1e6).toFixed(1)} Mbit/s`;
  const loss = expectedPackets === 0 ? '–' : `${((lostPackets / expectedPackets) * 100).toFixed(2)} %`;
  const busy = [...(cpu ?? [])].filter(([name]) => name !== 'supervisor').map(([name, ratio]) => `${name} ${(ratio * 100).toFixed(0)} %`);
  return [
    `${Math.max(0, seconds).toFixed(0).padStart(4)} s  joined ${joined}/${asked}${failed > 0 ? `, not ${failed}` : ''}`,
    `sent ${megabits('sentBytes')}`,
    `received ${megabits('receivedBytes')}`,
    `lost ${loss}`,
    ...(busy.length > 0 ? [`CPU: ${busy.join(', ')}`] : []),
  ].join('  ');
}
