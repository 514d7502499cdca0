import { orderForPages } from './stage-tiles.ts';
import type { StageTile, TileKey } from './stage-tiles.ts';
import { gridCapacity, tileGrid } from './tile-grid.ts';
import type { Box, Size } from './tile-grid.ts';
import { shownPart } from './video-fit.ts';

export type StageView = 'grid' | 'speaker';
export type TilePlace = 'solo' | 'grid' | 'main' | 'strip' | 'floating';

export interface PlacedTile extends StageTile {
  box: Box;
  place: TilePlace;
}

export interface StageLayout {
  placed: PlacedTile[];
  page: number;
  pageCount: number;
  /** Those of the strip that have no room, together in one box. */
  overflow: { box: Box; hidden: StageTile[] } | null;
}

export interface StageInput {
  container: Size;
  tiles: readonly StageTile[];
  view: StageView;
  pinned: TileKey | null;
  /** The newest first; may name people who have left. */
  recentSpeakers: readonly string[];
  page: number;
  /** The sizes of shared pictures as far as they are known, so that a large one has no empty margins. */
  pictures?: Readonly<Record<string, Size>>;
}

const GAP_PX = 8;
const CAMERA_ASPECT = { min: 4 / 3, max: 16 / 9 };
const PHONE_ASPECT = { min: 3 / 4, max: 16 / 9 };
const PAGE_LIMIT = 25;
/** Kept free below a grid of several pages. */
const PAGER_PX = 52;
/** On an upright stage one's own picture floats over others as long as they are large. */
const FLOAT_OVER = 3;

const NOTHING: StageLayout = { placed: [], page: 0, pageCount: 1, overflow: null };

/** A narrow, upright stage: a phone held upright or a very narrow window. */
const isUpright = ({ width, height }: Size): boolean => width < 640 && height > width;

/** Decides what is shown where. One's own share is a tile like a person's: seen large it would mirror itself, so only a pin makes it so. */
export function layOutStage(input: StageInput): StageLayout {
  if (input.container.width < 1 || input.container.height < 1 || input.tiles.length === 0) return NOTHING;
  const main = chooseMain(input);
  const people = input.tiles.filter((tile) => tile !== main);
  if (main) return layOutMain(input, main, people);
  return layOutGrid(input, people);
}

/** What is large: what one pinned, else the newest share, else in the speaker view who spoke last. null: everybody equally. */
export function chooseMain({
  tiles,
  view,
  pinned,
  recentSpeakers,
}: Pick<StageInput, 'tiles' | 'view' | 'pinned' | 'recentSpeakers'>): StageTile | null {
  const pinnedTile = tiles.find((tile) => tile.key === pinned);
  if (pinnedTile) return pinnedTile;
  const share = tiles.findLast((tile) => tile.kind === 'screen' && !tile.isSelf);
  if (share) return share;
  if (view === 'grid') return null;
  const others = tiles.filter((tile) => !tile.isSelf && tile.kind === 'camera');
  for (const id of recentSpeakers) {
    const speaker = others.find((tile) => tile.participantId === id);
    if (speaker) return speaker;
  }
  return others[0] ?? null;
}

function layOutGrid(input: StageInput, people: readonly StageTile[]): StageLayout {
  const upright = isUpright(input.container);
  const own = people.find((tile) => tile.isSelf && tile.kind === 'camera');
  const others = people.filter((tile) => tile !== own);
  if (own && others.length === 0) return { ...NOTHING, placed: [place(own, soloBox(input.container, upright), 'solo')] };
  const floats = own !== undefined && ((others.length === 1 && others[0]?.isSelf === false) || (upright && others.length <= FLOAT_OVER));
  const whole = {
    container: input.container,
    gapPx: GAP_PX,
    aspect: upright ? PHONE_ASPECT : CAMERA_ASPECT,
    ...(upright ? { maxColumns: 2 } : {}),
  };
  const least = { minTile: leastTile(input.container), limit: PAGE_LIMIT };
  const candidates = floats ? others : people;
  const paged = candidates.length > gridCapacity({ ...whole, ...least });
  const grid = paged ? { ...whole, container: { ...input.container, height: Math.max(1, input.container.height - PAGER_PX) } } : whole;
  const capacity = gridCapacity({ ...grid, ...least });
  const inGrid = orderForPages(candidates, capacity, input.recentSpeakers);
  const pageCount = Math.ceil(inGrid.length / capacity);
  const page = Math.max(0, Math.min(input.page, pageCount - 1));
  const shown = inGrid.slice(page * capacity, (page + 1) * capacity);
  // The last page keeps the tile size of the others, so that leafing does not make faces jump.
  const { boxes } = tileGrid({ ...grid, count: pageCount > 1 && page > 0 ? capacity : shown.length });
  const placed = shown.map((tile, index) => place(tile, boxes[index] ?? EMPTY_BOX, 'grid'));
  if (floats && own) placed.push(place(own, floatingBox(input.container, upright, boxes[0]), 'floating'));
  return { placed, page, pageCount, overflow: null };
}

