import type { Db } from '@conclave/server/db/connection';
import { findPage, type PageRequest } from '@conclave/server/log-reading/store';
import { CompiledQuery } from 'kysely';
import { EVENT_NAMES } from '@conclave/protocol/events/names';
import type { Search } from './searches.ts';

/** What a plan of PostgreSQL says about the work that was done. */
export interface PlanSummary {
  readonly indexes: readonly string[];
  readonly seqScans: readonly string[];
  /** Rows that went into the largest sort. */
  readonly sortedRows: number;
  /** Rows that were read and then did not fit. */
  readonly droppedRows: number;
  readonly buffers: number;
  readonly executionMs: number;
}

interface Node {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Node[];
}

/** The statements that a page asks. */
export async function recordQueries(db: Db, { scope, filter }: Search, page: PageRequest): Promise<CompiledQuery[]> {
  const queries: CompiledQuery[] = [];
  const executor = db.getExecutor();
  const execute: typeof executor.executeQuery = (query) => {
    queries.push(query);
    return executor.executeQuery(query);
  };
  const recording = {
    executeQuery: execute,
    transformQuery: executor.transformQuery.bind(executor),
    compileQuery: executor.compileQuery.bind(executor),
  };
  // A page asks by raw SQL, which takes the executor and nothing else.
  await findPage({ getExecutor: () => recording } as unknown as Db, scope, filter, page);
  return queries;
}

export async function planOf(db: Db, queries: readonly CompiledQuery[]): Promise<PlanSummary> {
  const nodes: Node[] = [];
  let [buffers, executionMs] = [0, 0];
  for (const { sql: text, parameters } of queries) {
    const explained = CompiledQuery.raw(`explain (analyze, buffers, format json) ${text}`, [...parameters]);
    const { rows } = await db.executeQuery<{ 'QUERY PLAN': [{ Plan: Node & Record<string, number>; 'Execution Time': number }] }>(
      explained,
    );
    const [plan] = rows[0]?.['QUERY PLAN'] ?? [];
    if (!plan) throw new Error('PostgreSQL explained nothing');
    nodes.push(...flat(plan.Plan));
    buffers += (plan.Plan['Shared Hit Blocks'] ?? 0) + (plan.Plan['Shared Read Blocks'] ?? 0);
    executionMs += plan['Execution Time'];
  }
  return {
    indexes: [...new Set(nodes.flatMap((node) => node['Index Name'] ?? []))].toSorted(),
    seqScans: nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name'] ?? ''),
    sortedRows: Math.max(
      0,
      ...nodes.filter((node) => node['Node Type'].includes('Sort')).flatMap((node) => (node.Plans ?? []).map(rowsOf)),
    ),
    droppedRows: nodes.reduce((sum, node) => sum + (node['Rows Removed by Filter'] ?? 0) * node['Actual Loops'], 0),
    buffers,
    executionMs: Math.round(executionMs * 10) / 10,
  };
}

/** What a plan does that it must not. */
export function faultsOf({ seqScans, sortedRows }: PlanSummary, limit: number): string[] {
  const mostSorted = limit * EVENT_NAMES.length * 2;
  return [...seqScans.map((table) => `reads all of ${table}`), ...(sortedRows > mostSorted ? [`sorts ${sortedRows} rows`] : [])];
}

const rowsOf = (node: Node) => node['Actual Rows'] * node['Actual Loops'];

function flat(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(flat)];
}
