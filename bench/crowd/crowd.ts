import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Counted, CrowdPlace, Order, Outcome, PersonPlan } from './messages.ts';

/** Native people in processes of their own. Disposing ends them; what they were in then finds out by itself. */
export interface Crowd extends AsyncDisposable {
  /** Sends them in, each at its time; resolves when the last is in or was refused. */
  join(place: CrowdPlace, people: readonly PersonPlan[]): Promise<{ joinsMs: number[]; failures: string[] }>;
  /** So many messages, `everyMs` apart, by so many people of each process; resolves when the last is answered. */
  write(messages: number, how: { everyMs: number; writersPerProcess: number }): Promise<void>;
  reset(): Promise<void>;
  /** All processes together; of timers the worst. */
  count(): Promise<Counted>;
  leave(room?: string): Promise<void>;
}

const ORDER_TIMEOUT_MS = 300_000;
/** Until all processes have heard of it. */
const HEAD_START_MS = 200;

export function startCrowd(processes: number): Crowd {
  const members = Array.from({ length: processes }, startMember);
  const all = (order: Order) => Promise.all(members.map(({ tell }) => tell(order)));
  return {
    join: async (place, people) => {
      const outcomes = await Promise.all(
        members.map(({ tell }, index) => tell({ do: 'join', place, people: people.filter((_one, at) => at % processes === index) })),
      );
      return {
        joinsMs: outcomes.flatMap(({ joinsMs = [] }) => joinsMs),
        failures: outcomes.flatMap(({ failures = [] }) => failures),
      };
    },
    write: async (messages, { everyMs, writersPerProcess: writers }) => {
      const startAtMs = Date.now() + HEAD_START_MS;
      const indices = Array.from({ length: messages }, (_, index) => index);
      await Promise.all(
        members.map(({ tell }, own) =>
          tell({ do: 'write', startAtMs, everyMs, writers, indices: indices.filter((index) => index % processes === own) }),
        ),
      );
    },
    reset: async () => void (await all({ do: 'reset' })),
    count: async () => addCounted((await all({ do: 'count' })).flatMap(({ counted }) => counted ?? [])),
    leave: async (room) => void (await all({ do: 'leave', ...(room !== undefined && { room }) })),
    [Symbol.asyncDispose]: async () => void (await Promise.all(members.map(({ end }) => end()))),
  };
}

interface Member {
  tell(order: Order): Promise<Outcome>;
  end(): Promise<void>;
}

function startMember(): Member {
  const child = fork(fileURLToPath(new URL('people.ts', import.meta.url)), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const waiting = new Map<number, PromiseWithResolvers<Outcome>>();
  child.on('message', (reply: { id: number; outcome?: Outcome; error?: string }) => {
    const asked = waiting.get(reply.id);
    if (reply.outcome) asked?.resolve(reply.outcome);
    else asked?.reject(new Error(`the crowd: ${reply.error ?? 'no answer'}`));
  });
  const ended = once(child, 'exit').then(() => {
    for (const { reject } of waiting.values()) reject(new Error('a process of the crowd ended'));
  });
  let lastId = 0;
  return {
    tell: (order) => {
      const id = ++lastId;
      const asked = Promise.withResolvers<Outcome>();
      waiting.set(id, asked);
      const timer = setTimeout(() => asked.reject(new Error(`the crowd did not ${order.do} in time`)), ORDER_TIMEOUT_MS);
      say(child, { id, order });
      return asked.promise.finally(() => {
        clearTimeout(timer);
        waiting.delete(id);
      });
    },
    end: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** To one that is just ending nothing can be said; its end is heard of elsewhere. */
function say(child: ChildProcess, message: { id: number; order: Order }): void {
  if (child.connected) child.send(message, () => undefined);
}

function addCounted(all: readonly Counted[]): Counted {
  const sum = (of: (one: Counted) => number) => all.reduce((total, one) => total + of(one), 0);
  return {
    people: sum(({ people }) => people),
    streams: sum(({ streams }) => streams),
    expectedPackets: sum(({ expectedPackets }) => expectedPackets),
    lostPackets: sum(({ lostPackets }) => lostPackets),
    sentPackets: sum(({ sentPackets }) => sentPackets),
    receivedPackets: sum(({ receivedPackets }) => receivedPackets),
    skippedFrames: sum(({ skippedFrames }) => skippedFrames),
    processorMs: sum(({ processorMs }) => processorMs),
    timersLateP99Ms: Math.max(0, ...all.map(({ timersLateP99Ms }) => timersLateP99Ms)),
    chatDelaysMs: all.flatMap(({ chatDelaysMs }) => chatDelaysMs),
  };
}
