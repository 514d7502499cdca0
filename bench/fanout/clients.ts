/**
 * The clients of one SFU in a process of their own, so that their CPU is not that of the bench or of the SFU: told by messages of the parent
 * what to do (`Order`), each of which is answered. Ends with its parent.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { countAudience, growAudience, resetAudience, type Member } from './audience.ts';
import type { Counted, Order, Outcome, Sending } from './client-process.ts';
import { openConclaveDoor } from './conclave-door.ts';
import type { Door } from './door.ts';
import { openJanusDoor } from './janus-door.ts';
import { FEEDBACK_MS } from './lossy-receiver.ts';
import { publish, type Publishers } from './publishers.ts';
import { witnessProfile } from './srtp-profile.ts';

/** Packets that come later than this count as lost. */
const LATEST_MS = 1_500;
const PROFILE_TIMEOUT_MS = 5_000;

let door: Door | undefined;
let publishers: Publishers | undefined;
const members: Member[] = [];

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
    case 'publish':
      publishers = await publish(opened(), order);
      return { feeds: publishers.feeds };
    case 'witness':
      return { profile: await readProfile(order.feed) };
    case 'grow':
      await growAudience(opened(), members, order.to, order.audience);
      return {};
    case 'send':
      return { lateMs: await send(order.sending) };
    case 'reset':
      resetAudience(members);
      return {};
    case 'count':
      return { counted: await count(order.sending) };
  }
}

function opened(): Door {
  if (!door) throw new Error('not open');
  return door;
}

async function readProfile(feed: string): Promise<string> {
  using witness = witnessProfile();
  using _subscriber = await opened().subscribe({ room: 0, feed, onPacket: () => undefined, via: witness.via });
  for (let waitedMs = 0; witness.profile() === undefined && waitedMs < PROFILE_TIMEOUT_MS; waitedMs += 50) await sleep(50);
  return witness.profile() ?? 'not seen';
}

/** How late frames were, the 95th percentile. */
async function send(sending: Sending): Promise<number> {
  if (!publishers) throw new Error('nothing is published');
  const lateMs = (await publishers.send(sending)).toSorted((a, b) => a - b);
  return lateMs[Math.floor(lateMs.length * 0.95)] ?? 0;
}

async function count(sending: Sending): Promise<Counted> {
  let counted = countAudience(members, sending);
  for (let waitedMs = 0; counted.received < counted.expected && waitedMs < LATEST_MS; waitedMs += 20) {
    await sleep(20);
    counted = countAudience(members, sending);
  }
  // What is told of the last packets is part of what they cost.
  if (counted.repair) await sleep(FEEDBACK_MS);
  return counted;
}
