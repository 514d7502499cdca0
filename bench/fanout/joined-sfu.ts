import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { openConclaveDoor } from './conclave-door.ts';
import type { SfuAddress } from './door.ts';
import { openJanusDoor } from './janus-door.ts';
import { createFrames } from './packets.ts';

/** An SFU with one who sends, joined by people who know where it is and are asked nothing. */
export interface JoinedSfu extends Disposable {
  readonly address: SfuAddress;
  /** What the stream is subscribed to by. */
  readonly feed: string;
  /** Sends until that is disposed of; otherwise it is silent. */
  speak(): Speech;
  /** Milliseconds from the first message to the first packet of each who got one. */
  join(asked: { joins: number; joinsPerSecond: number; stayMs: number }): Promise<number[]>;
}

export interface Speech extends Disposable {
  /** Sent so far. */
  readonly packets: number;
}

/** As sound has: 32 kbit/s of Opus in packets of 20 ms, with their RTP header and its extension. */
const PACKETS_PER_S = 50;
export const SOUND_PACKET_BYTES = 100;
const ROOM = 0;
const TIMEOUT_MS = 10_000;

export async function openSfu(address: SfuAddress): Promise<JoinedSfu> {
  using began = new DisposableStack();
  const door = began.use(await (address.kind === 'conclave' ? openConclaveDoor(address) : openJanusDoor(address)));
  const ssrc = randomInt(1, 2 ** 32);
  const publisher = began.use(await door.publish({ room: ROOM, ssrcs: [ssrc], onPacket: () => undefined }));
  const frames = createFrames({ ssrc, layer: 0, packetBytes: SOUND_PACKET_BYTES });

  function speak(): Speech {
    let packets = 0;
    const timer = setInterval(() => {
      // Each one can be begun with, so that nobody waits for the next that can.
      for (const packet of frames.make({ packets: 1, key: true, last: false })) publisher.send(packet);
      packets++;
    }, 1_000 / PACKETS_PER_S);
    return {
      get packets() {
        return packets;
      },
      [Symbol.dispose]: () => clearInterval(timer),
    };
  }

  async function joinOne(stayMs: number): Promise<number | undefined> {
    const first = Promise.withResolvers<number>();
    const beganMs = performance.now();
    using _subscriber = await door.subscribe({
      room: ROOM,
      feed: publisher.feed,
      onPacket: () => first.resolve(performance.now() - beganMs),
    });
    const tookMs = await Promise.race([first.promise, delay(TIMEOUT_MS, undefined, { ref: false })]);
    await delay(stayMs);
    return tookMs;
  }

  const ends = began.move();
  return {
    address,
    feed: publisher.feed,
    speak,
    join: async ({ joins, joinsPerSecond, stayMs }) => {
      const running = Array.from({ length: joins }, async (_, index) => {
        await delay((index * 1_000) / joinsPerSecond);
        return joinOne(stayMs).catch(() => undefined);
      });
      return (await Promise.all(running)).flatMap((tookMs) => tookMs ?? []);
    },
    [Symbol.dispose]: () => ends.dispose(),
  };
}
