import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { CrowdPlan, FromWorker, PeerPlan, Progress, ToWorker, WorkerResult } from './messages.ts';

/** The processes in which the people of a load test live. Disposing kills what is left of them. */
export interface Workers extends Disposable {
  /** Spreads the peers over the processes, round and round, and lets them begin. */
  begin(plan: CrowdPlan, peers: readonly PeerPlan[]): void;
  /** All of them together, as they last said. */
  progress(): Progress;
  /** Those that ended before they were asked to, with the number of their peers. */
  readonly dead: readonly DeadWorker[];
  /** Resolves when none is left. */
  readonly allDead: Promise<void>;
  /** Nobody sends any more; then what is under way arrives, and everybody tells and leaves. */
  finish(): Promise<FinishedWorker[]>;
}

export interface DeadWorker {
  readonly pid: number;
  readonly peers: number;
  /** `SIGKILL`, `exit code 1` */
  readonly how: string;
}

export interface FinishedWorker extends WorkerResult {
  readonly pid: number;
}

const PROGRAM = fileURLToPath(new URL('worker.ts', import.meta.url));
/** Longer than anything is on its way, retransmissions included. */
const DRAIN_MS = 700;
const RESULT_TIMEOUT_MS = 20_000;

const NOTHING: Progress = { begun: 0, joined: 0, failed: 0, expectedPackets: 0, lostPackets: 0, sentBytes: 0, receivedBytes: 0 };

interface Worker {
  readonly child: ChildProcess;
  peers: number;
  progress: Progress;
  readonly ready: PromiseWithResolvers<void>;
  readonly result: PromiseWithResolvers<WorkerResult | undefined>;
  readonly exited: Promise<unknown>;
}

/** Starts so many processes; resolves when all have loaded what they need, or ended. `onDead` hears of one that ends by itself. */
export async function startWorkers(processes: number, onDead: (dead: DeadWorker) => void): Promise<Workers> {
  const dead: DeadWorker[] = [];
  const allDead = Promise.withResolvers<void>();
  let finishing = false;
  const workers = Array.from({ length: processes }, () => {
    const worker = startOne();
    worker.child.once('exit', (code, signal) => {
      worker.ready.resolve();
      worker.result.resolve(undefined);
      if (finishing) return;
      const death = { pid: worker.child.pid ?? 0, peers: worker.peers, how: signal ?? `exit code ${code}` };
      dead.push(death);
      onDead(death);
      if (dead.length === processes) allDead.resolve();
    });
    return worker;
  });
  await Promise.all(workers.map(({ ready }) => ready.promise));
  return {
    dead,
    allDead: allDead.promise,
    begin: (plan, peers) => {
      for (const [index, worker] of workers.entries()) {
        const own = peers.filter((_peer, at) => at % processes === index);
        worker.peers = own.length;
        say(worker.child, { kind: 'begin', plan, peers: own });
      }
    },
    progress: () => addProgress(workers.map(({ progress }) => progress)),
    finish: async () => {
      const alive = workers.filter(({ child }) => child.connected);
      for (const { child } of alive) say(child, { kind: 'quiet' });
      await delay(DRAIN_MS);
      finishing = true;
      for (const { child } of alive) say(child, { kind: 'end' });
      const results = await Promise.all(
        alive.map(async ({ child, result }) => ({ pid: child.pid ?? 0, result: await inTime(result.promise) })),
      );
      await Promise.race([Promise.all(alive.map(({ exited }) => exited)), delay(RESULT_TIMEOUT_MS, undefined, { ref: false })]);
      return results.flatMap(({ pid, result }) => (result ? [{ pid, ...result }] : []));
    },
    [Symbol.dispose]: () => {
      finishing = true;
      for (const { child } of workers) child.kill('SIGKILL');
    },
  };
}

function startOne(): Worker {
  const child = fork(PROGRAM, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const worker: Worker = {
    child,
    peers: 0,
    progress: NOTHING,
    ready: Promise.withResolvers(),
    result: Promise.withResolvers(),
    exited: once(child, 'exit'),
  };
  child.on('message', (message: FromWorker) => {
    if (message.kind === 'ready') worker.ready.resolve();
    else if (message.kind === 'progress') worker.progress = message.progress;
    else worker.result.resolve(message.result);
  });
  return worker;
}

/** To one that is just ending nothing can be said; its end is heard of elsewhere. */
function say(child: ChildProcess, message: ToWorker): void {
  if (child.connected) child.send(message, () => undefined);
}

function inTime(result: Promise<WorkerResult | undefined>): Promise<WorkerResult | undefined> {
  return Promise.race([result, delay(RESULT_TIMEOUT_MS, undefined, { ref: false })]);
}

function addProgress(all: readonly Progress[]): Progress {
  const names = Object.keys(NOTHING) as (keyof Progress)[]; // keys of a const object: exactly those
  return Object.fromEntries(names.map((name) => [name, all.reduce((sum, one) => sum + one[name], 0)])) as unknown as Progress; // each name once
}
