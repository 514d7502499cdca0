// Runs an embedded PostgreSQL in the data directory given as argument, prints its URL, and goes on until it is killed.
import { createLog } from '@conclave/runtime/log';
import { startPostgres } from '@conclave/runtime/postgres';

const { url } = await startPostgres({ dataDir: process.argv[2] ?? '', log: createLog({ logLevel: 'silent' }, 'database') });
console.log(url);
setInterval(() => undefined, 60_000);
