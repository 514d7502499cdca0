// `npm test [-- FILTER …]`: set-up, what tests need, then every test. Ends with `N passed, N failed`.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { missingPackages, needPackages } from './apt.mjs';
import { startReport } from './report.mjs';
import { runScript, setUp } from './setup.mjs';
import { runPlaywright, runVitest } from './test-runs.mjs';

const PACKAGES = [
  'chromium',
  'postgresql-15',
  'libnss3-tools',
  'openssl',
  'nftables',
  'python3-aiosmtpd',
  'rsyslog',
  'rsyslog-openssl',
  'pebble',
  'testssl.sh',
  'coturn',
  'haproxy',
  'tshark',
];
const NO_CLUSTER = '/etc/postgresql-common/createcluster.d/conclave-tests.conf';

await runScript(async () => {
  const { workerBin } = await setUp();
  await needTestPackages(startReport('test packages'));
  const env = { MEDIASOUP_WORKER_BIN: workerBin };
  const filters = process.argv.slice(2);

  const runs = [
    { title: 'Vitest, embedded PostgreSQL', run: () => runVitest({ database: 'embedded', filters, env }) },
    {
      title: "Vitest, Debian's PostgreSQL 15: the tests that use a database",
      run: () => runVitest({ database: 'debian', project: 'database', filters, env }),
    },
    { title: "Playwright, Debian's Chromium", run: () => runPlaywright({ filters, env }) },
  ];
  const results = [];
  for (const { title, run } of runs) {
    console.log(`\n── ${title}`);
    results.push(await run());
  }
  return summarise(results);
});

/** Debian starts a server on port 5432 when it installs PostgreSQL; the tests start their own. */
async function needTestPackages(report) {
  const asRoot = process.getuid?.() === 0;
  const withoutCluster = asRoot && missingPackages(['postgresql-15']).length > 0;
  if (withoutCluster) {
    mkdirSync(dirname(NO_CLUSTER), { recursive: true });
    writeFileSync(NO_CLUSTER, 'create_main_cluster = false\n');
  }
  try {
    await needPackages(PACKAGES, { report, why: 'npm test' });
  } finally {
    if (withoutCluster) rmSync(NO_CLUSTER, { force: true });
  }
}

function summarise(results) {
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  const [passed, failed] = [sum('passed'), sum('failed')];
  console.log('');
  for (const { title, reason } of results.flatMap(({ skipped }) => skipped)) console.log(`skipped: ${title} (${reason})`);
  // Again at the end: whoever sees only the last lines of a long run shall know what failed.
  for (const { title, message } of results.flatMap(({ failures }) => failures))
    console.log(`failed: ${title}: ${stripVTControlCharacters(message).trim().split('\n', 6).join(' | ')}`);
  if (passed + failed === 0) console.log('no test was run: does the filter fit?');
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 || passed === 0 ? 1 : 0;
}
