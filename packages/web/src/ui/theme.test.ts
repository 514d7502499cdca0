import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const css = readFileSync(new URL('theme.css', import.meta.url), 'utf8');
const tokens = new Map(
  [...css.matchAll(/--c-([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map((match) => [
    match[1],
    { light: match[2] ?? '', dark: match[3] ?? '' },
  ]),
);

/** WCAG 2.2 §1.4.3: relative luminance and contrast. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const TEXT_PAIRS = [
  ...['bg', 'surface', 'raised', 'sunken', 'hover', 'stage', 'tile'].flatMap((ground) => [
    ['ink', ground],
    ['muted', ground],
  ]),
  ...['bg', 'surface', 'raised', 'sunken'].flatMap((ground) => [
    ['faint', ground],
    ['accent-ink', ground],
    ['danger-ink', ground],
  ]),
  ['on-accent', 'accent'],
  ['on-accent', 'accent-hover'],
  ['on-danger', 'danger'],
  ['on-danger', 'danger-hover'],
  ['accent-ink', 'accent-soft'],
  ['danger-ink', 'danger-soft'],
  ['warn-ink', 'warn-soft'],
];
/** Edges of controls and focus rings, WCAG §1.4.11. */
const EDGE_PAIRS = ['bg', 'surface', 'raised'].flatMap((ground) => [
  ['line-strong', ground],
  ['accent', ground],
]);

describe.each(['light', 'dark'] as const)('the %s theme', (theme) => {
  const colour = (name = '') => tokens.get(name === 'line-strong' ? 'border-strong' : name)?.[theme] ?? '';
  test.each(TEXT_PAIRS)('text in %s on %s has a contrast of 4.5', (text, ground) =>
    expect(contrast(colour(text), colour(ground))).toBeGreaterThanOrEqual(4.5),
  );
  test.each(EDGE_PAIRS)('edges in %s on %s have a contrast of 3', (edge, ground) =>
    expect(contrast(colour(edge), colour(ground))).toBeGreaterThanOrEqual(3),
  );
});
