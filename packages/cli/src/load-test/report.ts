import type { MediaKind } from '@conclave/protocol/media-api/rtp';
import { addFlows, type Traffic } from '../peer/srtp-path.ts';
import type { PeerResult, StreamResult } from './messages.ts';
import type { LoadPlan } from './plan.ts';
import type { ServerProcess } from './server-processes.ts';
import type { DeadWorker, FinishedWorker } from './workers.ts';

/** Nearest rank: each is a value that was measured. null where there is none. */
export interface Spread {
  readonly count: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/** How the streams of one kind arrived, all together. */
export interface KindReport {
  readonly streams: number;
  readonly packets: number;
  /** RTP headers included. */
  readonly bytes: number;
  readonly expectedPackets: number;
  readonly lostPackets: number;
  readonly lossRatio: number;
  readonly duplicatePackets: number;
  /** Came after they had been asked for again. */
  readonly recoveredPackets: number;
  /** One value for each stream, as it was at the end. */
  readonly jitterMs: Spread;
  /** Of one stream, from its first packet to its last. */
  readonly bitrateBps: Spread;
}

/** What `conclave load-test --json` prints. */
export interface LoadReport {
  readonly room: string;
  readonly origin: string;
  readonly beganAt: string;
  readonly lastedS: number;
  readonly endedBy: 'time' | 'interrupt' | 'death of all processes';
  readonly plan: Pick<
    LoadPlan,
    'publishers' | 'subscribers' | 'audioOnly' | 'videoBitrateBps' | 'seconds' | 'joinsPerSecond' | 'processes'
  >;
  readonly joins: {
    /** Pressed the button. */
    readonly begun: number;
    readonly joined: number;
    /** From the first button to the last media path. */
    readonly perSecond: number | null;
    /** By error code of the server. */
    readonly refused: Readonly<Record<string, number>>;
    /** By what the network or the client said. */
    readonly failed: Readonly<Record<string, number>>;
    /** From the button to the first media packet of somebody else. */
    readonly subscriberMs: Spread;
    /** From the button until the node took what is sent. */
    readonly publisherMs: Spread;
    /** Of all who joined: the ticket, while the connection is made; `room.join`; the media path. */
    readonly phasesMs: { readonly ticket: Spread; readonly room: Spread; readonly media: Spread };
  };
  /** What went wrong with those who had joined: `publish CODE`, `subscribe CODE`, `closed 4410`, `media path lost`. */
  readonly troubles: Readonly<Record<string, number>>;
  /** Of everybody who joined, each stream of each other publisher. */
  readonly streams: { readonly expected: number; readonly received: number };
  readonly audio: KindReport;
  readonly video: KindReport;
  readonly nacks: PeerResult['nacks'];
  /** Packets that the node says it never got from publishers. */
  readonly lostUpstreamPackets: number;
  /** Of all peers: RTP and RTCP without what SRTP adds to each packet. */
  readonly traffic: Traffic;
  /** RTP of all together, while everybody was there. */
  readonly bitrate: { readonly sentBps: number; readonly receivedBps: number };
  readonly server: { readonly processes: readonly ServerProcess[] } | { readonly unknown: string };
  readonly generator: {
    readonly processes: readonly Omit<FinishedWorker, 'peers'>[];
    readonly dead: readonly DeadWorker[];
  };
  readonly warnings: readonly string[];
}

/** What a test has measured. */
export interface Measured {
  readonly plan: LoadPlan;
  readonly beganAtMs: number;
  readonly endedAtMs: number;
  readonly endedBy: LoadReport['endedBy'];
  readonly workers: readonly FinishedWorker[];
  readonly dead: readonly DeadWorker[];
  readonly bitrate: LoadReport['bitrate'];
  readonly server: LoadReport['server'];
}

/** Timers that are later than a packet of audio lasts. */
const LATE_TIMERS_MS = 20;
/** Of one core: a process of JavaScript is near its end. */
const BUSY_RATIO = 0.9;

export function makeReport({ plan, beganAtMs, endedAtMs, endedBy, workers, dead, bitrate, server }: Measured): LoadReport {
  const peers = workers.flatMap((worker) => worker.peers);
  const { origin, room, token: _token, ...asked } = plan;
  const traffic = {
    sent: addFlows(...peers.map((peer) => peer.traffic.sent)),
    received: addFlows(...peers.map((peer) => peer.traffic.received)),
  };
  const report = {
    room,
    origin,
    beganAt: new Date(beganAtMs).toISOString(),
    lastedS: round((endedAtMs - beganAtMs) / 1000, 1),
    endedBy,
    plan: asked,
    joins: joinsOf(peers),
    troubles: tally(peers.flatMap((peer) => peer.troubles)),
    streams: countStreams(peers),
    audio: kindReport(peers, 'audio'),
    video: kindReport(peers, 'video'),
    nacks: addNacks(peers),
    lostUpstreamPackets: peers.reduce((sum, peer) => sum + peer.lostUpstream, 0),
    traffic,
    bitrate,
    server,
    generator: { processes: workers.map(({ peers: _peers, ...worker }) => worker), dead },
  };
  return { ...report, warnings: warningsOf(report) };
}

/** Whether all that was asked for came about; loss is for the reader to judge. */
export function isComplete({ joins, streams, generator, plan, troubles }: LoadReport): boolean {
  const everybody = joins.joined === plan.publishers + plan.subscribers;
  return everybody && streams.received === streams.expected && generator.dead.length === 0 && Object.keys(troubles).length === 0;
}

function joinsOf(peers: readonly PeerResult[]): LoadReport['joins'] {
  const joined = peers.filter((peer) => peer.joinedAtMs !== null);
  const began = Math.min(...peers.flatMap(({ pressedAtMs }) => pressedAtMs ?? []));
  const ended = Math.max(...joined.flatMap(({ joinedAtMs }) => joinedAtMs ?? []));
  const times = (kind: PeerResult['kind']) =>
    spread(joined.flatMap((peer) => (peer.kind === kind && peer.joinMs !== null ? [round(peer.joinMs, 1)] : [])));
  const phase = (name: 'ticket' | 'room' | 'media') =>
    spread(joined.flatMap(({ phasesMs }) => (phasesMs ? [round(phasesMs[name], 1)] : [])));
  const failures = (kind: 'refused' | 'failed') => tally(peers.flatMap(({ failure }) => (failure?.kind === kind ? [failure.text] : [])));
  return {
    begun: peers.filter(({ pressedAtMs }) => pressedAtMs !== null).length,
    joined: joined.length,
    perSecond: joined.length > 0 && ended > began ? round((joined.length * 1000) / (ended - began), 2) : null,
    refused: failures('refused'),
    failed: failures('failed'),
    subscriberMs: times('subscriber'),
    publisherMs: times('publisher'),
    phasesMs: { ticket: phase('ticket'), room: phase('room'), media: phase('media') },
  };
}

function countStreams(peers: readonly PeerResult[]): LoadReport['streams'] {
  const joined = peers.filter((peer) => peer.joinedAtMs !== null);
  const produced = new Set(peers.flatMap((peer) => peer.produced.map(({ id }) => id)));
  const received = ({ streams }: PeerResult) => new Set(streams.map(({ producerId }) => producerId).filter((id) => produced.has(id))).size;
  return {
    expected: joined.reduce((sum, peer) => sum + produced.size - peer.produced.length, 0),
    received: joined.reduce((sum, peer) => sum + received(peer), 0),
  };
}

function kindReport(peers: readonly PeerResult[], kind: MediaKind): KindReport {
  const streams = peers.flatMap((peer) => peer.streams.filter((stream) => stream.kind === kind));
  const sum = (of: (stream: StreamResult) => number) => streams.reduce((total, stream) => total + of(stream), 0);
  const [expectedPackets, lostPackets] = [sum(({ expected }) => expected), sum(({ lost }) => lost)];
  return {
    streams: streams.length,
    packets: sum(({ packets }) => packets),
    bytes: sum(({ bytes }) => bytes),
    expectedPackets,
    lostPackets,
    lossRatio: expectedPackets === 0 ? 0 : lostPackets / expectedPackets,
    duplicatePackets: sum(({ duplicates }) => duplicates),
    recoveredPackets: sum(({ recovered }) => recovered),
    jitterMs: spread(streams.map(({ jitterMs }) => round(jitterMs, 2))),
    bitrateBps: spread(streams.flatMap(({ bytes, lastedMs }) => (lastedMs > 0 ? [Math.round((bytes * 8000) / lastedMs)] : []))),
  };
}

function addNacks(peers: readonly PeerResult[]): PeerResult['nacks'] {
  const sum = (name: keyof PeerResult['nacks']) => peers.reduce((total, { nacks }) => total + nacks[name], 0);
  const [sent, sentPackets, received, receivedPackets, resent] = [
    sum('sent'),
    sum('sentPackets'),
    sum('received'),
    sum('receivedPackets'),
    sum('resent'),
  ];
  return { sent, sentPackets, received, receivedPackets, resent };
}

function warningsOf({ generator, joins, server }: Omit<LoadReport, 'warnings'>): string[] {
  const { processes } = generator;
  const late = Math.max(0, ...processes.map(({ timersLateP99Ms }) => timersLateP99Ms));
  const busy = Math.max(0, ...processes.map(({ cpuRatio }) => cpuRatio));
  const skipped = processes.reduce((sum, { skippedFrames }) => sum + skippedFrames, 0);
  const atLimit =
    'processes' in server ? server.processes.filter(({ name, cpuRatioMax }) => name !== 'PostgreSQL' && cpuRatioMax > BUSY_RATIO) : [];
  return [
    ...(late > LATE_TIMERS_MS || busy > BUSY_RATIO || skipped > 0
      ? [
          `The load generator itself was short of processor time (timers up to ${late.toFixed(0)} ms late, a process at ${(busy * 100).toFixed(0)} % of a core, ${skipped} frames never sent): ` +
            'jitter, loss and join times are partly its own. Run it on another host, with more --processes, or with fewer people.',
        ]
      : []),
    ...atLimit.map(({ name }) => `${name} was at the limit of one core.`),
    ...((joins.refused['rate_limited'] ?? 0) > 0
      ? [
          'The server lets one address join 600 times a minute at most; a load test is one address. Use a lower --join-rate, or several hosts.',
        ]
      : []),
  ];
}

/** Percentiles by nearest rank. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (percent: number) => sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? null;
  return { count: sorted.length, p50: at(50), p95: at(95), p99: at(99), max: at(100) };
}

/** The most frequent first. */
function tally(words: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return Object.fromEntries([...counts].toSorted(([, a], [, b]) => b - a));
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
