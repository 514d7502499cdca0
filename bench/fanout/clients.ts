/**
 * The clients of one SFU in a process of their own, so that their CPU is not that of the bench or of the SFU: told by messages of the parent
 * what to do (`Order`), each of which is answered. Ends with its parent.
 */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Order, Outcome } from './client-process.ts';
import { openConclaveDoor } from './conclave-door.ts';
import type { Door, Publisher } from './door.ts';
import { openJanusDoor } from './janus-door.ts';
import { createFrames, createSequenceCount, isKeyFrame, type SequenceCount } from './packets.ts';
import { witnessProfile } from './srtp-profile.ts';

/** So many handshakes at a time: Janus misses the first message of most, which comes again after a second. */
const OPENED_AT_ONCE = 40;
/** Packets that come later than this count as lost. */
const LATEST_MS = 1_500;
const PROFILE_TIMEOUT_MS = 5_000;

let door: Door | undefined;
let publisher: (Publisher & { frames: ReturnType<typeof createFrames> }) | undefined;
const subscribers: SequenceCount[] = [];

process.on('disconnect', () => process.exit(0));
process.on('message', (message: { id: number; order: Order }) => {
  obey(message.order).then(
    (outcome) => process.send?.({ id: message.id, outcome }),
    (error: unknown) => process.send?.({ id: message.id, error: error instanceof Error ? error.message : String(error) }),
  );
});

async function obey(order: Order): Promise<Outcome> {
  switch (order.do) {
    case 'open':
      door = await (order.sfu.kind === 'conclave' ? openConclaveDoor(order.sfu) : openJanusDoor(order.sfu));
      return {};
    case 'publish': {
      const ssrc = randomInt(1, 2 ** 32);
      publisher = { ...(await opened().publish({ ssrc })), frames: createFrames({ ssrc, framesPerS: order.framesPerS }) };
      return { feed: publisher.feed };
    }
    case 'witness':
      return { profile: await readProfile(order.feed) };
    case 'grow':
      await grow(order.feed, order.to);
      return {};
    case 'send':
      return send(order);
    case 'reset':
      for (const { reset } of subscribers) reset();
      return {};
    case 'count':
      return count(order.expected);
  }
}

function opened(): Door {
  if (!door) throw new Error('not open');
  return door;
}

async function readProfile(feed: string): Promise<string> {
  using witness = witnessProfile();
  using _subscriber = await opened().subscribe(feed, () => undefined, witness.via);
  for (let waitedMs = 0; witness.profile() === undefined && waitedMs < PROFILE_TIMEOUT_MS; waitedMs += 50) await sleep(50);
  return witness.profile() ?? 'not seen';
}

async function grow(feed: string, to: number): Promise<void> {
  const one = async () => {
    const count = createSequenceCount();
    await opened().subscribe(feed, count.onPacket);
    return count;
  };
  while (subscribers.length < to)
    subscribers.push(...(await Promise.all(Array.from({ length: Math.min(OPENED_AT_ONCE, to - subscribers.length) }, one))));
}

/** Sends frames in time. A frame that is late is sent at once, so that the number of packets is what was asked for. */
async function send({ frames, packetsPerFrame, framesPerS }: Extract<Order, { do: 'send' }>): Promise<Outcome> {
  if (!publisher) throw new Error('nothing is published');
  const lateMs: number[] = [];
  const startMs = performance.now();
  for (let frame = 0; frame < frames; frame++) {
    const dueMs = startMs + (frame * 1000) / framesPerS;
    if (dueMs > performance.now()) await sleep(dueMs - performance.now());
    lateMs.push(performance.now() - dueMs);
    for (const packet of publisher.frames(packetsPerFrame, isKeyFrame(frame))) publisher.send(packet);
  }
  lateMs.sort((a, b) => a - b);
  return { lateMs: lateMs[Math.floor(lateMs.length * 0.95)] ?? 0 };
}

async function count(expected: number): Promise<Outcome> {
  const distinct = () => subscribers.reduce((sum, { counted }) => sum + counted.distinct, 0);
  for (let waitedMs = 0; distinct() < expected && waitedMs < LATEST_MS; waitedMs += 20) await sleep(20);
  return { received: distinct(), repeated: subscribers.reduce((sum, { counted }) => sum + counted.repeated, 0) };
}
