import type { Quality } from '@conclave/protocol/media-api/internal';
import type { MediaPath } from './media-path.ts';

const LOOK_EVERY_MS = 3_000;

/** Judges the path of now every 3 s while somebody looks at the page, until the returned function is called. */
export function watchQuality(path: () => MediaPath | null, onQuality: (quality: Quality) => void): () => void {
  let before: { path: MediaPath; counters: PathCounters } | null = null;
  let stopped = false;
  const look = async (now: MediaPath) => {
    const counters = countPath(await Promise.all(now.transports.map((transport) => transport.getStats())));
    if (stopped || now !== path()) return;
    if (before?.path === now) onQuality(judgeQuality(before.counters, counters));
    before = { path: now, counters };
  };
  const timer = setInterval(() => {
    const now = path();
    if (now === null || document.hidden) return;
    look(now).catch(() => {}); // closed while we looked
  }, LOOK_EVERY_MS);
  return () => {
    stopped = true;
    clearInterval(timer);
  };
}

/** Sums since the beginning of a media path, and the newest round trip. */
export interface PathCounters {
  packetsReceived: number;
  packetsLost: number;
  roundTripMs: number | null;
  sentLossRatio: number;
}

/** One's own connection between two looks: the worst of what one receives, what one sends, and the round trip. */
export function judgeQuality(before: PathCounters, now: PathCounters): Quality {
  const received = now.packetsReceived - before.packetsReceived;
  const lost = Math.max(0, now.packetsLost - before.packetsLost);
  const lossRatio = Math.max(received + lost === 0 ? 0 : lost / (received + lost), now.sentLossRatio);
  const roundTripMs = now.roundTripMs ?? 0;
  if (lossRatio > 0.08 || roundTripMs > 600) return 'poor';
  return lossRatio > 0.03 || roundTripMs > 300 ? 'fair' : 'good';
}

/** Adds up the browser's reports of both connections. */
export function countPath(reports: readonly RTCStatsReport[]): PathCounters {
  const counters: PathCounters = { packetsReceived: 0, packetsLost: 0, roundTripMs: null, sentLossRatio: 0 };
  for (const report of reports) {
    // RTCStatsReport is typed as a map to any; each entry is narrowed by its `type` and number() below.
    report.forEach((entry: Record<string, unknown>) => {
      if (entry.type === 'inbound-rtp') {
        counters.packetsReceived += number(entry.packetsReceived);
        counters.packetsLost += number(entry.packetsLost);
      }
      if (entry.type === 'remote-inbound-rtp') counters.sentLossRatio = Math.max(counters.sentLossRatio, number(entry.fractionLost));
      if (entry.type === 'candidate-pair' && entry.nominated === true && entry.currentRoundTripTime !== undefined) {
        counters.roundTripMs = Math.max(counters.roundTripMs ?? 0, number(entry.currentRoundTripTime) * 1000);
      }
    });
  }
  return counters;
}

function number(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
