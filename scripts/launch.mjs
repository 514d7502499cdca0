// Hands the terminal to a program under the pinned Node and ends with its exit code.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { PINNED_NODE, ROOT } from './paths.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const REPEAT_MS = 500;
/** Where Node keeps what it made of our sources, which is a fifth of a second start; it stays off where that cannot be written. */
const NODE_COMPILE_CACHE = join(ROOT, 'node_modules/.cache/node-compile');

/**
 * Runs the pinned Node with `args` in the root of the clone until it ends; resolves with its exit code.
 *
 * The child leads its own process group and hears of Ctrl-C from here alone: otherwise it would get one
 * SIGINT from the terminal and one from npm. It has an IPC channel whose `disconnect` tells it that this process died.
 */
export function launch(args, { workerBin, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(PINNED_NODE, args, {
      cwd: ROOT,
      detached: true,
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: { NODE_COMPILE_CACHE, ...process.env, ...(workerBin === undefined ? {} : { MEDIASOUP_WORKER_BIN: workerBin }), ...env },
    });
    let lastMs = 0;
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (Date.now() - lastMs < REPEAT_MS) return;
        lastMs = Date.now();
        child.kill(signal);
      });
    }
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}