function layOutMain({ container, recentSpeakers, pictures }: StageInput, main: StageTile, people: readonly StageTile[]): StageLayout {
  const picture = pictures?.[main.key];
  const own = people.find((tile) => tile.isSelf && tile.kind === 'camera');
  const upright = isUpright(container);
  const others = people.filter((tile) => tile !== own);
  if (others.length === 0) {
    const box = mainBox(container, main, picture);
    const placed = [place(main, box, 'main')];
    if (own) placed.push(place(own, floatingBox(container, upright, box), 'floating'));
    return { ...NOTHING, placed };
  }
  const region = splitStage(container, main, people.length);
  const slots = stripBoxes(region.strip, region.direction, people.length);
  const overflows = people.length > slots.length;
  const ordered = orderForPages(people, Math.max(1, slots.length - 1), recentSpeakers);
  const shown = overflows ? ordered.slice(0, slots.length - 1) : ordered;
  const overflowBox = slots.at(-1);
  const placed = [place(main, offset(mainBox(region.main, main, picture), region.main), 'main')];
  for (const [index, tile] of shown.entries()) placed.push(place(tile, slots[index] ?? EMPTY_BOX, 'strip'));
  const hidden = people.filter((tile) => !shown.includes(tile));
  return { ...NOTHING, placed, overflow: overflows && overflowBox ? { box: overflowBox, hidden } : null };
}

/** On a small window faces may be small; on a large one a second page is better than small faces. */
function leastTile(container: Size): Size {
  if (isUpright(container)) return { width: 140, height: 120 };
  return container.height < 420 ? { width: 136, height: 76 } : { width: 184, height: 104 };
}

const EMPTY_BOX: Box = { x: 0, y: 0, width: 0, height: 0 };

const place = (tile: StageTile, box: Box, where: TilePlace): PlacedTile => ({ ...tile, box, place: where });

const offset = (box: Box, by: Box): Box => ({ ...box, x: box.x + by.x, y: box.y + by.y });

/** A share is shown whole, in its own shape once that is known; a person takes the best shape within the region. */
function mainBox(region: Size, main: StageTile, picture: Size | undefined): Box {
  if (main.kind === 'screen') return picture ? shownPart(picture, region) : { x: 0, y: 0, width: region.width, height: region.height };
  const aspect = isUpright(region) ? PHONE_ASPECT : CAMERA_ASPECT;
  return tileGrid({ container: region, count: 1, gapPx: 0, aspect }).boxes[0] ?? EMPTY_BOX;
}

function soloBox(container: Size, upright: boolean): Box {
  return tileGrid({ container, count: 1, gapPx: 0, aspect: upright ? PHONE_ASPECT : CAMERA_ASPECT }).boxes[0] ?? EMPTY_BOX;
}

/** One's own picture in the lower right corner: of the large one on a wide stage, of the whole stage on an upright one. */
function floatingBox(container: Size, upright: boolean, large: Box | undefined): Box {
  const inset = upright ? 8 : 16;
  const width = Math.floor(upright ? Math.min(112, container.width * 0.3) : Math.max(144, Math.min(256, container.width * 0.18)));
  const height = Math.floor(upright ? (width * 4) / 3 : (width * 9) / 16);
  const right = upright || !large ? container.width : large.x + large.width;
  const bottom = upright || !large ? container.height : large.y + large.height;
  return { x: Math.max(0, right - width - inset), y: Math.max(0, bottom - height - inset), width, height };
}

interface Split {
  main: Box;
  strip: Box;
  direction: 'column' | 'row';
}

/** People go beside what is large on a wide stage and below it on an upright one. */
function splitStage({ width, height }: Size, main: StageTile, people: number): Split {
  if (width / height > 1.15) {
    const stripWidth = Math.floor(Math.max(132, Math.min(264, width * 0.19)));
    return {
      main: { x: 0, y: 0, width: width - stripWidth - GAP_PX, height },
      strip: { x: width - stripWidth, y: 0, width: stripWidth, height },
      direction: 'column',
    };
  }
  // Screens are wide: on an upright stage a share needs no more height than that, and people get the rest.
  const mainHeight = main.kind === 'screen' ? Math.min(height * 0.6, (width * 10) / 16) : height * (people > 2 ? 0.58 : 0.7);
  const stripHeight = Math.floor(Math.max(88, height - mainHeight - GAP_PX));
  return {
    main: { x: 0, y: 0, width, height: height - stripHeight - GAP_PX },
    strip: { x: 0, y: height - stripHeight, width, height: stripHeight },
    direction: 'row',
  };
}

/** As many boxes as there are people, or as many as fit. */
function stripBoxes(strip: Box, direction: Split['direction'], people: number): Box[] {
  if (direction === 'column') {
    const height = Math.floor((strip.width * 9) / 16);
    const count = Math.max(1, Math.min(people, Math.floor((strip.height + GAP_PX) / (height + GAP_PX))));
    const top = Math.floor((strip.height - count * height - (count - 1) * GAP_PX) / 2);
    return Array.from({ length: count }, (_, index) => ({ x: strip.x, y: top + index * (height + GAP_PX), width: strip.width, height }));
  }
  const grid = { container: strip, gapPx: GAP_PX, aspect: CAMERA_ASPECT };
  const minTile = strip.width < 640 ? { width: Math.min(160, (strip.width - GAP_PX) / 2), height: 88 } : { width: 160, height: 90 };
  const count = Math.min(people, gridCapacity({ ...grid, minTile, limit: PAGE_LIMIT }));
  return tileGrid({ ...grid, count }).boxes.map((box) => offset(box, strip));
}
