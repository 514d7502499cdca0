// `npm start`: set-up, then the whole platform under the pinned Node.
import { launch } from './launch.mjs';
import { runScript, setUp } from './setup.mjs';

await runScript(async () => {
  const { workerBin } = await setUp();
  return launch(['packages/cli/src/main.ts', 'start', ...process.argv.slice(2)], { workerBin });
});
