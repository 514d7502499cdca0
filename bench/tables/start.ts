import type { Spread } from '../common/spread.ts';

/** A start that set everything up. */
export interface FirstStart {
  readonly onDay: string;
  readonly commit: string;
  readonly readyS: Spread;
  readonly healthyS: Spread;
  readonly processorS: Spread;
  /** As set-up tells them, of the last. */
  readonly stepsS: Readonly<Record<string, number>>;
}

/** What is in `bench/results/start.json`. */
export interface StartResult {
  /** null: not measured yet. */
  readonly firstStart: FirstStart | null;
  /** With the media worker compiled on the way. */
  readonly firstStartWithWorkerBuild: FirstStart | null;
  readonly secondStart: { readonly readyS: Spread; readonly healthyS: Spread; readonly processorS: Spread; readonly endS: Spread };
  readonly bytesOnDisk: {
    readonly repository: number;
    readonly nodeModules: number;
    /** The built pages. */
    readonly pages: number;
    readonly data: number;
    readonly workerCache: number;
    /** What npm fetched, which may be deleted. */
    readonly npmCache: number;
  };
  /** Of `bench/results/page.json`: compressed, until `Join` can be pressed. */
  readonly firstLoad: { readonly scriptBytes: Spread; readonly onDay: string } | null;
}

/** For `docs/performance.md`. */
export function table({ firstStart, firstStartWithWorkerBuild, secondStart, bytesOnDisk, firstLoad }: StartResult): string {
  const rows: [string, string][] = [
    ...(firstStart ? firstRows('first `npm start`, the media worker is there', firstStart) : []),
    ...(firstStartWithWorkerBuild ? firstRows('first `npm start`, the media worker is compiled', firstStartWithWorkerBuild) : []),
    ['second `npm start`, until ready', seconds(secondStart.readyS)],
    ['second `npm start`, processor time until then', seconds(secondStart.processorS)],
    ['Ctrl-C, until nothing runs', seconds(secondStart.endS)],
    ['disk: what is cloned', megabytes(bytesOnDisk.repository)],
    ['disk: `node_modules`', megabytes(bytesOnDisk.nodeModules)],
    ['disk: built pages', megabytes(bytesOnDisk.pages)],
    ['disk: data directory after the first start', megabytes(bytesOnDisk.data)],
    ['disk: cache of the media worker (`~/.cache/conclave`)', megabytes(bytesOnDisk.workerCache)],
    ["disk: npm's cache, which may be deleted", megabytes(bytesOnDisk.npmCache)],
    ...(firstLoad
      ? [['scripts that a guest fetches first', `${Math.round(firstLoad.scriptBytes.median / 1000)} kB`] as [string, string]]
      : []),
  ];
  return ['| what | figure |', '| --- | --- |', ...rows.map(([what, figure]) => `| ${what} | ${figure} |`)].join('\n');
}

function firstRows(what: string, { readyS, processorS, stepsS }: FirstStart): [string, string][] {
  const steps = Object.entries(stepsS)
    .filter(([name]) => name !== 'set-up')
    .map(([name, s]) => `${name} ${s} s`);
  return [
    [`${what}, until ready`, seconds(readyS)],
    [`of that, steps of set-up`, steps.join(', ')],
    [`processor time until then`, seconds(processorS)],
  ];
}

function seconds({ median, min, max, repeats }: Spread): string {
  return repeats === 1 ? `${median} s (one start)` : `${median} s (${min} to ${max}, ${repeats} starts)`;
}

const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
