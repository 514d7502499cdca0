import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gridCapacity, tileGrid } from './tile-grid.ts';
import type { Box, TileGridInput } from './tile-grid.ts';

const aspect = { min: 4 / 3, max: 16 / 9 };
const inputs = fc.record({
  container: fc.record({ width: fc.integer({ min: 240, max: 4000 }), height: fc.integer({ min: 240, max: 2400 }) }),
  count: fc.integer({ min: 1, max: 49 }),
  gapPx: fc.constantFrom(4, 8, 12),
  aspect: fc.constantFrom(aspect, { min: 3 / 4, max: 16 / 9 }, { min: 1, max: 1 }),
});

const overlaps = (a: Box, b: Box) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** The best area found by trying every number of columns without the function under test's own choice. */
function bestArea({ container, count, gapPx, aspect: { min, max } }: TileGridInput): number {
  let best = 0;
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const width = (container.width - gapPx * (columns - 1)) / columns;
    const height = (container.height - gapPx * (rows - 1)) / rows;
    if (width <= 0 || height <= 0) continue;
    const w = Math.min(width, height * max);
    best = Math.max(best, w * Math.min(height, w / min));
  }
  return best;
}

describe('the tile grid', () => {
  it('places every tile inside the container', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { boxes } = tileGrid(input);
        expect(boxes).toHaveLength(input.count);
        for (const box of boxes) {
          expect(box.x).toBeGreaterThanOrEqual(0);
          expect(box.y).toBeGreaterThanOrEqual(0);
          expect(box.x + box.width).toBeLessThanOrEqual(input.container.width);
          expect(box.y + box.height).toBeLessThanOrEqual(input.container.height);
        }
      }),
    );
  });

  it('never lets two tiles overlap', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { boxes } = tileGrid(input);
        for (const [index, box] of boxes.entries()) expect(boxes.slice(index + 1).some((other) => overlaps(box, other))).toBe(false);
      }),
    );
  });

  it('makes tiles as large as any number of columns allows, up to whole pixels', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { tile } = tileGrid(input);
        expect((tile.width + 2) * (tile.height + 2)).toBeGreaterThanOrEqual(bestArea(input));
      }),
    );
  });

  it('keeps the shape of tiles within the range, up to whole pixels', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { tile } = tileGrid(input);
        expect((tile.width + 1) / tile.height).toBeGreaterThanOrEqual(input.aspect.min);
        expect(tile.width / (tile.height + 1)).toBeLessThanOrEqual(input.aspect.max);
      }),
    );
  });

  it('centres an incomplete last row', () => {
    const { boxes, columns } = tileGrid({ container: { width: 1200, height: 700 }, count: 5, gapPx: 8, aspect });
    expect(columns).toBe(3);
    const last = boxes.slice(3);
    expect((last[0]?.x ?? 0) + (last[1]?.x ?? 0) + (last[1]?.width ?? 0)).toBeCloseTo(1200, -1);
  });

  it('uses no more columns than allowed', () => {
    expect(tileGrid({ container: { width: 3000, height: 400 }, count: 6, gapPx: 8, aspect, maxColumns: 2 }).columns).toBeLessThanOrEqual(2);
  });

  it('places nothing into a container without area', () => {
    expect(tileGrid({ container: { width: 0, height: 300 }, count: 3, gapPx: 8, aspect }).boxes).toEqual([]);
  });

  it('fills a page no further than tiles of the least size go', () => {
    const minTile = { width: 160, height: 100 };
    fc.assert(
      fc.property(inputs, ({ container, gapPx }) => {
        const count = gridCapacity({ container, gapPx, aspect, minTile, limit: 49 });
        const { tile } = tileGrid({ container, gapPx, count, aspect });
        expect((tile.width + 2) * (tile.height + 2)).toBeGreaterThanOrEqual(minTile.width * minTile.height);
      }),
    );
  });

  it('holds no more tiles on a page than the limit, and at least one', () => {
    const size = { gapPx: 8, aspect, minTile: { width: 160, height: 90 } };
    expect(gridCapacity({ ...size, container: { width: 4000, height: 2400 }, limit: 25 })).toBe(25);
    expect(gridCapacity({ ...size, container: { width: 100, height: 50 }, limit: 25 })).toBe(1);
  });
});
