/**
 * Writes the tables of docs/performance.md, between `<!-- measured: NAME -->` and `<!-- /measured -->`, and its plots, from what is in
 * `bench/results`. `npm run bench -- report`; `npm run bench` without a name does so at its end.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { JANUS, JANUS_LOOP, CONCLAVE } from './fanout/subjects.ts';
import { FLOOR } from './fanout/floor.ts';
import { fanoutTables, type FanoutResult } from './fanout/tables.ts';
import { drawChart, type Chart } from './report/chart.ts';
import * as churn from './tables/churn.ts';
import * as host from './tables/host.ts';
import * as join from './tables/join.ts';
import * as joinNative from './tables/join-native.ts';
import * as memory from './tables/memory.ts';
import * as page from './tables/page.ts';
import * as roundTrips from './tables/round-trips.ts';
import * as start from './tables/start.ts';
import * as webinar from './tables/webinar.ts';

/** Where and when, as `writeResults` says it. */
interface Where {
  readonly where?: {
    readonly commit: string;
    readonly onDay: string;
    readonly cores: number;
    readonly processor: string;
    readonly loadAfterwards: number;
  };
}

interface Section<Result> {
  readonly table: (result: Result) => string;
  readonly chart?: (result: Result) => Chart;
}

const section = <Result>(one: Section<Result>) => one as Section<unknown>;

const SECTIONS: Readonly<Record<string, Section<unknown>>> = {
  fanout: section<FanoutResult>({ table: fanoutTables, chart: fanoutChart }),
  'join-native': section<joinNative.JoinNativeResult>({ table: joinNative.table }),
  'round-trips': section<roundTrips.RoundTripsResult>({ table: roundTrips.table }),
  join: section<join.JoinResult>({ table: join.table }),
  memory: section<memory.MemoryResult>({ table: memory.table, chart: memoryChart }),
  churn: section<churn.ChurnResult>({ table: churn.table }),
  webinar: section<webinar.WebinarResult>({ table: webinar.table, chart: webinarChart }),
  start: section<start.StartResult>({ table: start.table }),
  page: section<page.PageResult>({ table: page.table }),
  host: section<host.HostResult>({ table: host.table, chart: hostChart }),
};

function fanoutChart({ rows }: FanoutResult): Chart {
  const names = { [CONCLAVE]: 'Conclave', [JANUS_LOOP]: 'Janus, event loop', [JANUS]: 'Janus, default', [FLOOR]: 'floor' };
  return {
    title: 'CPU time to forward one packet',
    xLabel: 'subscribers',
    yLabel: 'µs',
    curves: Object.entries(names).map(([subject, name]) => ({
      name,
      points: rows.map(({ subscribers, usPerPacket }) => [subscribers, usPerPacket[subject]?.median ?? 0] as const),
    })),
  };
}

function memoryChart(result: memory.MemoryResult): Chart {
  return { title: 'Resident memory as a room fills', xLabel: 'people in one room', yLabel: 'MB', curves: memory.curves(result) };
}

function webinarChart({ joining }: webinar.WebinarResult): Chart {
  const parts = { server: 'server', postgres: 'PostgreSQL', media: 'media node', worker: 'workers' } as const;
  return {
    title: 'CPU time of a join as a webinar fills',
    xLabel: 'listeners',
    yLabel: 'ms',
    curves: (Object.entries(parts) as [keyof typeof parts, string][]).map(([part, name]) => ({
      name,
      points: joining.map(({ listeners, perJoinMs }) => [listeners, perJoinMs[part]] as const),
    })),
  };
}

function hostChart({ rooms }: host.HostResult): Chart {
  return {
    title: 'What cameras cost the media worker',
    xLabel: 'people, each with a camera',
    yLabel: 'cores',
    curves: rooms.map(({ size, steps }) => ({
      name: `rooms of ${size}`,
      points: steps.map(({ participants, cores }) => [participants, cores.worker] as const),
    })),
  };
}

const ROOT = new URL('../', import.meta.url);
const PAGE = new URL('docs/performance.md', ROOT);
const IMAGES = new URL('docs/images/', ROOT);

async function measured(name: string, one: Section<unknown>): Promise<string | undefined> {
  const file = new URL(`bench/results/${name}.json`, ROOT);
  if (!existsSync(file)) return undefined;
  const result: unknown = JSON.parse(await readFile(file, 'utf8')); // written by the bench of that name
  const { where } = result as Where;
  const told = where
    ? `Measured on ${where.onDay} at ${where.commit}, ${where.processor} with ${where.cores} cores, load ${where.loadAfterwards} when it ended.`
    : '';
  const parts = [told, one.table(result)];
  if (one.chart) {
    const chart = one.chart(result);
    await writeFile(new URL(`performance-${name}.svg`, IMAGES), drawChart(chart));
    parts.push(`![${chart.title}](images/performance-${name}.svg)`);
  }
  return parts.filter((part) => part !== '').join('\n\n');
}

await mkdir(IMAGES, { recursive: true });
let text = await readFile(PAGE, 'utf8');
for (const [name, one] of Object.entries(SECTIONS)) {
  const between = new RegExp(`(<!-- measured: ${name} -->\n)[^]*?(<!-- /measured -->)`);
  if (!between.test(text)) throw new Error(`docs/performance.md has no place for ${name}`);
  const found = await measured(name, one);
  if (found !== undefined) text = text.replace(between, (_, begin: string, end: string) => `${begin}\n${found}\n\n${end}`);
}
await writeFile(PAGE, text);
console.log('docs/performance.md has the newest figures');
