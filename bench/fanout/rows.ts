import { spreadOf, type Spread } from '../common/spread.ts';
import { FRAMES_PER_S } from './packets.ts';

export const VARIANTS = ['plain', 'simulcast', 'loss', 'rooms', 'cores'] as const;
export type VariantName = (typeof VARIANTS)[number];

/** What was measured of one subject with one number of subscribers, once. */
export interface Window {
  readonly variant: VariantName;
  readonly subject: string;
  readonly subscribers: number;
  readonly repeat: number;
  /** Of each layer, the smallest first. */
  readonly packetsPerFrame: readonly number[];
  /** Distinct packets that arrived, by whatever way. */
  readonly forwarded: number;
  /** Lost on the way, not on purpose, of those that should have come. Above `LOSS_LIMIT` the window says nothing and counts for nothing. */
  readonly lossRatio: number;
  /** CPU time of the media processes for each of `forwarded`. */
  readonly usPerPacket: number;
  /** The same by the kernel's ticks of 10 ms. */
  readonly usPerPacketByTicks?: number;
  /** CPU time of the process that tells the media processes what to do, in the same time. */
  readonly controlUsPerPacket?: number;
  /** Of several media processes, the share of the one that worked most. */
  readonly busiestShare?: number;
  readonly repair?: RepairRatios;
  /** How late the publishers sent their frames, the 95th percentile. */
  readonly lateMs?: number;
  /** Of the machine, over a minute. */
  readonly load: number;
}

/** Of the packets that should have come, where clients drop some on purpose. */
export interface RepairRatios {
  /** Dropped retransmissions among them, and what an SFU sends only to find out how much gets through. */
  readonly dropped: number;
  /** Retransmissions that came and were not dropped. */
  readonly resent: number;
  /** Never came, though asked for. */
  readonly missing: number;
}

export const LOSS_LIMIT = 0.001;

export interface Row {
  readonly subscribers: number;
  /** That a subscriber receives, on average. */
  readonly packetsPerS: number;
  readonly usPerPacket: Readonly<Record<string, Spread>>;
  /** Windows that were left out, for packets were lost. */
  readonly lossyWindows: Readonly<Record<string, number>>;
  /** Of our own. */
  readonly controlUsPerPacket: number;
  /** Our own by each other one's; of each repeat the ratio, and the median of these. */
  readonly ratioTo: Readonly<Record<string, Spread>>;
  /** Medians of our own, where there are several media processes. */
  readonly busiestShare?: number;
  /** Means. */
  readonly repair?: Readonly<Record<string, RepairRatios>>;
}

/**
 * Of the windows of one variant with one number of subscribers. `own` is the subject that all others are compared with, pair by pair of the
 * same repeat, so that what loads the machine for a while weighs on both.
 */
export function summarise(windows: readonly Window[], own: string): Row {
  const subjects = [...new Set(windows.map(({ subject }) => subject))];
  const good = windows.filter(({ lossRatio }) => lossRatio <= LOSS_LIMIT);
  const of = (subject: string) => good.filter((window) => window.subject === subject);
  const ratios = (other: string) =>
    of(own).flatMap(({ repeat, usPerPacket }) => {
      const beside = of(other).find((window) => window.repeat === repeat);
      return beside ? [usPerPacket / beside.usPerPacket] : [];
    });
  const each = <T>(names: readonly string[], pick: (subject: string) => T) => Object.fromEntries(names.map((name) => [name, pick(name)]));
  const spread = (values: readonly number[]) => spreadOf(values, 2);
  const lossy = (subject: string) => windows.filter((window) => window.subject === subject).length - of(subject).length;
  const [first] = windows;
  const shares = of(own).flatMap(({ busiestShare }) => busiestShare ?? []);
  return {
    subscribers: first?.subscribers ?? 0,
    packetsPerS: meanOf(first?.packetsPerFrame ?? []) * FRAMES_PER_S,
    usPerPacket: each(subjects, (subject) => spread(of(subject).map(({ usPerPacket }) => usPerPacket))),
    lossyWindows: each(subjects, lossy),
    controlUsPerPacket: spread(of(own).map(({ controlUsPerPacket = 0 }) => controlUsPerPacket)).median,
    ratioTo: each(
      subjects.filter((subject) => subject !== own),
      (other) => spread(ratios(other)),
    ),
    ...(shares.length > 0 && { busiestShare: spread(shares).median }),
    ...(windows.some(({ repair }) => repair) && { repair: each(subjects, (subject) => meanRepair(of(subject))) }),
  };
}

/** Means and not medians, so that what was dropped, came again and never came are of the same windows. */
function meanRepair(windows: readonly Window[]): RepairRatios {
  const mean = (of: keyof RepairRatios) => meanOf(windows.map(({ repair }) => repair?.[of] ?? 0));
  return { dropped: mean('dropped'), resent: mean('resent'), missing: mean('missing') };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
