/** One process of a load test. Started by `workers.ts` with an IPC channel, of which `messages.ts` tells what is said. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { createLoadPeer, type LoadPeer } from './load-peer.ts';
import type { FromWorker, PeerResult, Progress, ToWorker } from './messages.ts';

const PROGRESS_MS = 1_000;
const TIMER_RESOLUTION_MS = 10;

const peers: LoadPeer[] = [];
const late = monitorEventLoopDelay({ resolution: TIMER_RESOLUTION_MS });
const joining = new AbortController();
let beganAtMs = 0;
let processorBefore = process.cpuUsage();

function tell(message: FromWorker): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()));
}

function begin({ plan, peers: plans }: Extract<ToWorker, { kind: 'begin' }>): void {
  beganAtMs = performance.now();
  processorBefore = process.cpuUsage();
  late.enable();
  for (const one of plans) {
    const peer = createLoadPeer(plan, one);
    peers.push(peer);
    void joinInTime(peer, one.joinAtMs);
  }
  setInterval(() => void tell({ kind: 'progress', progress: summarise(peers.map((peer) => peer.result())) }), PROGRESS_MS);
}

async function joinInTime(peer: LoadPeer, atMs: number): Promise<void> {
  try {
    await delay(Math.max(0, atMs - (performance.timeOrigin + performance.now())), undefined, { signal: joining.signal });
  } catch {
    return; // the test ends before
  }
  await peer.join();
  const { stayMs } = peer.plan;
  if (stayMs === null) return;
  await delay(stayMs);
  await peer.leave();
}

function summarise(results: readonly PeerResult[]): Progress {
  const sum = (of: (result: PeerResult) => number) => results.reduce((total, result) => total + of(result), 0);
  const streams = (result: PeerResult, name: 'expected' | 'lost') => result.streams.reduce((total, stream) => total + stream[name], 0);
  return {
    begun: sum(({ pressedAtMs }) => Number(pressedAtMs !== null)),
    joined: sum(({ joinedAtMs }) => Number(joinedAtMs !== null)),
    failed: sum(({ failure }) => Number(failure !== null)),
    expectedPackets: sum((result) => streams(result, 'expected')),
    lostPackets: sum((result) => streams(result, 'lost')),
    sentBytes: sum(({ traffic }) => traffic.sent.rtp.bytes),
    receivedBytes: sum(({ traffic }) => traffic.received.rtp.bytes),
  };
}

function lateMs(measuredNs: number): number {
  return late.count === 0 ? 0 : Math.max(0, measuredNs / 1e6 - TIMER_RESOLUTION_MS);
}

async function end(): Promise<void> {
  const { user, system } = process.cpuUsage(processorBefore);
  late.disable();
  const results = peers.map((peer) => peer.result());
  await tell({
    kind: 'result',
    result: {
      peers: results,
      skippedFrames: results.reduce((sum, { skippedFrames }) => sum + skippedFrames, 0),
      cpuRatio: (user + system) / 1000 / (performance.now() - beganAtMs),
      residentBytes: process.memoryUsage.rss(),
      timersLateP99Ms: lateMs(late.percentile(99)),
      timersLateMaxMs: lateMs(late.max),
    },
  });
  await Promise.all(peers.map((peer) => peer.leave()));
  process.exit(0);
}

process.on('message', (message: ToWorker) => {
  if (message.kind === 'begin') begin(message);
  if (message.kind === 'quiet') {
    joining.abort();
    for (const peer of peers) peer.fallSilent();
  }
  if (message.kind === 'end') void end();
});
// Ctrl-C in a terminal reaches every process of its group; the parent asks for the result.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(1));
void tell({ kind: 'ready' });
