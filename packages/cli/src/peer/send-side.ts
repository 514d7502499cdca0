import type { MadeStream } from './made-media.ts';
import { keyFramesAsked, nacksIn, reportBlocksIn, writeSenderReport, type ReportBlock } from './rtcp.ts';
import { isRtcp, payloadBytesOf } from './rtp-packet.ts';

/** What the node asked again of a sender. */
export interface NacksReceived {
  /** Generic NACKs (RFC 4585 §6.2.1). */
  readonly received: number;
  /** Packets that they named. */
  readonly packets: number;
  /** Of them, those that were still there to be sent again. */
  readonly resent: number;
}

/** Sends made-up streams and does what the node asks: key frames, and lost packets again, as a browser does. */
export interface SendSide extends Disposable {
  readonly nacks: NacksReceived;
  /** What the node says of each stream, by SSRC: its newest report. */
  readonly told: ReadonlyMap<number, ReportBlock>;
  /** Frames that were due and not sent, because this process had no time. */
  skippedFrames(): number;
  /** Sends until what is returned is called. */
  begin(stream: MadeStream): () => void;
  takeFeedback(packet: Buffer): void;
}

/** So many of the newest packets of a stream can be sent again: a few seconds of video, as browsers keep. */
const KEPT_PACKETS = 256;
const REPORT_MS = 1_000;

interface Running {
  readonly stream: MadeStream;
  /** By sequence number modulo its length. */
  readonly kept: (Buffer | undefined)[];
  packets: number;
  payloadBytes: number;
  reportedAtMs: number;
}

/** @param send towards the node; false when the path is not up */
export function openSendSide(send: (packet: Buffer) => boolean): SendSide {
  const running = new Map<number, Running>();
  const timers = new Set<NodeJS.Timeout>();
  const told = new Map<number, ReportBlock>();
  const begun: MadeStream[] = [];
  const nacks = { received: 0, packets: 0, resent: 0 };

  function sendDue(one: Running): void {
    const nowMs = performance.now();
    for (const packet of one.stream.take(nowMs)) {
      one.kept[packet.readUInt16BE(2) % KEPT_PACKETS] = packet;
      if (!send(packet)) continue;
      one.packets += 1;
      one.payloadBytes += payloadBytesOf(packet);
      if (nowMs - one.reportedAtMs >= REPORT_MS) report(one, nowMs, packet.readUInt32BE(4));
    }
  }

  function report(one: Running, nowMs: number, timestamp: number): void {
    one.reportedAtMs = nowMs;
    const { packets, payloadBytes, stream } = one;
    send(writeSenderReport({ ssrc: stream.ssrc, nowMs: performance.timeOrigin + nowMs, timestamp, packets, payloadBytes }));
  }

  function sendAgain(ssrc: number, sequences: readonly number[]): void {
    nacks.received += 1;
    nacks.packets += sequences.length;
    for (const sequence of sequences) {
      const packet = running.get(ssrc)?.kept[sequence % KEPT_PACKETS];
      if (packet?.readUInt16BE(2) === sequence && send(packet)) nacks.resent += 1;
    }
  }

  return {
    nacks,
    told,
    skippedFrames: () => begun.reduce((sum, stream) => sum + stream.skipped(), 0),
    begin: (stream) => {
      begun.push(stream);
      const one: Running = { stream, kept: [], packets: 0, payloadBytes: 0, reportedAtMs: 0 };
      running.set(stream.ssrc, one);
      const timer = setInterval(sendDue, stream.intervalMs, one);
      timers.add(timer);
      return () => {
        clearInterval(timer);
        timers.delete(timer);
        running.delete(stream.ssrc);
      };
    },
    takeFeedback: (packet) => {
      if (!isRtcp(packet)) return;
      for (const ssrc of keyFramesAsked(packet)) running.get(ssrc)?.stream.askKeyFrame();
      for (const { ssrc, sequences } of nacksIn(packet)) sendAgain(ssrc, sequences);
      for (const block of reportBlocksIn(packet)) told.set(block.ssrc, block);
    },
    [Symbol.dispose]: () => {
      for (const timer of timers) clearInterval(timer);
    },
  };
}
