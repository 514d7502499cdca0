#!/usr/bin/env node
// Runs on any Node from 18 on: sets up what the command needs, then hands over to the pinned Node.
import { launch } from '../../../scripts/launch.mjs';
import { runScript, setUp } from '../../../scripts/setup.mjs';

const args = process.argv.slice(2);
const skip = args[0] === 'start' ? [] : ['media worker', 'web client'];

await runScript(async () => {
  const { workerBin } = await setUp({ skip });
  // Files are meant from where the command was typed; under npx npm says where that was.
  const env = { INIT_CWD: process.env.INIT_CWD ?? process.cwd() };
  return launch(['packages/cli/src/main.ts', ...args], { workerBin, env });
});
