import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createLog } from '@conclave/runtime/log';
import { createTestDatabase } from '@conclave/testkit/database';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectDatabase, type Db } from '../db/connection.ts';
import { migrate } from '../db/migrate.ts';
import { inTransaction } from '../db/transaction.ts';
import { addLeaf, rootOfPeaks } from './merkle.ts';
import { storeSubtrees } from './subtrees.ts';
import { consistencyProof, frontierAt, inclusionProof, LogInconsistent, rootAt } from './tree.ts';

interface Proofs {
  inclusion: { seq: number; size: number; path: string[] }[];
  consistency: { old: number; new: number; path: string[] }[];
}
interface Vectors {
  small: Proofs & { leaves: string[]; roots: string[] };
  large: Proofs & { roots: { size: number; root: string }[] };
}
const { small, large } = JSON.parse(readFileSync(new URL('../../../../vectors/merkle-tree.json', import.meta.url), 'utf8')) as Vectors;
const LARGE = 70_000;
const log = createLog({ logLevel: 'silent' }, 'test');
const stack = new AsyncDisposableStack();
let eight: Db;
let many: Db;

async function database(): Promise<Db> {
  const { url } = stack.use(await createTestDatabase());
  const db = stack.adopt(connectDatabase({ url, log }), (open) => open.destroy());
  await migrate(db, log);
  return db;
}

beforeAll(async () => {
  eight = await database();
  for (const [seq, leaf] of small.leaves.entries()) {
    await eight
      .insertInto('event_log_entries')
      .values({ seq, leaf_hash: sha('00', leaf) })
      .execute();
  }
  many = await database();
  await sql`insert into event_log_entries (seq, leaf_hash)
    select i, sha256('\\x00'::bytea || convert_to('leaf ' || i, 'UTF8')) from generate_series(0, ${LARGE - 1}) i`.execute(many);
  // In steps, as the log grows.
  for (let size = 0; size < LARGE; size += 7_000) await inTransaction(many, (tx) => storeSubtrees(tx, size, size + 7_000));
}, 60_000);
afterAll(() => stack.disposeAsync());

const sha = (...hex: string[]) => hash('sha256', Buffer.from(hex.join(''), 'hex'), 'buffer');
const hexOf = (hashes: readonly Buffer[]) => hashes.map((each) => each.toString('hex'));
const leaf = (seq: number) => hash('sha256', `\0leaf ${seq}`);
const node = (left: string, right: string) => hash('sha256', Buffer.from(`01${left}${right}`, 'hex'));

/** RFC 9162 §2.1.3.2, step by step. */
function leadsTo(seq: number, size: number, leafHash: string, path: readonly string[]): string | null {
  let [fn, sn, r] = [seq, size - 1, leafHash];
  for (const p of path) {
    if (sn === 0) return null;
    if (fn % 2 === 1 || fn === sn) {
      r = node(p, r);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    } else r = node(r, p);
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0 ? r : null;
}

/** RFC 9162 §2.1.4.2, step by step. */
function isConsistent(oldSize: number, newSize: number, roots: { old: string; new: string }, path: readonly string[]): boolean {
  const proof = Math.log2(oldSize) % 1 === 0 ? [roots.old, ...path] : [...path];
  let [fn, sn] = [oldSize - 1, newSize - 1];
  while (fn % 2 === 1) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  const first = proof.shift();
  if (first === undefined) return false;
  let [fr, sr] = [first, first];
  for (const c of proof) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      [fr, sr] = [node(c, fr), node(c, sr)];
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    } else sr = node(sr, c);
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return fr === roots.old && sr === roots.new && sn === 0;
}

describe('[E2] the tree is that of RFC 9162', () => {
  test('published roots of eight leaves, at each size', async () => {
    for (const [size, root] of small.roots.entries()) expect((await rootAt(eight, size)).toString('hex')).toBe(root);
  });

  test('every proof in eight leaves', async () => {
    for (const { seq, size, path } of small.inclusion) expect(hexOf(await inclusionProof(eight, seq, size))).toEqual(path);
    for (const proof of small.consistency) expect(hexOf(await consistencyProof(eight, proof.old, proof.new))).toEqual(proof.path);
  });

  test.each(large.roots)('root of $size leaves', async ({ size, root }) => {
    expect((await rootAt(many, size)).toString('hex')).toBe(root);
  });

  test('proofs around the edges of stored subtrees', async () => {
    for (const { seq, size, path } of large.inclusion) expect(hexOf(await inclusionProof(many, seq, size))).toEqual(path);
    for (const proof of large.consistency) expect(hexOf(await consistencyProof(many, proof.old, proof.new))).toEqual(proof.path);
  });

  test('any entry is proved in a tree of any size that has it', async () => {
    const sizes = fc.integer({ min: 1, max: LARGE });
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), async (size, any) => {
        const seq = any % size;
        const root = (await rootAt(many, size)).toString('hex');
        const path = hexOf(await inclusionProof(many, seq, size));
        expect(leadsTo(seq, size, leaf(seq), path)).toBe(root);
        expect(leadsTo(seq, size, leaf(seq + 1), path)).not.toBe(root);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test('any two sizes are proved consistent, and not with another root', async () => {
    const sizes = fc.integer({ min: 1, max: LARGE });
    await fc.assert(
      fc.asyncProperty(sizes, sizes, async (one, other) => {
        fc.pre(one !== other);
        const [oldSize, newSize] = [Math.min(one, other), Math.max(one, other)];
        const roots = { old: (await rootAt(many, oldSize)).toString('hex'), new: (await rootAt(many, newSize)).toString('hex') };
        const path = hexOf(await consistencyProof(many, oldSize, newSize));
        expect(isConsistent(oldSize, newSize, roots, path)).toBe(true);
        expect(isConsistent(oldSize, newSize, { ...roots, old: node(roots.old, roots.new) }, path)).toBe(false);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test('going on from any size gives the roots of the sizes after it', async () => {
    for (const size of [0, 1, 255, 256, 1_000, 65_535]) {
      const frontier = await frontierAt(many, size);
      for (let seq = size; seq < size + 40; seq += 1) addLeaf(frontier, Buffer.from(leaf(seq), 'hex'));
      expect(rootOfPeaks(frontier.peaks)).toEqual(await rootAt(many, size + 40));
    }
  });
});

describe('what cannot be proved', () => {
  test('an entry that is not there, and an older tree that is larger', async () => {
    await expect(inclusionProof(eight, 5, 5)).rejects.toThrow(RangeError);
    await expect(consistencyProof(eight, 6, 5)).rejects.toThrow(RangeError);
  });

  test('equal sizes and an empty older tree need no proof', async () => {
    expect(await consistencyProof(eight, 0, 8)).toEqual([]);
    expect(await consistencyProof(eight, 7, 7)).toEqual([]);
  });

  test('[E2] a size that the log does not have', async () => {
    await expect(rootAt(eight, 9)).rejects.toThrow(LogInconsistent);
    await expect(inclusionProof(many, 0, LARGE + 1)).rejects.toThrow(LogInconsistent);
  });
});
