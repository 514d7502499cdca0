// `npm run walk -- [--verbs 100000] [--seed N] [--lanes 1] [--races 500] [--no-walk]`: the random walk of
// packages/testkit/test/walk.test.ts and the races beside it, as long as one likes. Lanes are platforms side by side that share the
// verbs. Ends with 1 at the first fault, after the seed and the whole way there.
import { parseArgs } from 'node:util';
import { launch } from './launch.mjs';
import { runScript, setUp } from './setup.mjs';

const { values } = parseArgs({
  options: {
    verbs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    lanes: { type: 'string', default: '1' },
    races: { type: 'string', default: '0' },
    'no-walk': { type: 'boolean', default: false },
  },
});

await runScript(async () => {
  const { workerBin } = await setUp();
  const [verbs, seed, lanes, races] = [values.verbs, values.seed, values.lanes, values.races].map(Number);
  console.log(`seed ${seed}`);
  const run = (name, env) =>
    launch(['node_modules/vitest/vitest.mjs', 'run', `packages/testkit/test/${name}.test.ts`, '--disable-console-intercept'], {
      workerBin,
      env,
    });
  const walks = values['no-walk'] ? [] : Array.from({ length: lanes }, (_, lane) => lane);
  const codes = await Promise.all([
    // Far apart, because a walk takes one seed after the other.
    ...walks.map((lane) => run('walk', { WALK_VERBS: String(Math.ceil(verbs / lanes)), WALK_SEED: String(seed + lane * 1_000_000) })),
    ...(races > 0 ? [run('races', { RACE_ROUNDS: String(races), RACE_SEED: String(seed) })] : []),
  ]);
  return Math.max(0, ...codes);
});
