/**
 * Kills server and PostgreSQL of real installations at random moments under load and looks whether anything acknowledged is lost.
 * `npm run faults -- [--server 200] [--database 50] [--seed N] [--lanes 1] [--export-every 5]`. Lanes are installations side by side that
 * share the kills. Says each round; the last line is JSON. Ends with 1 at the first fault.
 */
import { parseArgs } from 'node:util';
import { runFaults, type FaultsResult } from '@conclave/testkit/faults/run';

const { values } = parseArgs({
  options: {
    server: { type: 'string', default: '200' },
    database: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    lanes: { type: 'string', default: '1' },
    'export-every': { type: 'string', default: '5' },
  },
});
const [server, database, seed, lanes, exportEvery] = (['server', 'database', 'seed', 'lanes', 'export-every'] as const).map((name) =>
  Number(values[name]),
);
if (!server || database === undefined || seed === undefined || !lanes || !exportEvery) throw new Error('every option is a whole number');

/** The share of a lane, so that all shares add up. */
const share = (all: number, lane: number) => Math.floor(((lane + 1) * all) / lanes) - Math.floor((lane * all) / lanes);

console.log(`seed ${seed}`);
const results = await Promise.all(
  Array.from({ length: lanes }, (_, lane) =>
    runFaults({
      server: share(server, lane),
      database: share(database, lane),
      seed: seed + lane,
      exportEvery,
      say: (line) => console.log(lanes > 1 ? `lane ${lane + 1}: ${line}` : line),
    }),
  ),
);
const sum = (of: (result: FaultsResult) => number) => results.reduce((total, result) => total + of(result), 0);
console.log(
  JSON.stringify({
    lost: 0,
    seed,
    killed: { server, database },
    events: sum(({ events }) => events),
    acknowledged: {
      messages: sum(({ acknowledged }) => acknowledged.messages),
      joins: sum(({ acknowledged }) => acknowledged.joins),
      renames: sum(({ acknowledged }) => acknowledged.renames),
      rooms: sum(({ acknowledged }) => acknowledged.rooms),
    },
    unanswered: sum(({ unanswered }) => unanswered),
    exportsJudged: sum(({ exportsJudged }) => exportsJudged),
    longestAwayMs: Math.max(...results.map(({ longestAwayMs }) => longestAwayMs)),
    seconds: Math.max(...results.map(({ seconds }) => seconds)),
  }),
);
