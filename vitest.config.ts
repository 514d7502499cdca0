import { availableParallelism } from 'node:os';
import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { findWorker } from './scripts/media-worker.mjs';

const TESTS = ['packages/*/{src,test,worker}/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts'];
const SETUP = ['packages/testkit/src/vitest-setup.ts'];
const DATABASE = /from '(@conclave\/testkit|\.|\.\.\/src)\/(database|platform|tampering)(\.ts)?'/;

/** Tests that take a database from testkit; `npm test` runs them a second time, on Debian's PostgreSQL. */
const databaseTests = globSync(TESTS, { cwd: import.meta.dirname, exclude: (name) => name === 'node_modules' }).filter((file) =>
  DATABASE.test(readFileSync(`${import.meta.dirname}/${file}`, 'utf8')),
);
/** Those of them that are long because of how much they try, not because of what they ask of PostgreSQL: once is enough. */
const LONG = /\/(matrix|walk|races|room-passwords|invites|hostile-doors|hostile-media)\.test\.ts$/;

const shared = {
  // Real processes, databases and media workers are started; two cores are the smallest machine this runs on.
  testTimeout: 60_000,
  hookTimeout: 180_000,
  // What is polled for is waited for, not measured: a second, which is what Vitest gives, is now and then not enough on a busy host.
  expect: { poll: { timeout: 15_000 } },
  // `npm test` gives it; so that `npx vitest run PATH` works too, it is looked up here.
  env: { MEDIASOUP_WORKER_BIN: findWorker() ?? '' },
};

export default defineConfig({
  test: {
    restoreMocks: true,
    // Most of the time is spent waiting for real parts; one worker less than cores, which is what Vitest takes, would be one.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      { test: { ...shared, name: 'plain', include: TESTS, exclude: ['**/node_modules/**', '**/dist/**', ...databaseTests] } },
      { test: { ...shared, name: 'database', include: databaseTests.filter((file) => !LONG.test(file)), globalSetup: SETUP } },
      { test: { ...shared, name: 'long', include: databaseTests.filter((file) => LONG.test(file)), globalSetup: SETUP } },
    ],
  },
});
