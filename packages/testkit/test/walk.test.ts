import { createManualTime } from '@conclave/runtime/testing/manual-time';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPlatform } from '../src/platform.ts';
import { plans } from '../src/walk/plan.ts';
import { walk, type Tally } from '../src/walk/run.ts';
import { prepareGround, type Ground } from '../src/walk/world.ts';
import { verifyOffline } from '../src/verify-offline.ts';
import '../src/database.ts'; // these tests need a database

const VERBS = Number(process.env['WALK_VERBS'] ?? 1_000);
/** The same walk in every run of all tests; `npm run walk` takes another one each time. */
const SEED = Number(process.env['WALK_SEED'] ?? 848_802);
const RUNS_AT_ONCE = 10;
/** From so many verbs on one wants to see how it goes. */
const LONG = 2_000;

const stack = new AsyncDisposableStack();
let ground: Ground;

beforeAll(async () => {
  const time = createManualTime();
  const platform = stack.use(await startPlatform({ time }));
  ground = stack.use(await prepareGround(platform, time));
});
afterAll(() => stack.disposeAsync());

describe('a random walk of everything that people can do to a room', () => {
  test(`[P1] [P3] [P6] [P7] [P8] holds all that was promised, ${VERBS} verbs with seed ${SEED}`, async () => {
    const tally: Tally = new Map();
    const startedMs = performance.now();
    for (let seed = SEED; ground.verbs < VERBS; seed += 1) {
      const walked = fc.asyncProperty(plans, async (plan) => {
        for (const [label, count] of await walk(ground, plan)) tally.set(label, (tally.get(label) ?? 0) + count);
      });
      // Not made shorter: a walk that is walked again does not meet the same moments.
      await fc.assert(walked, { seed, numRuns: RUNS_AT_ONCE, endOnFailure: true });
      const seconds = (performance.now() - startedMs) / 1_000;
      if (VERBS > LONG) console.log(`seed ${seed}: ${ground.verbs} verbs, ${(ground.verbs / seconds).toFixed(0)} a second`);
    }
    const told = [...tally].map(([label, count]) => `${label} ${count}`).toSorted((one, other) => one.localeCompare(other));
    if (VERBS > LONG) console.log(told.join('\n'));
    expect(ground.verbs).toBeGreaterThanOrEqual(VERBS);
    const verdict = await verifyOffline(ground.platform);
    expect(verdict).toMatch(/^The log is whole, and is what was signed\.$/m);
    if (VERBS > LONG) console.log(verdict);
  }, 7_200_000);
});
