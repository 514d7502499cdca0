/** Runs tasks one after the other, in the order in which they were given. */
export type Lane = <T>(task: () => Promise<T>) => Promise<T>;

/** Makes a lane; a task that throws is its caller's concern and does not hold up the next. */
export function createLane(): Lane {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const running = last.then(task);
    last = running.catch(() => undefined);
    return running;
  };
}
