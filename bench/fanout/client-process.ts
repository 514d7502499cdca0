import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { SfuAddress } from './door.ts';
import type { Repair } from './lossy-receiver.ts';
import { pinned, type Started } from './processes.ts';

/** What each publisher sends, 30 frames a second. */
export interface Sending {
  readonly frames: number;
  /** Of each layer, the smallest first. */
  readonly packetsPerFrame: readonly number[];
}

/** Who receives. */
export interface Audience {
  /** By room. */
  readonly feeds: readonly string[];
  /** Of each stream. */
  readonly layers: number;
  /** How much of what comes is dropped and then asked for again; null: without feedback. */
  readonly lossRatio: number | null;
  /** Of each packet, where it is not `PACKET_BYTES`. */
  readonly packetBytes?: number;
}

/** Packets of all subscribers together. */
export interface Counted {
  readonly expected: number;
  /** Distinct ones. */
  readonly received: number;
  readonly repeated: number;
  /** Of those that drop some. */
  readonly repair?: Readonly<Repair>;
}

/** What clients are told to do. */
export type Order =
  | { do: 'open'; sfu: SfuAddress }
  | { do: 'publish'; rooms: number; layers: number }
  | { do: 'witness'; feed: string }
  | { do: 'grow'; audience: Audience; to: number }
  | { do: 'send'; sending: Sending }
  | { do: 'reset' }
  | { do: 'count'; sending: Sending };

export interface Outcome {
  feeds?: readonly string[];
  profile?: string;
  /** How late frames were sent, the 95th percentile. */
  lateMs?: number;
  counted?: Counted;
}

export interface ClientProcess extends Started {
  order(order: Order): Promise<Outcome>;
}

const ORDER_TIMEOUT_MS = 60_000;

/** Starts clients on `cpu`, or wherever the kernel wants when that is undefined, and opens the SFU's door for them. */
export async function startClients(sfu: SfuAddress, cpu: number | undefined): Promise<ClientProcess> {
  const file = fileURLToPath(new URL('clients.ts', import.meta.url));
  const [program, args] = pinned(cpu, process.execPath, [file]);
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const waiting = new Map<number, PromiseWithResolvers<Outcome>>();
  child.on('message', (reply: { id: number; outcome?: Outcome; error?: string }) => {
    const asked = waiting.get(reply.id);
    if (reply.outcome) asked?.resolve(reply.outcome);
    else asked?.reject(new Error(`clients of ${sfu.kind}: ${reply.error ?? 'no answer'}`));
  });
  const ended = once(child, 'exit').then(() => {
    for (const { reject } of waiting.values()) reject(new Error(`clients of ${sfu.kind} ended`));
  });
  let lastId = 0;
  const clients: ClientProcess = {
    pid: child.pid ?? 0,
    order: async (order) => {
      const id = ++lastId;
      const asked = Promise.withResolvers<Outcome>();
      waiting.set(id, asked);
      const timer = setTimeout(() => asked.reject(new Error(`clients of ${sfu.kind} did not ${order.do} in time`)), ORDER_TIMEOUT_MS);
      child.send({ id, order });
      return asked.promise.finally(() => {
        clearTimeout(timer);
        waiting.delete(id);
      });
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
  await clients.order({ do: 'open', sfu });
  return clients;
}
