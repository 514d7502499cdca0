import { AppError } from '@conclave/protocol/errors';

/** A turn, until the returned function is called; in the order in which it was asked for. @throws AppError `unavailable` */
export type TakeTurn = () => Promise<() => void>;

/** Gives `atOnce` turns at a time. Who waits longer than `patienceMs` is told that it is `unavailable`. */
export function createTurns(atOnce: number, patienceMs: number): TakeTurn {
  const waiting = new Set<() => void>();
  let taken = 0;

  function giveBack(): void {
    const [next] = waiting;
    if (!next) return void (taken -= 1);
    waiting.delete(next);
    next();
  }

  return async () => {
    if (taken < atOnce) taken += 1;
    else {
      const turn = Promise.withResolvers<void>();
      const tooLong = setTimeout(() => {
        waiting.delete(turn.resolve);
        turn.reject(new AppError('unavailable', { cause: new Error('every database connection is busy') }));
      }, patienceMs);
      waiting.add(turn.resolve);
      await turn.promise.finally(() => clearTimeout(tooLong));
    }
    return giveBack;
  };
}
