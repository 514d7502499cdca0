/** What was measured of one subject with one number of subscribers, once. */
export interface Window {
  readonly subject: string;
  readonly subscribers: number;
  readonly repeat: number;
  readonly packetsPerS: number;
  readonly forwarded: number;
  /** Of those that should have been. Above `LOSS_LIMIT` the window says nothing and counts for nothing. */
  readonly lossRatio: number;
  /** CPU time of the media process for each packet that arrived. */
  readonly usPerPacket: number;
  /** The same by the kernel's ticks of 10 ms. */
  readonly usPerPacketByTicks?: number;
  /** CPU time of the process that tells the media process what to do, in the same time. */
  readonly controlUsPerPacket?: number;
  /** How late the publisher sent its frames, the 95th percentile. */
  readonly lateMs?: number;
  /** Of the machine, over a minute. */
  readonly load: number;
}

export const LOSS_LIMIT = 0.001;

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly windows: number;
  /** Left out, for packets were lost. */
  readonly lossy: number;
}

export interface Row {
  readonly subscribers: number;
  readonly packetsPerS: number;
  readonly usPerPacket: Readonly<Record<string, Spread>>;
  readonly controlUsPerPacket: number;
  /** Conclave's median by each other one's; of each repeat the ratio, and the median of these. */
  readonly ratioTo: Readonly<Record<string, Spread>>;
}

export function spread(values: readonly number[], lossy = 0): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = ((sorted[Math.floor(middle - 0.5)] ?? NaN) + (sorted[Math.ceil(middle - 0.5)] ?? NaN)) / 2;
  return { median: round(median), min: round(sorted[0]), max: round(sorted.at(-1)), windows: sorted.length, lossy };
}

function round(value = NaN): number {
  return Math.round(value * 100) / 100;
}

/** `own` is the subject that all others are compared with, pair by pair of the same repeat, so that what loads the machine for a while weighs on both. */
export function summarise(windows: readonly Window[], subscribers: number, own: string): Row {
  const here = windows.filter((window) => window.subscribers === subscribers);
  const subjects = [...new Set(here.map(({ subject }) => subject))];
  const good = here.filter(({ lossRatio }) => lossRatio <= LOSS_LIMIT);
  const of = (subject: string) => good.filter((window) => window.subject === subject);
  const ratios = (other: string) =>
    of(own).flatMap(({ repeat, usPerPacket }) => {
      const beside = of(other).find((window) => window.repeat === repeat);
      return beside ? [usPerPacket / beside.usPerPacket] : [];
    });
  const entries = subjects.map((subject) => {
    const kept = of(subject);
    const all = here.filter((window) => window.subject === subject).length;
    const values = kept.map(({ usPerPacket }) => usPerPacket);
    return [subject, spread(values, all - kept.length)] as const;
  });
  return {
    subscribers,
    packetsPerS: here[0]?.packetsPerS ?? 0,
    usPerPacket: Object.fromEntries(entries),
    controlUsPerPacket: spread(of(own).map(({ controlUsPerPacket = 0 }) => controlUsPerPacket)).median,
    ratioTo: Object.fromEntries(subjects.filter((subject) => subject !== own).map((other) => [other, spread(ratios(other))])),
  };
}
