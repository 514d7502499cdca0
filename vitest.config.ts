import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const TESTS = ['packages/*/{src,test,worker}/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts'];
const DATABASE = /from '(@conclave\/testkit|\.)\/database(\.ts)?'/;

/** Tests that take a database from testkit; `npm test` runs them a second time, on Debian's PostgreSQL. */
const databaseTests = globSync(TESTS, { cwd: import.meta.dirname, exclude: (name) => name === 'node_modules' }).filter((file) =>
  DATABASE.test(readFileSync(`${import.meta.dirname}/${file}`, 'utf8')),
);

// Real processes, databases and media workers are started; two cores are the smallest machine this runs on.
const timeouts = { testTimeout: 20_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    restoreMocks: true,
    projects: [
      { test: { ...timeouts, name: 'plain', include: TESTS, exclude: ['**/node_modules/**', '**/dist/**', ...databaseTests] } },
      { test: { ...timeouts, name: 'database', include: databaseTests, globalSetup: ['packages/testkit/src/vitest-setup.ts'] } },
    ],
  },
});
