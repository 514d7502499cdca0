export interface Size {
  width: number;
  height: number;
}
export interface Box extends Size {
  x: number;
  y: number;
}

export interface TileGridInput {
  container: Size;
  count: number;
  gapPx: number;
  /** Width divided by height that a tile may have. */
  aspect: { min: number; max: number };
  maxColumns?: number;
}

export interface TileGrid {
  columns: number;
  rows: number;
  tile: Size;
  boxes: Box[];
}

const EMPTY: TileGrid = { columns: 0, rows: 0, tile: { width: 0, height: 0 }, boxes: [] };

/**
 * Places `count` equal tiles so that each is as large as it can be; an incomplete last row is centred.
 * No box leaves the container or overlaps another; all sizes are whole pixels. An empty container gives no boxes.
 */
export function tileGrid(input: TileGridInput): TileGrid {
  const { container, count, gapPx } = input;
  if (count < 1 || container.width < 1 || container.height < 1) return EMPTY;
  let best: { columns: number; rows: number; tile: Size } | null = null;
  for (let columns = 1; columns <= Math.min(count, input.maxColumns ?? count); columns++) {
    const rows = Math.ceil(count / columns);
    const tile = fitTile(
      {
        width: (container.width - gapPx * (columns - 1)) / columns,
        height: (container.height - gapPx * (rows - 1)) / rows,
      },
      input.aspect,
    );
    if (best === null || isBetter(tile, rows * columns - count, best.tile, best.rows * best.columns - count))
      best = { columns, rows, tile };
  }
  if (best === null || best.tile.width < 1 || best.tile.height < 1) return EMPTY;
  return { ...best, boxes: placeBoxes(container, count, gapPx, best) };
}

/** The largest tile inside a cell whose shape is within the range. */
function fitTile(cell: Size, aspect: { min: number; max: number }): Size {
  if (cell.width <= 0 || cell.height <= 0) return { width: 0, height: 0 };
  const shape = cell.width / cell.height;
  if (shape > aspect.max) return { width: Math.floor(cell.height * aspect.max), height: Math.floor(cell.height) };
  if (shape < aspect.min) return { width: Math.floor(cell.width), height: Math.floor(cell.width / aspect.min) };
  return { width: Math.floor(cell.width), height: Math.floor(cell.height) };
}

/** Larger wins; of nearly equal ones the grid with fewer holes. */
function isBetter(tile: Size, holes: number, bestTile: Size, bestHoles: number): boolean {
  const area = tile.width * tile.height;
  const bestArea = bestTile.width * bestTile.height;
  return area > bestArea || (area === bestArea && holes < bestHoles);
}

function placeBoxes(container: Size, count: number, gapPx: number, grid: { columns: number; rows: number; tile: Size }): Box[] {
  const { columns, rows, tile } = grid;
  const top = Math.floor((container.height - rows * tile.height - (rows - 1) * gapPx) / 2);
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = row === rows - 1 ? count - row * columns : columns;
    const left = Math.floor((container.width - inRow * tile.width - (inRow - 1) * gapPx) / 2);
    return { x: left + (index % columns) * (tile.width + gapPx), y: top + row * (tile.height + gapPx), ...tile };
  });
}

/**
 * How many tiles may share a page before one gets smaller than `minTile`; at least 1, at most `limit`.
 * A page is filled even when that leaves its last row incomplete.
 */
export function gridCapacity(input: Omit<TileGridInput, 'count'> & { minTile: Size; limit: number }): number {
  const { container, gapPx, minTile } = input;
  const columns = Math.floor((container.width + gapPx) / (minTile.width + gapPx));
  const rows = Math.floor((container.height + gapPx) / (minTile.height + gapPx));
  return Math.max(1, Math.min(input.limit, Math.min(columns, input.maxColumns ?? columns) * rows));
}
