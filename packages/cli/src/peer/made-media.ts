import { randomInt } from 'node:crypto';
import type { RtpParameters } from '@conclave/protocol/media-api/rtp';
import { writeRtp } from './rtp-packet.ts';
import type { Vp8Clip } from './vp8-clip.ts';

/** A stream of packets that look as an encoder's do. */
export interface MadeStream {
  readonly kind: 'audio' | 'video';
  readonly ssrc: number;
  readonly rtpParameters: RtpParameters;
  /** How often `take` should be asked. */
  readonly intervalMs: number;
  /** Frames that were never made because nobody asked in time. They leave no gap in the numbers. */
  skipped(): number;
  /** The packets that are due since the last call; after a long pause only the newest of them. */
  take(nowMs: number): Buffer[];
  /** The next frame is a key frame. Nothing for audio. */
  askKeyFrame(): void;
}

const OPUS_PACKET_MS = 20;
const OPUS_CLOCK_PER_MS = 48;
const AUDIO_LEVEL = { uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level', id: 10 };
/** Somebody speaks (RFC 6464), at -30 dBov. */
const SPEAKING = Buffer.of(0x80 | 30);

/**
 * Opus in packets of 20 ms, or of 400 ms as an encoder with DTX sends them while nobody speaks; `bitrateBps` counts payload.
 * What is in a frame decodes to nothing in particular.
 */
export function makeOpus(bitrateBps: number, packetMs: number = OPUS_PACKET_MS): MadeStream {
  const payloadType = 111;
  const ssrc = randomSsrc();
  let sequence = randomSequence();
  const payload = Buffer.alloc(Math.max(1, Math.round((bitrateBps / 8 / 1000) * packetMs)), 0x55);
  const metronome = createMetronome(packetMs);
  return {
    kind: 'audio',
    ssrc,
    rtpParameters: {
      codecs: [
        {
          mimeType: 'audio/opus',
          payloadType,
          clockRate: 48_000,
          channels: 2,
          parameters: { useinbandfec: 1 },
          rtcpFeedback: [{ type: 'nack' }],
        },
      ],
      headerExtensions: [AUDIO_LEVEL],
      encodings: [{ ssrc }],
      rtcp: { cname: `native-${ssrc}` },
    },
    intervalMs: packetMs,
    skipped: () => metronome.skipped,
    take: (nowMs) =>
      metronome.due(nowMs).map((frame) =>
        writeRtp({
          payloadType,
          sequence: sequence++,
          timestamp: frame * packetMs * OPUS_CLOCK_PER_MS,
          ssrc,
          marker: frame === 0,
          extensions: [{ id: AUDIO_LEVEL.id, data: SPEAKING }],
          payload,
        }),
      ),
    askKeyFrame: () => undefined,
  };
}

const VIDEO_CLOCK_PER_MS = 90;
/** With header, extensions and the tag of SRTP it stays below what every path carries. */
const MAX_PAYLOAD_BYTES = 1_100;

/** VP8 of one layer, as RFC 7741 packs it: each frame is a fifteenth of a second of `bitrateBps`, key frames come first and when asked. */
export function makeVp8(bitrateBps: number, framesPerSecond = 15): MadeStream {
  const frameBytes = Math.max(32, Math.round(bitrateBps / 8 / framesPerSecond));
  return streamVp8(framesPerSecond, (frame, isKey) => makeFrame(frame, isKey, frameBytes));
}

/** What an encoder made, over and over; from its beginning, which is a key frame, when one is asked for. */
export function playVp8({ frames, framesPerSecond }: Vp8Clip): MadeStream {
  let next = 0;
  return streamVp8(framesPerSecond, (_frame, isKey) => {
    if (isKey) next = 0;
    return frames[next++ % frames.length] as Buffer; // a clip has at least one
  });
}

/** @param frameAt a whole frame, by its number; a key frame when that is wanted */
function streamVp8(framesPerSecond: number, frameAt: (frame: number, isKey: boolean) => Buffer): MadeStream {
  const payloadType = 96;
  const ssrc = randomSsrc();
  const frameMs = 1000 / framesPerSecond;
  const metronome = createMetronome(frameMs);
  let sequence = randomSequence();
  let keyFrame = true;
  return {
    kind: 'video',
    ssrc,
    rtpParameters: {
      codecs: [
        {
          mimeType: 'video/VP8',
          payloadType,
          clockRate: 90_000,
          rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }, { type: 'ccm', parameter: 'fir' }],
        },
      ],
      encodings: [{ ssrc }],
      rtcp: { cname: `native-${ssrc}` },
    },
    intervalMs: frameMs,
    skipped: () => metronome.skipped,
    take: (nowMs) =>
      metronome.due(nowMs).flatMap((frame) => {
        const payloads = packVp8(frame, frameAt(frame, keyFrame));
        keyFrame = false;
        return payloads.map((payload, index) =>
          writeRtp({
            payloadType,
            sequence: sequence++,
            timestamp: Math.round(frame * frameMs * VIDEO_CLOCK_PER_MS),
            ssrc,
            marker: index === payloads.length - 1,
            extensions: [],
            payload,
          }),
        );
      }),
    askKeyFrame: () => {
      keyFrame = true;
    },
  };
}

