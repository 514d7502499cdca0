// `npm run faults -- [arguments]`: runs scripts/faults.ts under the pinned Node.
import { launch } from './launch.mjs';
import { runScript, setUp } from './setup.mjs';

await runScript(async () => {
  const { workerBin } = await setUp();
  return launch(['scripts/faults.ts', ...process.argv.slice(2)], { workerBin });
});
