import type { Quality } from '@conclave/protocol/media-api/internal';
import type { Timers } from '@conclave/runtime/timers';

const RANK = { good: 0, fair: 1, poor: 2 } as const satisfies Record<Quality, number>;
const EVERY_MS = 2000;

/** What is known of one participant's connection. Scores are mediasoup's, 0 (nothing arrives) to 10; the worker sends them when they change. */
export interface Measured {
  /** One per stream that the participant should be sending now. */
  uplinkScores: readonly number[];
  /** One per stream that it should be receiving now. */
  downlinkScores: readonly number[];
  /** ICE lost the path. */
  disconnected: boolean;
}

/** How good a connection is. mediasoup's score is about 10 × (share of packets that arrived)⁴: 8 is 5 % loss, 5 is 16 %. */
export function decideQuality({ uplinkScores, downlinkScores, disconnected }: Measured): Quality {
  if (disconnected) return 'poor';
  const score = Math.min(...uplinkScores, mean(downlinkScores));
  if (score >= 8) return 'good';
  return score >= 5 ? 'fair' : 'poor';
}

function mean(scores: readonly number[]): number {
  return scores.length === 0 ? 10 : scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

/** Follows the quality of participants without polling: only those that were marked are looked at, together, every 2 s. */
export interface QualityWatch<P> {
  /** Something about this participant changed. */
  mark(participant: P): void;
  forget(participant: P): void;
  current(participant: P): Quality;
}

interface QualityOptions<P> {
  timers: Timers;
  measure(participant: P): Measured;
  announce(participant: P, quality: Quality): void;
}

/** Better is announced at the next look, worse when two looks agree, so that a camera that just started is not called poor. */
export function createQualityWatch<P>({ timers, measure, announce }: QualityOptions<P>): QualityWatch<P> {
  const announced = new Map<P, Quality>();
  const marked = new Map<P, { worseBefore: boolean }>();
  let scheduled = false;

  function look(): void {
    scheduled = false;
    for (const [participant, mark] of marked) lookAt(participant, mark);
    schedule();
  }

  function lookAt(participant: P, mark: { worseBefore: boolean }): void {
    const now = announced.get(participant) ?? 'good';
    const next = decideQuality(measure(participant));
    if (RANK[next] > RANK[now] && !mark.worseBefore) {
      mark.worseBefore = true;
      return;
    }
    marked.delete(participant);
    if (next === now) return;
    announced.set(participant, next);
    announce(participant, next);
  }

  function schedule(): void {
    if (scheduled || marked.size === 0) return;
    scheduled = true;
    timers.schedule(EVERY_MS, look);
  }

  return {
    mark(participant) {
      if (!marked.has(participant)) marked.set(participant, { worseBefore: false });
      schedule();
    },
    forget(participant) {
      announced.delete(participant);
      marked.delete(participant);
    },
    current: (participant) => announced.get(participant) ?? 'good',
  };
}
