import { tellShort, type Spread } from '../common/spread.ts';

const ROWS = {
  readyScriptBytes: ['scripts until *Join* can be pressed, kB compressed', 1_000],
  scriptBytes: ['scripts with what is fetched for the room meanwhile, kB', 1_000],
  styleBytes: ['styles, kB', 1_000],
  fontBytes: ['fonts, kB', 1_000],
  firstPaintMs: ['first paint, ms', 1],
  largestPaintMs: ['largest paint, ms', 1],
  readyMs: ['*Join* can be pressed, ms', 1],
  blockedMs: ['main thread blocked, ms', 1],
  layoutShift: ['layout shift', 1],
} as const;

/** What is in `bench/results/page.json`. */
export interface PageResult {
  readonly aimScriptBytes: number;
  readonly rows: Readonly<Record<string, Spread>>;
}

/** For `docs/performance.md`. */
export function table({ rows, aimScriptBytes }: PageResult): string {
  const lines = Object.entries(ROWS).flatMap(([name, [label, unit]]) => {
    const spread = rows[name];
    if (!spread) return [];
    const met = spread.median <= aimScriptBytes ? 'met' : '**missed**';
    return [`| ${label} | ${tellShort(spread, unit)} | ${name === 'readyScriptBytes' ? `≤ ${aimScriptBytes / 1_000}: ${met}` : ''} |`];
  });
  return ['| an empty cache | figure | aim |', '| --- | --- | --- |', ...lines].join('\n');
}
