import type { Audience, Counted, Sending } from './client-process.ts';
import type { Door } from './door.ts';
import { createLossyReceiver, type LossyReceiver, type Repair } from './lossy-receiver.ts';
import { createSequenceCount, type SequenceCount } from './packets.ts';

/** So many handshakes at a time: Janus misses the first message of most, which comes again after a second. */
const OPENED_AT_ONCE = 40;

/** Somebody who receives one layer of one room's stream. */
export interface Member {
  readonly layer: number;
  readonly count: SequenceCount;
  readonly lossy?: LossyReceiver;
}

/** Adds members until there are `to`, who are dealt out to rooms and, within each room, to layers. */
export async function growAudience(door: Door, members: Member[], to: number, audience: Audience): Promise<void> {
  while (members.length < to) {
    const places = Array.from({ length: Math.min(OPENED_AT_ONCE, to - members.length) }, (_, index) => members.length + index);
    members.push(...(await Promise.all(places.map((place) => enter(door, place, audience)))));
  }
}

async function enter(door: Door, place: number, { feeds, layers, lossRatio, packetBytes }: Audience): Promise<Member> {
  const room = place % feeds.length;
  const layer = Math.floor(place / feeds.length) % layers;
  const count = createSequenceCount(layer, packetBytes);
  let onPacket = count.onPacket;
  const subscriber = await door.subscribe({
    room,
    feed: feeds[room] ?? '',
    ...(layers > 1 && { layer }),
    withFeedback: lossRatio !== null,
    onPacket: (packet) => onPacket(packet),
  });
  if (lossRatio === null) return { layer, count };
  const lossy = createLossyReceiver({ subscriber, lossRatio, deliver: count.onPacket });
  onPacket = lossy.onPacket;
  return { layer, count, lossy };
}

export function resetAudience(members: readonly Member[]): void {
  for (const { count, lossy } of members) {
    count.reset();
    lossy?.reset();
  }
}

/** What all have received together of what was sent. */
export function countAudience(members: readonly Member[], { frames, packetsPerFrame }: Sending): Counted {
  const sum = (pick: (member: Member) => number) => members.reduce((all, member) => all + pick(member), 0);
  const repaired = (of: keyof Repair) => sum(({ lossy }) => lossy?.repair[of] ?? 0);
  return {
    expected: sum(({ layer }) => frames * (packetsPerFrame[layer] ?? 0)),
    received: sum(({ count }) => count.counted.distinct),
    repeated: sum(({ count }) => count.counted.repeated),
    ...(members.some(({ lossy }) => lossy) && {
      repair: { originals: repaired('originals'), dropped: repaired('dropped'), resent: repaired('resent') },
    }),
  };
}