const WIDTH = 640;
const HEIGHT = 360;

/** As long as an encoder's, with the header of one (RFC 6386 §9.1). */
function makeFrame(frame: number, isKey: boolean, frameBytes: number): Buffer {
  const header = Buffer.from([
    isKey ? 0x10 : 0x11,
    0,
    0,
    ...(isKey ? [0x9d, 0x01, 0x2a, WIDTH & 0xff, WIDTH >> 8, HEIGHT & 0xff, HEIGHT >> 8] : []),
  ]);
  return Buffer.concat([header, Buffer.alloc(Math.max(0, frameBytes - header.length), frame & 0xff)]);
}

/** One frame in payloads, each with its descriptor (RFC 7741 §4.2). */
function packVp8(pictureId: number, frame: Buffer): Buffer[] {
  const payloads: Buffer[] = [];
  for (let at = 0; at < frame.length; at += MAX_PAYLOAD_BYTES) {
    // Extended, start of the partition in the first; then a picture id of 15 bits.
    const descriptor = Buffer.of(at === 0 ? 0x90 : 0x80, 0x80, 0x80 | ((pictureId >> 8) & 0x7f), pictureId & 0xff);
    payloads.push(Buffer.concat([descriptor, frame.subarray(at, at + MAX_PAYLOAD_BYTES)]));
  }
  return payloads;
}

/** More than this at once is a burst that no encoder makes: whoever slept so long has lost frames. */
const CATCH_UP_FRAMES = 5;

interface Metronome {
  skipped: number;
  /** The numbers of the frames that are due; the first at the first call. */
  due(nowMs: number): number[];
}

function createMetronome(frameMs: number): Metronome {
  let startedAtMs: number | undefined;
  let next = 0;
  const metronome: Metronome = {
    skipped: 0,
    due: (nowMs) => {
      startedAtMs ??= nowMs;
      const newest = Math.floor((nowMs - startedAtMs) / frameMs);
      const first = Math.max(next, newest - CATCH_UP_FRAMES + 1);
      metronome.skipped += first - next;
      next = Math.max(next, newest + 1);
      return Array.from({ length: Math.max(0, newest - first + 1) }, (_, index) => first + index);
    },
  };
  return metronome;
}

/**
 * Where numbers begin (RFC 3550 §5.1): low enough that no number wraps soon, as encoders do it for SRTP (RFC 3711 §3.3.1), and not with 0,
 * which mediasoup takes for a wrap and reports as 65 536 lost packets.
 */
function randomSequence(): number {
  return randomInt(1, 2 ** 15);
}

function randomSsrc(): number {
  return randomInt(1, 2 ** 32);
}
