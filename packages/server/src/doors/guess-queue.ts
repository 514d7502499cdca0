import { AppError } from '@conclave/protocol/errors';
import type { Clock } from '@conclave/runtime/clock';
import { createLane, type Lane } from '@conclave/runtime/lane';
import { clientNetwork } from '../access/limits.ts';

/** A look at a password takes 19 MiB and a tenth of a second of a core. */
const AT_ONCE = 2;
/** Of each of the two kinds of networks. */
const WAITING = 256;
/** Attempts of one network that wait for one another. */
const WAITING_PER_NETWORK = 64;
/** How long a network that was refused waits behind those that were not. */
const SUSPECT_MS = 900_000;
const SUSPECTS = 10_000;
const RETRY_AFTER_MS = 5_000;

/**
 * Where everybody stands who comes with a password, so that however many guess, they keep neither the database nor
 * the processor from anybody else. The attempts of one network wait for one another; networks that guessed wrong wait until those
 * that did not have been looked at.
 */
export interface GuessQueue {
  /** @throws AppError `rate_limited` when too many wait already, and whatever `attempt` throws. */
  run<T>(address: string, attempt: () => Promise<T>): Promise<T>;
}

export function createGuessQueue(clock: Clock): GuessQueue {
  const lanes = new Map<string, Lane>();
  const suspects = new Map<string, number>();
  const fresh: (() => void)[] = [];
  const suspected: (() => void)[] = [];
  let running = 0;

  function suspect(network: string): void {
    suspects.delete(network);
    suspects.set(network, clock.nowMs() + SUSPECT_MS);
    const [oldest] = suspects.keys();
    if (suspects.size > SUSPECTS && oldest !== undefined) suspects.delete(oldest);
  }

  async function takeTurn(network: string): Promise<void> {
    if (running < AT_ONCE) return void (running += 1);
    const queue = (suspects.get(network) ?? 0) > clock.nowMs() ? suspected : fresh;
    if (queue.length >= WAITING) throw tooMany();
    await new Promise<void>((resolve) => queue.push(resolve));
  }

  function giveBack(): void {
    const next = fresh.shift() ?? suspected.shift();
    if (next) next();
    else running -= 1;
  }

  async function inTurn<T>(network: string, attempt: () => Promise<T>): Promise<T> {
    await takeTurn(network);
    try {
      const result = await attempt();
      suspects.delete(network);
      return result;
    } catch (error) {
      if (error instanceof AppError && (error.code === 'password_wrong' || error.code === 'rate_limited')) suspect(network);
      throw error;
    } finally {
      giveBack();
    }
  }

  return {
    run: async (address, attempt) => {
      const network = clientNetwork(address);
      const lane = lanes.get(network) ?? createLane();
      if (lane.pending >= WAITING_PER_NETWORK) throw tooMany();
      lanes.set(network, lane);
      return lane
        .run(() => inTurn(network, attempt))
        .finally(() => {
          if (lane.pending === 0) lanes.delete(network);
        });
    },
  };
}

function tooMany(): AppError {
  return new AppError('rate_limited', { details: { retryAfterMs: RETRY_AFTER_MS } });
}
