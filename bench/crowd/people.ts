/**
 * People of a crowd in a process of their own, so that their CPU is not that of the server or of the bench. Told by messages of the parent what
 * to do (`Order`), each of which is answered. Ends with its parent.
 */
import { randomUUID } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@conclave/protocol/errors';
import type { Counted, Order, Outcome } from './messages.ts';
import { becomePerson, type Person } from './person.ts';

const TIMER_RESOLUTION_MS = 10;

interface Media {
  streams: number;
  expectedPackets: number;
  lostPackets: number;
  receivedPackets: number;
  sentPackets: number;
  skippedFrames: number;
}

const people: Person[] = [];
const late = monitorEventLoopDelay({ resolution: TIMER_RESOLUTION_MS });
let chatDelaysMs: number[] = [];
let mediaBefore = addMedia();
let processorBefore = process.cpuUsage();

late.enable();
process.on('disconnect', () => process.exit(0));
// Ctrl-C in a terminal reaches every process of its group; the parent ends this one.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('message', (message: { id: number; order: Order }) => {
  obey(message.order).then(
    (outcome) => process.send?.({ id: message.id, outcome }),
    (error: unknown) => process.send?.({ id: message.id, error: wordOf(error) }),
  );
});

async function obey(order: Order): Promise<Outcome> {
  switch (order.do) {
    case 'join':
      return join(order);
    case 'write':
      await write(order);
      return {};
    case 'reset':
      reset();
      return {};
    case 'count':
      return { counted: count() };
    case 'leave':
      await leave(order.room);
      return {};
  }
}

async function join({ place, people: plans }: Extract<Order, { do: 'join' }>): Promise<Outcome> {
  const joinsMs: number[] = [];
  const failures: string[] = [];
  await Promise.all(
    plans.map(async (plan) => {
      await delay(Math.max(0, plan.joinAtMs - Date.now()));
      const pressedMs = performance.now();
      try {
        const person = await becomePerson(place, plan);
        joinsMs.push(performance.now() - pressedMs);
        person.client.on('chat.posted', ({ message }) => noteArrival(message.text));
        people.push(person);
      } catch (error) {
        failures.push(wordOf(error));
      }
    }),
  );
  return { joinsMs, failures };
}

/** The clock that all processes of a host have in common (CLOCK_MONOTONIC). */
const nowNs = () => process.hrtime.bigint();

function noteArrival(text: string): void {
  chatDelaysMs.push(Number(nowNs() - BigInt(text)) / 1e6);
}

async function write({ startAtMs, everyMs, indices, writers }: Extract<Order, { do: 'write' }>): Promise<void> {
  await Promise.all(
    indices.map(async (index, at) => {
      await delay(Math.max(0, startAtMs + index * everyMs - Date.now()));
      const writer = people[at % writers];
      const reply = await writer?.client.ask('chat.send', { clientMessageId: randomUUID(), text: String(nowNs()), replyTo: null });
      if (!reply?.ok) throw new Error(`a message was refused: ${reply?.code ?? 'nobody is there'}`);
    }),
  );
}

function addMedia(): Media {
  const sum: Media = { streams: 0, expectedPackets: 0, lostPackets: 0, receivedPackets: 0, sentPackets: 0, skippedFrames: 0 };
  for (const { peer } of people) {
    sum.sentPackets += peer.traffic().sent.rtp.packets;
    sum.skippedFrames += peer.sending.skippedFrames();
    for (const { packets, reception } of peer.arrivals.values()) {
      sum.streams += Number(packets > 0);
      sum.receivedPackets += packets;
      sum.expectedPackets += reception.expected;
      sum.lostPackets += reception.lost;
    }
  }
  return sum;
}

function reset(): void {
  chatDelaysMs = [];
  mediaBefore = addMedia();
  processorBefore = process.cpuUsage();
  late.reset();
}

function count(): Counted {
  const media = addMedia();
  const { user, system } = process.cpuUsage(processorBefore);
  return {
    people: people.length,
    streams: media.streams,
    expectedPackets: media.expectedPackets - mediaBefore.expectedPackets,
    lostPackets: media.lostPackets - mediaBefore.lostPackets,
    receivedPackets: media.receivedPackets - mediaBefore.receivedPackets,
    sentPackets: media.sentPackets - mediaBefore.sentPackets,
    skippedFrames: media.skippedFrames - mediaBefore.skippedFrames,
    processorMs: (user + system) / 1000,
    timersLateP99Ms: late.count === 0 ? 0 : Math.max(0, late.percentile(99) / 1e6 - TIMER_RESOLUTION_MS),
    chatDelaysMs,
  };
}

async function leave(room: string | undefined): Promise<void> {
  const leaving = people.filter((person) => room === undefined || person.room === room);
  people.splice(0, people.length, ...people.filter((person) => !leaving.includes(person)));
  await Promise.all(leaving.map((person) => person[Symbol.asyncDispose]()));
}

/** A code where there is one. */
function wordOf(error: unknown): string {
  if (error instanceof AppError) return error.code;
  return error instanceof Error ? error.message : String(error);
}
