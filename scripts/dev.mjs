// `npm run dev`: rebuilds the web client and restarts the platform whenever their sources change.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { launch } from './launch.mjs';
import { PINNED_NODE, ROOT } from './paths.mjs';
import { runScript, setUp } from './setup.mjs';

const WATCHED = ['protocol', 'runtime', 'server', 'media', 'cli'].map((name) => `--watch-path=packages/${name}/src`);

await runScript(async () => {
  const { workerBin } = await setUp();
  const vite = spawn(PINNED_NODE, [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', '--watch'], {
    cwd: join(ROOT, 'packages/web'),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  try {
    return await launch([...WATCHED, '--watch-preserve-output', 'packages/cli/src/main.ts', 'start'], { workerBin });
  } finally {
    vite.kill();
  }
});
