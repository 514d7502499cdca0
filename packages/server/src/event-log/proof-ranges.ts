import { largestPowerBelow } from './merkle.ts';

/** The leaves `[first, end)`; as the tree splits, `first` is a multiple of the largest power of two in the range. */
export interface Range {
  readonly first: number;
  readonly end: number;
}

/** The ranges whose roots are the audit path of the leaf `seq` in a tree of `size` leaves, lowest first (RFC 9162 §2.1.3.1). */
export function inclusionRanges(seq: number, size: number): Range[] {
  const down: Range[] = [];
  let [first, end] = [0, size];
  while (end - first > 1) {
    const middle = first + largestPowerBelow(end - first);
    down.push(seq < middle ? { first: middle, end } : { first, end: middle });
    if (seq < middle) end = middle;
    else first = middle;
  }
  return down.toReversed();
}

/** The ranges whose roots prove that the tree of `newSize` begins with that of `oldSize`, lowest first (RFC 9162 §2.1.4.1). */
export function consistencyRanges(oldSize: number, newSize: number): Range[] {
  const down: Range[] = [];
  let [first, end] = [0, newSize];
  while (oldSize < end) {
    const middle = first + largestPowerBelow(end - first);
    down.push(oldSize <= middle ? { first: middle, end } : { first, end: middle });
    if (oldSize <= middle) end = middle;
    else first = middle;
  }
  // Who has the old root needs no proof of it when it is a subtree of the new tree from its left edge.
  if (first > 0) down.push({ first, end });
  return down.toReversed();
}

/** The complete subtrees, of which each is a power of two, that a range is made of, the largest first. */
export function completeParts({ first, end }: Range): Range[] {
  const parts: Range[] = [];
  for (let start = first; start < end;) {
    let width = 1;
    while (width * 2 <= end - start) width *= 2;
    parts.push({ first: start, end: start + width });
    start += width;
  }
  return parts;
}
