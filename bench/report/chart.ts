export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly curves: readonly Curve[];
}

const [WIDTH, HEIGHT] = [720, 380];
const BOX = { left: 64, right: 176, top: 40, bottom: 52 };
const TICKS = 6;
/** Told apart by people who do not see red and green, on light and on dark ground. */
const COLOURS = ['#3b82f6', '#f59e0b', '#10b981', '#a855f7', '#ef4444'];

/** SVG that fits light and dark pages; axes begin at nought, so that heights can be compared. */
export function drawChart({ title, xLabel, yLabel, curves }: Chart): string {
  const all = curves.flatMap(({ points }) => points);
  const [xs, ys] = [ticksTo(Math.max(...all.map(([x]) => x))), ticksTo(Math.max(...all.map(([, y]) => y)))];
  const [right, bottom] = [WIDTH - BOX.right, HEIGHT - BOX.bottom];
  const x = (value: number) => round(BOX.left + (value / (xs.at(-1) ?? 1)) * (right - BOX.left));
  const y = (value: number) => round(bottom - (value / (ys.at(-1) ?? 1)) * (bottom - BOX.top));
  const names = spreadOut(curves.map(({ points }) => y(points.at(-1)?.[1] ?? 0)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escape(title)}">`,
    '<style>text{font:13px system-ui,sans-serif;fill:#1f2937}.grid{stroke:#9ca3af;stroke-opacity:.35}',
    '@media(prefers-color-scheme:dark){text{fill:#e5e7eb}}</style>',
    `<text x="${BOX.left}" y="20" font-weight="600">${escape(title)}</text>`,
    ...xs.map((tick) => `<text x="${x(tick)}" y="${bottom + 20}" text-anchor="middle">${tick}</text>`),
    ...ys.map(
      (tick) =>
        `<line class="grid" x1="${BOX.left}" x2="${right}" y1="${y(tick)}" y2="${y(tick)}"/><text x="${BOX.left - 8}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`,
    ),
    `<text x="${(BOX.left + right) / 2}" y="${HEIGHT - 10}" text-anchor="middle">${escape(xLabel)}</text>`,
    `<text transform="translate(16 ${(BOX.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escape(yLabel)}</text>`,
    ...curves.flatMap(({ name, points }, index) => {
      const colour = COLOURS[index % COLOURS.length];
      const path = points.map(([px, py]) => `${x(px)},${y(py)}`).join(' ');
      const dots = points.map(([px, py]) => `<circle cx="${x(px)}" cy="${y(py)}" r="3" fill="${colour}"/>`);
      const label = `<text x="${right + 10}" y="${(names[index] ?? 0) + 4}"><tspan fill="${colour}">●</tspan> ${escape(name)}</text>`;
      return [`<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`, ...dots, label];
    }),
    '</svg>\n',
  ].join('\n');
}

/** Round numbers from 0 to the first that is not below `most`. */
function ticksTo(most: number): number[] {
  const rough = (most || 1) / TICKS;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * magnitude >= rough) ?? 10) * magnitude;
  return Array.from({ length: Math.ceil((most || 1) / step) + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

const NAME_HEIGHT = 18;

/** Where names go that belong at those heights, without one over another. */
function spreadOut(heights: readonly number[]): number[] {
  const placed = [...heights];
  const order = heights.map((_, index) => index).toSorted((a, b) => (heights[a] ?? 0) - (heights[b] ?? 0));
  for (const [rank, index] of order.entries()) {
    const above = placed[order[rank - 1] ?? -1];
    if (above !== undefined) placed[index] = Math.max(placed[index] ?? 0, above + NAME_HEIGHT);
  }
  return placed;
}

const round = (value: number) => Math.round(value * 10) / 10;
const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
