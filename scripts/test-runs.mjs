// The three runs of `npm test`, each with its count of tests.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PINNED_NODE, ROOT } from './paths.mjs';

const NO_TESTS = { passed: 0, failed: 0, failures: [], skipped: [] };
const SUMMARIES = join(ROOT, 'node_modules/.cache/conclave/tests');

/**
 * Vitest with the given database; `project` narrows it to one of vitest.config.ts.
 * @returns {Promise<{
 *   passed: number, failed: number, failures: {title: string, message: string}[], skipped: {title: string, reason: string}[]
 * }>}
 */
export async function runVitest({ database, project, filters, env }) {
  const file = freshFile(`vitest-${database}.json`);
  const args = ['run', '--reporter=default', '--reporter=./scripts/vitest-summary.ts', '--passWithNoTests'];
  if (project !== undefined) args.push('--project', project);
  const code = await runHere([join(ROOT, 'node_modules/vitest/vitest.mjs'), ...args, ...filters], {
    ...env,
    CONCLAVE_TEST_DATABASE: database,
    CONCLAVE_TEST_SUMMARY: file,
  });
  // Without any matching test Vitest writes no summary.
  const summary = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : NO_TESTS;
  return countExitCode(summary, code);
}

/** The stories of e2e/ in Debian's Chromium. Result as of `runVitest`. */
export async function runPlaywright({ filters, env }) {
  const file = freshFile('playwright.json');
  const args = ['test', '--reporter=list,json', '--pass-with-no-tests', ...filters];
  const code = await runHere([join(ROOT, 'node_modules/@playwright/test/cli.js'), ...args], { ...env, PLAYWRIGHT_JSON_OUTPUT_NAME: file });
  if (!existsSync(file)) return countExitCode(NO_TESTS, code);
  const { stats, suites } = JSON.parse(readFileSync(file, 'utf8'));
  return countExitCode(
    {
      passed: stats.expected,
      failed: stats.unexpected + stats.flaky,
      failures: suites.flatMap((suite) => failedStories(suite)),
      skipped: suites.flatMap((suite) => skippedStories(suite)),
    },
    code,
  );
}

/** A run that failed outside any test has failed none the less. */
function countExitCode(summary, code) {
  if (code === 0 || summary.failed > 0) return summary;
  return { ...summary, failed: 1, failures: [{ title: 'outside any test', message: `the run ended with exit code ${code}` }] };
}

function failedStories(suite) {
  const own = (suite.specs ?? [])
    .filter(({ ok }) => !ok)
    .map((spec) => ({
      title: `${spec.file} > ${spec.title}`,
      message: spec.tests.flatMap(({ results }) => results.map(({ error }) => error?.message ?? '')).find(Boolean) ?? '',
    }));
  return [...own, ...(suite.suites ?? []).flatMap((inner) => failedStories(inner))];
}

function skippedStories(suite) {
  const own = (suite.specs ?? []).flatMap((spec) =>
    spec.tests
      .filter((test) => test.status === 'skipped')
      .map((test) => ({
        title: `${suite.title} > ${spec.title}`,
        reason: test.annotations.find(({ type }) => type === 'skip' || type === 'fixme')?.description ?? 'no reason given',
      })),
  );
  return [...own, ...(suite.suites ?? []).flatMap((inner) => skippedStories(inner))];
}

function freshFile(name) {
  mkdirSync(SUMMARIES, { recursive: true });
  const file = join(SUMMARIES, name);
  rmSync(file, { force: true });
  return file;
}

/** Stays in the terminal's process group, so that Ctrl-C ends the tests too. */
function runHere(args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(PINNED_NODE, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
