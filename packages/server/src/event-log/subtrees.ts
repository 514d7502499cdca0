import type { Db } from '../db/connection.ts';
import type { Tx } from '../db/transaction.ts';
import { rootOf, SUBTREE_WIDTH } from './merkle.ts';

/** Stores the root of each subtree that became complete when the log grew from `before` to `size`. */
export async function storeSubtrees(tx: Tx, before: number, size: number): Promise<void> {
  let width = SUBTREE_WIDTH;
  for (let level = 1; Math.floor(size / width) > 0; level += 1, width *= SUBTREE_WIDTH) {
    for (let position = Math.floor(before / width); position < Math.floor(size / width); position += 1) {
      const children = await readBlock(tx, level - 1, position);
      await tx
        .insertInto('event_log_subtrees')
        .values({ level, position, hash: rootOf(children) })
        .execute();
    }
  }
}

/**
 * The 256 hashes that make one subtree of the next level, in order, or as many as there are. Level 0 is that of the leaves. A gap ends
 * them: what comes after it would be taken for something else.
 */
export async function readBlock(db: Db, level: number, block: number): Promise<Buffer[]> {
  const first = block * SUBTREE_WIDTH;
  const rows = await (level === 0 ? readLeaves(db, first) : readSubtrees(db, level, first));
  const gap = rows.findIndex((row, index) => Number(row.at) !== first + index);
  return (gap === -1 ? rows : rows.slice(0, gap)).map((row) => row.hash);
}

function readLeaves(db: Db, first: number) {
  const leaves = db.selectFrom('event_log_entries').select(['seq as at', 'leaf_hash as hash']).where('seq', '>=', String(first));
  return leaves
    .where('seq', '<', String(first + SUBTREE_WIDTH))
    .orderBy('seq')
    .execute();
}

function readSubtrees(db: Db, level: number, first: number) {
  const subtrees = db.selectFrom('event_log_subtrees').select(['position as at', 'hash']).where('level', '=', level);
  const block = subtrees.where('position', '>=', String(first)).where('position', '<', String(first + SUBTREE_WIDTH));
  return block.orderBy('position').execute();
}
