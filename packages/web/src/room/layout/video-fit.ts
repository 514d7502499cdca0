import type { Box, Size } from './tile-grid.ts';

/** Below this share of the picture a crop hides people, not margins. */
const LEAST_VISIBLE = 0.42;

/** `cover` as long as enough of the picture stays in sight, else `contain`. Unknown pictures count as fitting. */
export function fitOf(picture: Size | null, box: Size): 'cover' | 'contain' {
  if (!picture || picture.width < 1 || picture.height < 1 || box.width < 1 || box.height < 1) return 'cover';
  const ratio = picture.width / picture.height / (box.width / box.height);
  return Math.min(ratio, 1 / ratio) >= LEAST_VISIBLE ? 'cover' : 'contain';
}

/** Where a picture lies inside a box that shows it whole. */
export function shownPart(picture: Size, box: Size): Box {
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  const width = Math.floor(picture.width * scale);
  const height = Math.floor(picture.height * scale);
  // An empty picture has no shape.
  if (!Number.isFinite(scale) || width < 1 || height < 1) return { x: 0, y: 0, width: box.width, height: box.height };
  return { x: Math.floor((box.width - width) / 2), y: Math.floor((box.height - height) / 2), width, height };
}
