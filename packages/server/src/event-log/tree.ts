import type { Db } from '../db/connection.ts';
import { rootOf, rootOfPeaks, SUBTREE_WIDTH, type Frontier } from './merkle.ts';
import { completeParts, consistencyRanges, inclusionRanges, type Range } from './proof-ranges.ts';
import { readBlock } from './subtrees.ts';

/** The stored log is not what it was: hashes are missing or do not fit one another. */
export class LogInconsistent extends Error {}

/*
 * All here reads stored hashes and no entries: of leaves and of complete subtrees of 256^level leaves. A tree of ten million events
 * has three levels, and a proof reads a few blocks of at most 256 hashes of each.
 */

/** The root of the tree over the first `size` entries. @throws LogInconsistent when hashes are missing */
export async function rootAt(db: Db, size: number): Promise<Buffer> {
  return rootOfPeaks((await frontierAt(db, size)).peaks);
}

/** What is needed to go on from the first `size` entries. @throws LogInconsistent when hashes are missing */
export async function frontierAt(db: Db, size: number): Promise<Frontier> {
  const read = blockReader(db);
  const peaks: Buffer[] = [];
  for (const part of completeParts({ first: 0, end: size })) peaks.push(await completeHash(read, part));
  return { size, peaks };
}

/**
 * The audit path that leads from the entry `seq` to the root at `size`, lowest first (RFC 9162 §2.1.3.1).
 * @throws RangeError unless seq < size, LogInconsistent when hashes are missing
 */
export async function inclusionProof(db: Db, seq: number, size: number): Promise<Buffer[]> {
  if (!(seq >= 0 && seq < size)) throw new RangeError('the entry is not in the tree');
  return hashesOf(db, inclusionRanges(seq, size));
}

/**
 * What proves that the first `oldSize` of `newSize` entries are those of the older tree, lowest first (RFC 9162 §2.1.4.1); empty for
 * equal sizes and for an older tree without entries.
 * @throws RangeError when the older is the larger, LogInconsistent when hashes are missing
 */
export async function consistencyProof(db: Db, oldSize: number, newSize: number): Promise<Buffer[]> {
  if (!(oldSize >= 0 && oldSize <= newSize)) throw new RangeError('the older tree is larger');
  return oldSize === 0 ? [] : hashesOf(db, consistencyRanges(oldSize, newSize));
}

async function hashesOf(db: Db, ranges: readonly Range[]): Promise<Buffer[]> {
  const read = blockReader(db);
  const hashes: Buffer[] = [];
  for (const range of ranges) {
    const parts: Buffer[] = [];
    for (const part of completeParts(range)) parts.push(await completeHash(read, part));
    hashes.push(rootOfPeaks(parts));
  }
  return hashes;
}

type ReadBlock = (level: number, block: number) => Promise<readonly Buffer[]>;

/** The root of a complete subtree; it is within one block, because it is as aligned as it is wide. */
async function completeHash(read: ReadBlock, { first, end }: Range): Promise<Buffer> {
  let [level, unit] = [0, 1];
  while (unit * SUBTREE_WIDTH <= end - first) [level, unit] = [level + 1, unit * SUBTREE_WIDTH];
  const position = first / unit;
  const count = (end - first) / unit;
  const inBlock = position % SUBTREE_WIDTH;
  const hashes = (await read(level, (position - inBlock) / SUBTREE_WIDTH)).slice(inBlock, inBlock + count);
  if (hashes.length !== count) throw new LogInconsistent(`hashes of the entries ${first} to ${end - 1} are missing`);
  return rootOf(hashes);
}

/** Reads each block once. */
function blockReader(db: Db): ReadBlock {
  const blocks = new Map<string, readonly Buffer[]>();
  return async (level, block) => {
    const name = `${level} ${block}`;
    const hashes = blocks.get(name) ?? (await readBlock(db, level, block));
    blocks.set(name, hashes);
    return hashes;
  };
}
