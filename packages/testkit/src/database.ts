import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** A database in which the tests' user may create others. */
    databaseUrl: string;
  }
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/**
 * An empty database of its own on the run's real PostgreSQL (see `vitest-setup.ts`), dropped on disposal.
 * Inside Vitest only.
 */
export async function createTestDatabase(): Promise<{ url: string } & AsyncDisposable> {
  const base = inject('databaseUrl');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await execute(base, `create database ${name}`);
  const url = new URL(base);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      await execute(base, `drop database ${name} with (force)`);
    },
  };
}
