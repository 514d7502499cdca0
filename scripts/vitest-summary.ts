import { writeFileSync } from 'node:fs';
import type { TestCase, TestModule, Reporter } from 'vitest/node';

/** What one run of tests came to; `scripts/test.mjs` adds these up. */
interface Summary {
  passed: number;
  failed: number;
  failures: { title: string; message: string }[];
  skipped: { title: string; reason: string }[];
}

/** Writes the run's summary as JSON to the file that `CONCLAVE_TEST_SUMMARY` names. Vitest wants a class, exported so. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    // A file that could not be loaded has no tests, and must count all the same.
    const broken = modules.filter((module) => module.errors().length > 0).length;
    const summary: Summary = {
      passed: count(tests, 'passed'),
      failed: count(tests, 'failed') + broken + unhandledErrors.length,
      failures: [
        ...modules.flatMap((module) => module.errors().map((error) => ({ title: module.moduleId, message: error.message }))),
        ...tests.flatMap((test) => {
          const errors = test.result().errors ?? [];
          return test.result().state === 'failed'
            ? [{ title: `${test.module.relativeModuleId} > ${test.fullName}`, message: errors[0]?.message ?? '' }]
            : [];
        }),
        ...unhandledErrors.map((error) => ({ title: 'outside any test', message: (error as Error).message })),
      ],
      skipped: tests
        .filter((test) => test.result().state === 'skipped')
        .map((test) => ({ title: test.fullName, reason: skipReason(test) })),
    };
    writeFileSync(process.env['CONCLAVE_TEST_SUMMARY'] ?? 'vitest-summary.json', JSON.stringify(summary));
  }
}

function count(tests: readonly TestCase[], state: 'passed' | 'failed'): number {
  return tests.filter((test) => test.result().state === state).length;
}

function skipReason(test: TestCase): string {
  const result = test.result();
  return (result.state === 'skipped' ? result.note : undefined) ?? 'no reason given';
}
