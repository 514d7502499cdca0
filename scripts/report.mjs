// What the scripts say while they work: one line a step, progress in place on a terminal, now and then elsewhere.
// On stderr, since a command of the product may be what runs, whose stdout is read by a program.
const QUIET_PROGRESS_MS = 15_000;

/** A reporter for one step; `label` begins each of its lines. */
export function startReport(label, stream = process.stderr) {
  const startMs = Date.now();
  const seconds = () => `${((Date.now() - startMs) / 1000).toFixed(1)} s`;
  let lastMs = startMs;
  let open = false;
  const line = (text) => {
    if (open) stream.write('\r\x1b[K');
    open = false;
    stream.write(`${label}: ${text}\n`);
  };
  return {
    say: line,
    /** May be called often. */
    progress(text) {
      if (stream.isTTY) {
        stream.write(`\r\x1b[K${label}: ${text} (${seconds()})`);
        open = true;
      } else if (Date.now() - lastMs >= QUIET_PROGRESS_MS) {
        lastMs = Date.now();
        line(`${text} (${seconds()})`);
      }
    },
    done: (text) => line(`${text} in ${seconds()}`),
  };
}

/** A fault of the surroundings that its reader can mend; shown without a stack. */
export class SetUpError extends Error {}
