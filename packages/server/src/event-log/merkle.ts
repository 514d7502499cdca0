import { hash } from 'node:crypto';

/** How many children a stored subtree has: level 1 covers 256 leaves, level 2 covers 65 536, and so on. */
export const SUBTREE_WIDTH = 256;

/** MTH of two subtrees (RFC 9162 §2.1.1): SHA-256 of 0x01 and both. */
export function nodeHash(left: Buffer, right: Buffer): Buffer {
  return hash('sha256', Buffer.concat([NODE_PREFIX, left, right]), 'buffer');
}

/** The hash of one entry (RFC 9162 §2.1.1): SHA-256 of 0x00 and its canonical JSON. */
export function leafHash(canonical: string): Buffer {
  return hash('sha256', Buffer.concat([LEAF_PREFIX, Buffer.from(canonical, 'utf8')]), 'buffer');
}

/** The root over hashes of equally large, complete subtrees or of leaves, in order; of none it is SHA-256 of nothing. */
export function rootOf(hashes: readonly Buffer[]): Buffer {
  const [only] = hashes;
  if (only === undefined) return hash('sha256', Buffer.alloc(0), 'buffer');
  if (hashes.length === 1) return only;
  const split = largestPowerBelow(hashes.length);
  return nodeHash(rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split)));
}

/** The largest power of two that is smaller than `count`, which is 2 or more. */
export function largestPowerBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

/**
 * The roots of the complete subtrees that a tree of `size` leaves is made of, the largest first. It is all that is needed to go on
 * adding leaves.
 */
export interface Frontier {
  size: number;
  readonly peaks: Buffer[];
}

/** Adds one leaf: as many pairs become nodes as the size before ends in binary ones. */
export function addLeaf(frontier: Frontier, leaf: Buffer): void {
  let hash = leaf;
  for (let left = frontier.size; left % 2 === 1; left = (left - 1) / 2) {
    const sibling = frontier.peaks.pop();
    if (sibling === undefined) throw new RangeError('a frontier with fewer peaks than its size has');
    hash = nodeHash(sibling, hash);
  }
  frontier.peaks.push(hash);
  frontier.size += 1;
}

/** The root over complete subtrees of decreasing size, such as the peaks of a frontier. */
export function rootOfPeaks(peaks: readonly Buffer[]): Buffer {
  return peaks.length === 0 ? rootOf([]) : peaks.reduceRight((right, left) => nodeHash(left, right));
}

const LEAF_PREFIX = Buffer.of(0);
const NODE_PREFIX = Buffer.of(1);
