import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { keyFramesAsked, writeSenderReport } from '@conclave/cli/peer/rtcp';
import { isRtcp } from '@conclave/cli/peer/rtp-packet';
import type { Sending } from './client-process.ts';
import type { Door, Publisher } from './door.ts';
import { createFrames, FRAMES_PER_S, isKeyFrame, PACKET_BYTES, type Frames } from './packets.ts';

/** One publisher in each room. */
export interface Publishers {
  /** By room. */
  readonly feeds: readonly string[];
  /** Sends frames in time. One that is late is sent at once, so that the number of packets is what was asked for. Answers how late each was. */
  send(sending: Sending): Promise<number[]>;
}

interface Layer {
  readonly ssrc: number;
  readonly frames: Frames;
  packets: number;
  keyAsked: boolean;
}

interface Source {
  readonly publisher: Publisher;
  readonly layers: readonly Layer[];
}

export async function publish(door: Door, { rooms, layers }: { rooms: number; layers: number }): Promise<Publishers> {
  const sources = await Promise.all(Array.from({ length: rooms }, (_, room) => publishOne(door, room, layers)));
  return {
    feeds: sources.map(({ publisher }) => publisher.feed),
    send: (sending) => sendAll(sources, sending),
  };
}

async function publishOne(door: Door, room: number, count: number): Promise<Source> {
  const layers = Array.from({ length: count }, (_, layer): Layer => {
    const ssrc = randomInt(1, 2 ** 32);
    return { ssrc, frames: createFrames({ ssrc, layer }), packets: 0, keyAsked: false };
  });
  const onPacket = (packet: Buffer) => {
    if (!isRtcp(packet)) return;
    const asked = keyFramesAsked(packet);
    for (const layer of layers) layer.keyAsked ||= asked.includes(layer.ssrc);
  };
  return { publisher: await door.publish({ room, ssrcs: layers.map(({ ssrc }) => ssrc), onPacket }), layers };
}

/** Rooms take turns within a frame's time, as people do whose cameras know nothing of each other. */
async function sendAll(sources: readonly Source[], sending: Sending): Promise<number[]> {
  const lateMs: number[] = [];
  const startMs = performance.now();
  for (let frame = 0; frame < sending.frames; frame++) {
    for (const [room, source] of sources.entries()) {
      const dueMs = startMs + ((frame + room / sources.length) * 1000) / FRAMES_PER_S;
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      lateMs.push(performance.now() - dueMs);
      sendFrame(source, frame, sending);
    }
  }
  return lateMs;
}

/** The largest layer comes first: after a pause Janus takes a smaller one for a sign that the larger ones have ended. */
function sendFrame({ publisher, layers }: Source, frame: number, { frames, packetsPerFrame }: Sending): void {
  const timestamps = layers.map((layer) => layer.frames.timestamp);
  for (const [index, layer] of [...layers.entries()].toReversed()) {
    const key = isKeyFrame(frame) || layer.keyAsked;
    layer.keyAsked = false;
    const made = layer.frames.make({ packets: packetsPerFrame[index] ?? 0, key, last: frame === frames - 1 });
    for (const packet of made) publisher.send(packet);
    layer.packets += made.length;
  }
  // Without them an SFU does not know how the times of layers belong together.
  if (layers.length > 1 && frame % FRAMES_PER_S === 0) report({ publisher, layers }, timestamps);
}

function report({ publisher, layers }: Source, timestamps: readonly number[]): void {
  const nowMs = performance.timeOrigin + performance.now();
  for (const [index, { ssrc, packets }] of layers.entries()) {
    const [timestamp = 0, payloadBytes] = [timestamps[index], packets * PACKET_BYTES];
    publisher.send(writeSenderReport({ ssrc, nowMs, timestamp, packets, payloadBytes }));
  }
}
