/** One report block as it goes into a receiver report (RFC 3550 §6.4.1); `jitter` in units of the clock. */
export interface ReceptionSummary {
  /** Of the last 256 packets or so: lost of expected since the summary before, in 256ths. */
  readonly fractionLost: number;
  /** Of all; negative never, because what comes twice counts once. */
  readonly lost: number;
  /** How often the sequence number wrapped, in the upper half. */
  readonly highestSequence: number;
  readonly jitter: number;
}

/**
 * How one stream of RTP arrives (RFC 3550 appendix A). What was asked for again and then came is not lost; how long that took is no jitter.
 * Packets are taken to be authentic: whatever gap is between two of them, what lies in it was sent.
 */
export interface Reception {
  /** Distinct packets. */
  readonly received: number;
  /** From the first sequence number to the highest. */
  readonly expected: number;
  /** `expected - received` */
  readonly lost: number;
  readonly duplicates: number;
  /** Came after they had been asked for. */
  readonly recovered: number;
  /** NaN while the clock rate is not known. */
  readonly jitterMs: number;
  /** Hz, of the codec. */
  clockRate: number | undefined;
  /** @param nowMs when it came, by a clock that never goes back */
  take(packet: Buffer, nowMs: number): void;
  /** The sequence numbers that are to be asked for now: each when it has been missing for a while, and a few times at most. */
  takeOverdue(nowMs: number): number[];
  /** Whether something is missing that is to be asked for, now or soon. */
  isWaiting(nowMs: number): boolean;
  /** For the next receiver report; its fraction counts from the one before. */
  summarise(): ReceptionSummary;
}

interface Gap {
  readonly sinceMs: number;
  asked: number;
  askedAtMs: number;
}

/** What is only overtaken comes within this. */
const REORDERING_MS = 20;
const ASK_AGAIN_MS = 150;
const MOST_ASKS = 3;
/** The node keeps packets for two seconds at most; a browser plays on long before. */
const GIVE_UP_MS = 1_000;
/** Of one stream at once; more is an outage that asking does not mend. */
const MOST_GAPS = 300;
/** A first packet may have been overtaken by as many (RFC 3550 A.1, MAX_MISORDER). */
const MOST_MISORDERED = 100;

/** Nothing has arrived yet. */
export function createReception(clockRate?: number): Reception {
  const gaps = new Map<number, Gap>();
  const sequence = { first: 0, highest: 0 };
  const counted = { received: 0, duplicates: 0, recovered: 0 };
  const before = { expected: 0, received: 0 };
  const clock = { rate: clockRate, lastAtMs: 0, lastTimestamp: 0, started: false, jitter: 0 };
  const expected = () => (counted.received === 0 ? 0 : sequence.highest - sequence.first + 1);

  function miss(from: number, to: number, nowMs: number): void {
    for (let missing = Math.max(from, to - MOST_GAPS + 1); missing <= to; missing++) {
      gaps.set(missing, { sinceMs: nowMs, asked: 0, askedAtMs: 0 });
    }
    for (const oldest of gaps.keys()) {
      if (gaps.size <= MOST_GAPS) break;
      gaps.delete(oldest);
    }
  }

  /** Behind the highest: overtaken, asked for, or a second time. Answers whether it is new. */
  function takeLate(extended: number, nowMs: number): boolean {
    const gap = gaps.get(extended);
    if (gap) {
      gaps.delete(extended);
      if (gap.asked > 0) counted.recovered += 1;
      return true;
    }
    if (extended >= sequence.first || sequence.first - extended > MOST_MISORDERED) return false;
    miss(extended + 1, sequence.first - 1, nowMs);
    sequence.first = extended;
    return true;
  }

  /** RFC 3550 A.8, in units of the clock; only what comes in order says something of the network. */
  function measure(timestamp: number, nowMs: number): void {
    if (clock.rate === undefined) return;
    if (clock.started) {
      const arrivals = ((nowMs - clock.lastAtMs) * clock.rate) / 1000;
      const difference = Math.abs(arrivals - ((timestamp - clock.lastTimestamp) | 0));
      clock.jitter += (difference - clock.jitter) / 16;
    }
    Object.assign(clock, { started: true, lastAtMs: nowMs, lastTimestamp: timestamp });
  }

  return {
    get received() {
      return counted.received;
    },
    get expected() {
      return expected();
    },
    get lost() {
      return expected() - counted.received;
    },
    get duplicates() {
      return counted.duplicates;
    },
    get recovered() {
      return counted.recovered;
    },
    get jitterMs() {
      return clock.rate === undefined ? Number.NaN : (clock.jitter / clock.rate) * 1000;
    },
    get clockRate() {
      return clock.rate;
    },
    set clockRate(rate) {
      clock.rate = rate;
    },
    take: (packet, nowMs) => {
      const short = packet.readUInt16BE(2);
      if (counted.received === 0) {
        // Above zero, so that what the first one overtook has a number too.
        sequence.first = sequence.highest = short + 0x10000;
      }
      const step = ((short - sequence.highest + 0x8000) & 0xffff) - 0x8000;
      const extended = sequence.highest + step;
      if (step > 0 || counted.received === 0) {
        if (step > 1) miss(sequence.highest + 1, extended - 1, nowMs);
        sequence.highest = extended;
        measure(packet.readUInt32BE(4), nowMs);
      } else if (!takeLate(extended, nowMs)) {
        counted.duplicates += 1;
        return;
      }
      counted.received += 1;
    },
    takeOverdue: (nowMs) => {
      const overdue: number[] = [];
      for (const [missing, gap] of gaps) {
        const waitedMs = nowMs - gap.sinceMs;
        const isDue = gap.asked === 0 ? waitedMs >= REORDERING_MS : nowMs - gap.askedAtMs >= ASK_AGAIN_MS;
        if (!isDue || gap.asked >= MOST_ASKS || waitedMs > GIVE_UP_MS) continue;
        gap.asked += 1;
        gap.askedAtMs = nowMs;
        overdue.push(missing & 0xffff);
      }
      return overdue;
    },
    isWaiting: (nowMs) => [...gaps.values()].some(({ asked, sinceMs }) => asked < MOST_ASKS && nowMs - sinceMs <= GIVE_UP_MS),
    summarise: () => {
      const [sinceExpected, sinceReceived] = [expected() - before.expected, counted.received - before.received];
      Object.assign(before, { expected: expected(), received: counted.received });
      const sinceLost = Math.max(0, sinceExpected - sinceReceived);
      return {
        fractionLost: sinceExpected <= 0 ? 0 : Math.min(255, Math.floor((sinceLost * 256) / sinceExpected)),
        lost: expected() - counted.received,
        highestSequence: (sequence.highest - 0x10000) >>> 0,
        jitter: Math.floor(clock.jitter),
      };
    },
  };
}
