import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@conclave/runtime/postgres';
import pino from 'pino';
import type { TestProject } from 'vitest/node';
import { startDebianPostgres } from './debian-postgres.ts';
import './database.ts'; // declares what is provided

async function startEmbedded(): Promise<{ url: string } & AsyncDisposable> {
  const dataDir = await mkdtemp(join(tmpdir(), 'conclave-test-pg-'));
  const postgres = await startPostgres({ dataDir, log: pino({ level: 'silent' }) });
  return {
    url: postgres.adminUrl,
    async [Symbol.asyncDispose]() {
      await postgres[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/**
 * One PostgreSQL for a whole Vitest run: the embedded one, or Debian's with `CONCLAVE_TEST_DATABASE=debian`.
 * Each test file takes a database of its own from it.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const database = process.env['CONCLAVE_TEST_DATABASE'] === 'debian' ? await startDebianPostgres() : await startEmbedded();
  project.provide('databaseUrl', database.url);
  return async () => {
    await database[Symbol.asyncDispose]();
  };
}
