/**
 * How fast pages of the event log are, at ten million events: each filter of the dashboard and combinations of them, common, rare and
 * empty, as the first page, in the middle and at the end of the log, warm. Fails when a page takes 50 ms at p95, or when its plan reads
 * a table from end to end or sorts more than the first rows of each name.
 * `npm run bench -- log-pages [--events 10000000] [--runs 20]`; writes `bench/results/log-pages.json`. Takes a quarter of an hour and
 * 25 GB under the temporary directory.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createLog } from '@conclave/runtime/log';
import { startPostgres } from '@conclave/runtime/postgres';
import { Secret } from '@conclave/runtime/secret';
import { connectDatabase, type Db } from '@conclave/server/db/connection';
import { migrate } from '@conclave/server/db/migrate';
import { createPersonKeys } from '@conclave/server/event-log/person-keys';
import { presentPage } from '@conclave/server/log-reading/present';
import { findPage } from '@conclave/server/log-reading/store';
import { sql } from 'kysely';
import { fillEntries, prepareFill } from './generated-log/fill.ts';
import { measureSequencing } from './generated-log/sequencing.ts';
import { planOf, faultsOf, recordQueries, type PlanSummary } from './generated-log/plans.ts';
import { chooseSearches, type Search } from './generated-log/searches.ts';

const { values } = parseArgs({ options: { events: { type: 'string', default: '10000000' }, runs: { type: 'string', default: '20' } } });
const events = Number(values.events);
const runs = Number(values.runs);
const LIMIT = 50;
const ALLOWED_MS = 50;
const log = createLog({ logLevel: 'silent' }, 'bench');

interface Row {
  readonly search: string;
  readonly page: 'first' | 'middle' | 'end';
  readonly events: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly plan: PlanSummary;
  readonly faults: readonly string[];
}

async function makeLog(db: Db): Promise<{ fillS: number; indexS: number }> {
  await migrate(db, log);
  await prepareFill(db);
  const { rows: indexes } = await sql<{ name: string; definition: string }>`
    select indexname as name, indexdef as definition from pg_indexes
    where tablename = 'event_log_entries' and indexname not like '%_pkey' and indexname not like '%_key'`.execute(db);
  for (const { name } of indexes) await sql`drop index ${sql.id(name)}`.execute(db);
  const startedMs = Date.now();
  // The newest hundredth comes after the clean-up, as in a log that is being written to.
  const old = Math.floor(events * 0.99);
  await fillEntries(db, 0, old, 180, (at) => process.stdout.write(`\r${at} of ${events} events`));
  const filledMs = Date.now();
  for (const { name, definition } of indexes) {
    process.stdout.write(`\r${name}          `);
    await sql.raw(definition).execute(db);
  }
  await sql`vacuum analyze event_log_entries`.execute(db);
  const indexedMs = Date.now();
  await fillEntries(db, old, events, 180, () => undefined);
  console.log();
  return { fillS: Math.round((filledMs - startedMs) / 1000), indexS: Math.round((indexedMs - filledMs) / 1000) };
}

async function measure(db: Db, search: Search, page: Row['page']): Promise<Row> {
  const personKeys = createPersonKeys(new Secret(randomBytes(32).toString('base64url')));
  const cursor = page === 'first' ? undefined : page === 'middle' ? Math.floor(events / 2) : Math.floor(events / 200);
  const read = async () => {
    const entries = await findPage(db, search.scope, search.filter, { order: 'newest', cursor, limit: LIMIT + 1 });
    return presentPage({ db, personKeys }, entries, LIMIT);
  };
  const queries = await recordQueries(db, search, { order: 'newest', cursor, limit: LIMIT + 1 });
  await read();
  const times: number[] = [];
  let found = 0;
  for (let run = 0; run < runs; run += 1) {
    const startedMs = performance.now();
    found = (await read()).events.length;
    times.push(performance.now() - startedMs);
  }
  const plan = await planOf(db, queries);
  const p95Ms = quantile(times, 0.95);
  const faults = [...faultsOf(plan, LIMIT + 1), ...(p95Ms < ALLOWED_MS ? [] : [`p95 is not under ${ALLOWED_MS} ms`])];
  return { search: search.name, page, events: found, p50Ms: quantile(times, 0.5), p95Ms, plan, faults };
}

function quantile(given: readonly number[], share: number): number {
  const sorted = given.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return Math.round(value * 10) / 10;
}

const dataDir = await mkdtemp(join(tmpdir(), 'conclave-log-pages-'));
try {
  await using postgres = await startPostgres({ dataDir, log });
  const admin = connectDatabase({ url: postgres.adminUrl, log });
  // The fill would otherwise wait for a checkpoint every few seconds.
  await sql`alter system set max_wal_size = '8GB'`.execute(admin);
  await sql`alter system set maintenance_work_mem = '1GB'`.execute(admin);
  await sql`select pg_reload_conf()`.execute(admin);
  await admin.destroy();
  const db = connectDatabase({ url: postgres.url, log, statementTimeoutMs: 3_600_000 });
  const made = await makeLog(db);
  const rows: Row[] = [];
  for (const search of await chooseSearches(db, events)) {
    for (const page of ['first', 'middle', 'end'] as const) {
      const row = await measure(db, search, page);
      rows.push(row);
      console.log(
        `${row.search.padEnd(52)} ${page.padEnd(6)} ${String(row.events).padStart(3)} events  p50 ${String(row.p50Ms).padStart(6)} ms  p95 ${String(row.p95Ms).padStart(6)} ms  ${row.plan.indexes.join(' ')}  ${row.faults.join('; ')}`,
      );
    }
  }
  const sequencing = await measureSequencing(db);
  const { rows: sizes } = await sql<{ name: string; megabytes: number }>`
    select c.relname as name, (pg_relation_size(c.oid) / 1048576)::int as megabytes from pg_class c
    where c.relname like 'event_log_entries%' and c.relkind in ('r', 'i') order by 2 desc`.execute(db);
  await db.destroy();
  const result = { events, runs, ...made, sequencing, sizes, worstP95Ms: Math.max(...rows.map((row) => row.p95Ms)), rows };
  await mkdir(new URL('results/', import.meta.url), { recursive: true });
  await writeFile(new URL('results/log-pages.json', import.meta.url), `${JSON.stringify(result, undefined, 2)}\n`);
  console.log(`worst p95 ${result.worstP95Ms} ms; sequenced ${sequencing.eventsPerS} events/s`);
  console.table(sizes);
  if (rows.some((row) => row.faults.length > 0)) process.exitCode = 1;
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
