/** Runs tasks one after the other, in order of arrival; a failed one does not stop the next. */
export interface Lane {
  run<T>(task: () => Promise<T>): Promise<T>;
  /** Tasks that run or wait. */
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
