/** Runs tasks one after the other, in the order in which they were given. */
export interface Lane {
  /** Runs `task` when those before it have ended. That it fails is its caller's concern and does not hold up the next. */
  run<T>(task: () => Promise<T>): Promise<T>;
  /** Tasks that run or wait; one that has ended is not counted when its caller hears of it. */
  readonly pending: number;
}

export function createLane(): Lane {
  let last: Promise<unknown> = Promise.resolve();
  let pending = 0;
  return {
    get pending() {
      return pending;
    },
    run(task) {
      pending += 1;
      const result = last.then(task).finally(() => (pending -= 1));
      last = result.catch(() => undefined);
      return result;
    },
  };
}
