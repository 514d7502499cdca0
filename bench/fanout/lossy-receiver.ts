import { randomInt } from 'node:crypto';
import { openReceiveSide } from '@conclave/cli/peer/receive-side';
import { isRtcp, payloadBytesOf, ssrcOf } from '@conclave/cli/peer/rtp-packet';
import type { Subscriber } from './door.ts';
import { isLast } from './packets.ts';
import { createTransportFeedback, transportSequence } from './transport-feedback.ts';

/** What became of a stream since the last reset. */
export interface Repair {
  /** Sent for the first time and come, those among them that were then dropped. */
  originals: number;
  /** Treated as never come; retransmissions among them, and what an SFU sends only to find out how much gets through. */
  dropped: number;
  /** Retransmissions that came and were not dropped. */
  resent: number;
}

/** Drops some of what comes, and then does what a browser does: tells by transport-wide feedback, asks for it again by NACK, and reports once a second. */
export interface LossyReceiver extends Disposable {
  onPacket(packet: Buffer): void;
  readonly repair: Readonly<Repair>;
  reset(): void;
}

interface LossyOptions {
  readonly subscriber: Subscriber;
  /** Of all RTP packets; those of a window's last frame are spared, for nothing would show the gap. */
  readonly lossRatio: number;
  /** Takes what was not lost, each as it was sent the first time. */
  deliver(packet: Buffer): void;
}

/** As often as libwebrtc does by default. */
export const FEEDBACK_MS = 100;

export function createLossyReceiver({ subscriber, lossRatio, deliver }: LossyOptions): LossyReceiver {
  const { ssrc, rtxSsrc, sequenceExtension } = subscriber.numbers();
  const receiving = openReceiveSide(subscriber.send);
  const feedback = createTransportFeedback({ own: randomInt(1, 2 ** 32), media: ssrc });
  const repair: Repair = { originals: 0, dropped: 0, resent: 0 };
  const timer = setInterval(() => {
    const packet = feedback.take();
    if (packet) subscriber.send(packet);
  }, FEEDBACK_MS);

  /** What an SFU sends to find out how much gets through is in neither stream, or empty. */
  function takeMedia(packet: Buffer): void {
    const isOriginal = ssrcOf(packet) === ssrc;
    const original = isOriginal ? packet : ssrcOf(packet) === rtxSsrc ? restore(packet, ssrc) : undefined;
    if (!original) return;
    if (!isOriginal) repair.resent++;
    receiving.take(original);
    deliver(original);
  }

  return {
    repair,
    onPacket: (packet) => {
      if (isRtcp(packet)) return receiving.take(packet);
      if (ssrcOf(packet) === ssrc) repair.originals++;
      if (Math.random() < lossRatio && !isLast(packet)) {
        repair.dropped++;
        return;
      }
      const sequence = transportSequence(packet, sequenceExtension);
      if (sequence !== undefined) feedback.arrived(sequence, performance.now());
      takeMedia(packet);
    },
    reset: () => Object.assign(repair, { originals: 0, dropped: 0, resent: 0 }),
    [Symbol.dispose]: () => {
      clearInterval(timer);
      receiving[Symbol.dispose]();
    },
  };
}

/** The packet that a retransmission carries (RFC 4588 §4); undefined when it carries none. */
function restore(packet: Buffer, ssrc: number): Buffer | undefined {
  const payloadAt = packet.length - payloadBytesOf(packet);
  if (packet.length < payloadAt + 2) return undefined;
  const original = Buffer.concat([packet.subarray(0, payloadAt), packet.subarray(payloadAt + 2)]);
  original.writeUInt16BE(packet.readUInt16BE(payloadAt), 2);
  original.writeUInt32BE(ssrc, 8);
  return original;
}
