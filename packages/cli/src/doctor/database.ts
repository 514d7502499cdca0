import type { Config } from '@conclave/runtime/config';
import { findPostgres } from '@conclave/runtime/postgres';
import { askDatabase } from '@conclave/runtime/postgres-database';
import { judgeClock } from './clock.ts';
import { STEP_TIMEOUT_MS } from './dial.ts';
import type { Section } from './finding.ts';
import { messageOf } from './https.ts';

/** Times of both are compared with each other, such as the end of a ticket. */
const CLOCK_TOLERANCE_MS = 2_000;
const SUPPORTED = { oldest: 15, newest: 18 } as const;

/** Whether the database answers; resolves with its version. */
export async function checkDatabase(
  { databaseUrl, dataDir }: Pick<Config, 'databaseUrl' | 'dataDir'>,
  section: Section,
): Promise<string | undefined> {
  const what = 'database';
  try {
    const url = databaseUrl?.reveal() ?? (await findPostgres(dataDir))?.url;
    if (url === undefined) {
      section.fail(
        what,
        'the embedded PostgreSQL does not run',
        'it is started with Conclave; its log is postgres/postgres.log in the data directory',
      );
      return undefined;
    }
    const { version, clockOffsetMs, isEncrypted } = await askDatabase(url, STEP_TIMEOUT_MS);
    judgeVersion(version, section);
    judgeClock('database clock', clockOffsetMs, CLOCK_TOLERANCE_MS, section);
    judgeLink(new URL(url).hostname, isEncrypted, section);
    return version;
  } catch (error) {
    section.fail(
      what,
      `does not answer (${messageOf(error)})`,
      databaseUrl ? 'see DATABASE_URL, and the log of PostgreSQL' : 'see postgres/postgres.log in the data directory',
    );
    return undefined;
  }
}

function judgeVersion(version: string, section: Section): void {
  const major = Number.parseInt(version, 10);
  if (major >= SUPPORTED.oldest && major <= SUPPORTED.newest) section.ok('database', `PostgreSQL ${version}`);
  else section.warn('database', `PostgreSQL ${version}`, `Conclave is tested with ${SUPPORTED.oldest} to ${SUPPORTED.newest}`);
}

function judgeLink(host: string, isEncrypted: boolean, section: Section): void {
  const what = 'database link';
  const isHere = host === '' || /^(localhost|127\.|\[::1\])/.test(host);
  if (isEncrypted) section.ok(what, 'encrypted');
  else if (isHere) section.ok(what, 'does not leave this host');
  else section.fail(what, `to ${host} in clear`, 'add ?sslmode=verify-full&sslrootcert=FILE to DATABASE_URL');
}
