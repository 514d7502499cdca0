// Makes a fresh clone ready to run; does nothing where all is done. `node scripts/setup.mjs` runs it alone.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withLock } from './lock.mjs';
import { findWorker } from './media-worker.mjs';
import { ROOT } from './paths.mjs';
import { SetUpError, startReport } from './report.mjs';
import { STEPS } from './steps.mjs';

const LOCK = join(ROOT, '.setup.lock');

/**
 * Does the steps of set-up that are not done, except those named in `skip`, and announces each.
 * @returns {Promise<{workerBin: string}>} throws SetUpError with what its reader can do
 */
export async function setUp({ skip = [] } = {}) {
  const steps = STEPS.filter(({ name }) => !skip.includes(name));
  if (!steps.every((step) => step.isDone())) {
    await withLock(
      LOCK,
      () => doSteps(steps),
      (pid) => startReport('set-up').say(`waiting for another one (process ${pid})`),
    );
  }
  return { workerBin: findWorker() };
}

async function doSteps(steps) {
  const whole = startReport('set-up');
  for (const step of steps) {
    if (!step.isDone()) await step.run(startReport(step.name));
  }
  whole.done('complete');
}

/** Runs a script's main function: faults that the reader can mend are shown as text, all others with their stack. */
export async function runScript(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    console.error(error instanceof SetUpError ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runScript(async () => void (await setUp()));
