/**
 * A webinar: one speaker and a thousand who listen, without browsers, on this host. What each join costs the server, and from when on it costs
 * more; what a chat message to all costs and how soon everybody has it; how late the server's event loop is; what sound for so many takes.
 * Aims: 99 % of messages within 200 ms at ten a second, the event loop less than 50 ms late (p99).
 * While people join and write the speaker is silent, as Opus with DTX is: sound for a thousand is more than two cores carry beside those who
 * hear it. Speech is measured with the first hundreds and goes by their number. `--speech` lets the speaker speak all the time.
 * `npm run bench -- webinar [--listeners 1000] [--repeats 5] [--speech]`; writes `bench/results/webinar.json`. Four minutes.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { coresOf, eachPart, openNativeSite, watch, type ByPart, type NativeSite, type Spent } from './common/native-site.ts';
import { writeResults } from './common/results.ts';
import { quantile, spreadOf } from './common/spread.ts';
import { startCrowd, type Crowd } from './crowd/crowd.ts';
import type { CrowdPlace, PersonPlan } from './crowd/messages.ts';
import { table, type ChatPhase, type Joining, type Sound, type WebinarResult } from './tables/webinar.ts';

const AIMS = { chatP99Ms: 200, eventLoopP99Ms: 50 };
/** What the door lets in from one address; ours have several. */
const JOINS_PER_SECOND = 10;
/** After so many it is looked what they cost. */
const BLOCK = 100;
const PROCESSES = 4;
/** An address has 2,000 connections at most, of which each person takes two. */
const ADDRESSES = 4;
/** Speech is measured when so many are in. */
const SOUND_AT = [100, 200];
const SOUND_S = 8;
const QUIET_S = 10;
const CHAT_S = 10;
const MESSAGES_PER_SECOND = 10;
/** So that it is not one person who writes. */
const WRITERS_PER_PROCESS = 5;
const SETTLE_MS = 3_000;
/** A message that comes later has not come. */
const LATEST_MS = 10_000;

interface Webinar {
  readonly site: NativeSite;
  readonly listeners: Crowd;
  readonly room: string;
  readonly place: CrowdPlace;
  readonly token: string;
}

const round = (value: number, digits = 0) => Number(value.toFixed(digits));

async function joinBlock(
  { site, listeners, room, place }: Webinar,
  from: number,
  to: number,
): Promise<{ row: Joining; failures: string[] }> {
  const startMs = Date.now() + 500;
  const people: PersonPlan[] = Array.from({ length: to - from }, (_one, index) => ({
    name: `Listener ${from + index + 1}`,
    room,
    joinAtMs: startMs + (index * 1_000) / JOINS_PER_SECOND,
    localAddress: `127.0.8.${1 + (index % ADDRESSES)}`,
  }));
  let joined = { joinsMs: [] as number[], failures: [] as string[] };
  const spent = await watch(site, async () => {
    joined = await listeners.join(place, people);
  });
  const { joinsMs, failures } = joined;
  const row: Joining = {
    listeners: (await listeners.count()).people,
    perJoinMs: eachPart((part) => spent.processorMs[part] / joinsMs.length, 1),
    p50Ms: round(quantile(joinsMs, 0.5)),
    p95Ms: round(quantile(joinsMs, 0.95)),
    eventLoopP99Ms: round(spent.eventLoopP99Ms, 1),
    hostBusyRatio: round(spent.hostBusyRatio, 2),
  };
  return { row, failures };
}

/** Somebody speaks for a while, and goes. */
async function hearSound({ site, listeners, room, place, token }: Webinar): Promise<Sound> {
  await using speaker = startCrowd(1);
  await speaker.join(place, [{ name: 'Speaker', room, token, joinAtMs: Date.now(), sound: 'speech' }]);
  await delay(SETTLE_MS);
  await listeners.reset();
  const spent = await watch(site, () => delay(SOUND_S * 1_000));
  const { people, expectedPackets, lostPackets, processorMs, timersLateP99Ms } = await listeners.count();
  await speaker.leave();
  return {
    listeners: people,
    cores: coresOf(spent),
    listenersCores: round(processorMs / spent.seconds / 1_000, 2),
    lossRatio: round(lostPackets / expectedPackets, 5),
    listenersTimersLateP99Ms: round(timersLateP99Ms, 1),
  };
}

async function chat({ site, listeners }: Webinar, quiet: ByPart): Promise<ChatPhase> {
  const messages = CHAT_S * MESSAGES_PER_SECOND;
  await listeners.reset();
  let counted = await listeners.count();
  const expected = messages * (counted.people - 1);
  const spent: Spent = await watch(site, async () => {
    await listeners.write(messages, { everyMs: 1_000 / MESSAGES_PER_SECOND, writersPerProcess: WRITERS_PER_PROCESS });
    for (let waitedMs = 0; waitedMs < LATEST_MS; waitedMs += 500) {
      await delay(500);
      counted = await listeners.count();
      if (counted.chatDelaysMs.length >= expected) break;
    }
  });
  const { chatDelaysMs, timersLateP99Ms } = counted;
  return {
    messages,
    delivered: chatDelaysMs.length,
    expected,
    p50Ms: round(quantile(chatDelaysMs, 0.5), 1),
    p99Ms: round(quantile(chatDelaysMs, 0.99), 1),
    maxMs: round(
      chatDelaysMs.reduce((most, one) => Math.max(most, one), 0),
      1,
    ),
    perMessageMs: eachPart((part) => (spent.processorMs[part] - quiet[part] * 1_000 * spent.seconds) / messages, 2),
    eventLoopP99Ms: round(spent.eventLoopP99Ms, 1),
    listenersTimersLateP99Ms: round(timersLateP99Ms, 1),
    listenersCores: round(counted.processorMs / spent.seconds / 1_000, 2),
    hostBusyRatio: round(spent.hostBusyRatio, 2),
  };
}

