import { randomInt } from 'node:crypto';
import type { ParticipantId, ProducerId } from '@conclave/protocol/ids';
import type { ConsumerView } from '@conclave/protocol/media-api/public';
import type { MediaKind, MediaSource } from '@conclave/protocol/media-api/rtp';
import { createReception, type Reception } from './reception.ts';
import { reportTimesIn, writeNack, writeReceiverReports } from './rtcp.ts';
import { isRtcp, ssrcOf } from './rtp-packet.ts';

/** What arrived of one stream, decrypted. */
export interface Arrivals {
  /** null: of no consumer that this peer knows. */
  readonly of: { readonly participantId: ParticipantId; readonly producerId: ProducerId; readonly source: MediaSource } | null;
  readonly kind: MediaKind | null;
  readonly packets: number;
  /** RTP headers included. */
  readonly bytes: number;
  /** By `performance.now()`; 0 before the first. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly reception: Reception;
}

/** What a receiver has asked for again. */
export interface NacksSent {
  /** Generic NACKs (RFC 4585 §6.2.1). */
  readonly sent: number;
  /** Packets that they named. */
  readonly packets: number;
}

/** Takes what comes of a transport, asks for what is missing, and reports to the node, as a browser does. */
export interface ReceiveSide extends Disposable {
  /** By SSRC. */
  readonly arrivals: ReadonlyMap<number, Arrivals>;
  readonly nacks: NacksSent;
  take(packet: Buffer): void;
  /** Tells of whom streams are. */
  expect(consumers: readonly ConsumerView[]): void;
}

const LOOK_MS = 30;
const REPORT_MS = 1_000;

/** @param send RTCP towards the node */
export function openReceiveSide(send: (packet: Buffer) => boolean): ReceiveSide {
  const own = randomInt(1, 2 ** 32);
  const arrivals = new Map<number, { -readonly [K in keyof Arrivals]: Arrivals[K] }>();
  const heard = new Map<number, { middle: number; atMs: number }>();
  const nacks = { sent: 0, packets: 0 };
  let reporting: NodeJS.Timeout | undefined;
  /** While something is missing, so that a thousand peers do not wake thirty times a second each for nothing. */
  let looking: NodeJS.Timeout | undefined;

  function arrivalsOf(ssrc: number) {
    const present = arrivals.get(ssrc);
    if (present) return present;
    const made = { of: null, kind: null, packets: 0, bytes: 0, firstAtMs: 0, lastAtMs: 0, reception: createReception() };
    arrivals.set(ssrc, made);
    return made;
  }

  function look(): void {
    const nowMs = performance.now();
    let isWaiting = false;
    for (const [ssrc, { reception }] of arrivals) {
      const overdue = reception.takeOverdue(nowMs);
      isWaiting ||= reception.isWaiting(nowMs);
      if (overdue.length === 0 || !send(writeNack(own, ssrc, overdue))) continue;
      nacks.sent += 1;
      nacks.packets += overdue.length;
    }
    if (isWaiting) return;
    clearInterval(looking);
    looking = undefined;
  }

  function report(): void {
    const nowMs = performance.now();
    const blocks = [...arrivals].flatMap(([ssrc, { packets, reception }]) => {
      const of = heard.get(ssrc);
      const told = of && { middle: of.middle, delayMs: nowMs - of.atMs };
      return packets === 0 ? [] : [{ ssrc, ...reception.summarise(), heard: told }];
    });
    send(writeReceiverReports(own, blocks));
  }

  return {
    arrivals,
    nacks,
    take: (packet) => {
      const nowMs = performance.now();
      reporting ??= setInterval(report, REPORT_MS);
      if (isRtcp(packet)) {
        for (const { ssrc, middle } of reportTimesIn(packet)) heard.set(ssrc, { middle, atMs: nowMs });
        return;
      }
      const ssrc = ssrcOf(packet);
      if (ssrc === undefined) return;
      const counted = arrivalsOf(ssrc);
      if (counted.packets === 0) counted.firstAtMs = nowMs;
      counted.packets += 1;
      counted.bytes += packet.length;
      counted.lastAtMs = nowMs;
      counted.reception.take(packet, nowMs);
      if (looking === undefined && counted.reception.isWaiting(nowMs)) looking = setInterval(look, LOOK_MS);
    },
    expect: (consumers) => {
      for (const { participantId, producerId, source, kind, rtpParameters } of consumers) {
        for (const { ssrc } of rtpParameters.encodings ?? []) {
          if (ssrc === undefined) continue;
          const counted = arrivalsOf(ssrc);
          counted.of = { participantId, producerId, source };
          counted.kind = kind;
          counted.reception.clockRate = rtpParameters.codecs[0]?.clockRate;
        }
      }
    },
    [Symbol.dispose]: () => {
      clearInterval(reporting);
      clearInterval(looking);
    },
  };
}