function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

async function fill(webinar: Webinar, asked: number): Promise<Pick<WebinarResult, 'joining' | 'sound' | 'perJoinMs' | 'notJoined'>> {
  const [joining, sound, failures]: [Joining[], Sound[], string[]] = [[], [], []];
  const soundAt = asked < Math.min(...SOUND_AT) ? [asked] : SOUND_AT;
  for (let from = 0; from < asked; from += BLOCK) {
    const block = await joinBlock(webinar, from, Math.min(from + BLOCK, asked));
    joining.push(block.row);
    failures.push(...block.failures);
    const { listeners, perJoinMs, p50Ms, p95Ms, eventLoopP99Ms } = block.row;
    console.log(
      `${listeners} are in: a join took p50 ${p50Ms} ms, p95 ${p95Ms} ms; processor ms of each ${JSON.stringify(perJoinMs)}; event loop p99 ${eventLoopP99Ms} ms`,
    );
    if (!soundAt.includes(listeners)) continue;
    const heard = await hearSound(webinar);
    sound.push(heard);
    console.log(
      `somebody speaks: cores ${JSON.stringify(heard.cores)}, of listeners ${heard.listenersCores}, loss ${(heard.lossRatio * 100).toFixed(2)} %`,
    );
  }
  const perJoinMs = eachPart((part) => joining.reduce((sum, one) => sum + one.perJoinMs[part], 0) / joining.length, 1);
  return { joining, sound, perJoinMs, notJoined: tally(failures) };
}

const { values } = parseArgs({
  options: {
    listeners: { type: 'string', default: '1000' },
    repeats: { type: 'string', default: '5' },
    speech: { type: 'boolean', default: false },
  },
});
const asked = Number(values.listeners);
let result: WebinarResult;
{
  await using site = await openNativeSite();
  const settings = {
    privacy: 'public',
    roles: ['speaker', 'attendee'],
    default_role: 'attendee',
    max_participants: Math.max(asked + 10, 20),
  };
  const room = await site.createRoom(settings);
  const token = await site.roomToken(room, { role: 'speaker' });
  const place = await site.placeOf(room);
  await using speaker = startCrowd(1);
  await speaker.join(place, [{ name: 'Host', room, token, joinAtMs: Date.now(), sound: values.speech ? 'speech' : 'silence' }]);
  await using listeners = startCrowd(PROCESSES);
  const webinar = { site, listeners, room, place, token };
  const filled = await fill(webinar, asked);
  await delay(SETTLE_MS);
  await listeners.reset();
  const quietSpent = await watch(site, () => delay(QUIET_S * 1_000));
  const listenersCores = round((await listeners.count()).processorMs / quietSpent.seconds / 1_000, 2);
  const quiet = { cores: coresOf(quietSpent), listenersCores, eventLoopP99Ms: round(quietSpent.eventLoopP99Ms, 1) };
  console.log(
    `nobody says anything: cores ${JSON.stringify(quiet.cores)}; of listeners ${listenersCores}; event loop p99 ${quiet.eventLoopP99Ms} ms`,
  );
  const phases: ChatPhase[] = [];
  for (let repeat = 1; repeat <= Number(values.repeats); repeat++) {
    const phase = await chat(webinar, quiet.cores);
    phases.push(phase);
    const { p50Ms, p99Ms, maxMs, delivered, expected, perMessageMs, eventLoopP99Ms } = phase;
    console.log(
      `chat ${repeat}: p50 ${p50Ms} ms, p99 ${p99Ms} ms, max ${maxMs} ms, ${delivered} of ${expected}; processor ms of each message ${JSON.stringify(perMessageMs)}; ` +
        `event loop p99 ${eventLoopP99Ms} ms; listeners took ${phase.listenersCores} cores, their timers ${phase.listenersTimersLateP99Ms} ms late; host ${Math.round(phase.hostBusyRatio * 100)} % busy`,
    );
  }
  const spread = (of: (phase: ChatPhase) => number, digits = 1) => spreadOf(phases.map(of), digits);
  result = {
    asked,
    listeners: (await listeners.count()).people,
    joinsPerSecond: JOINS_PER_SECOND,
    ...filled,
    quiet,
    chat: {
      messagesPerSecond: MESSAGES_PER_SECOND,
      p50Ms: spread(({ p50Ms }) => p50Ms),
      p99Ms: spread(({ p99Ms }) => p99Ms),
      perMessageMs: {
        server: spread(({ perMessageMs }) => perMessageMs.server),
        postgres: spread(({ perMessageMs }) => perMessageMs.postgres),
      },
      eventLoopP99Ms: spread(({ eventLoopP99Ms }) => eventLoopP99Ms),
      phases,
    },
    aims: AIMS,
  };
}
console.log(`\n${table(result)}`);
await writeResults('webinar', { ...result });
