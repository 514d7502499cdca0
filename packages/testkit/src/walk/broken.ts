/** An invariant that does not hold. */
export class Broken extends Error {}

/** @throws Broken */
export function must(holds: boolean, what: () => string): asserts holds {
  if (!holds) throw new Broken(what());
}

/** @throws Broken with the first difference of two values of JSON. */
export function mustEqual(one: unknown, other: unknown, what: string): void {
  // Nearly always they are the same to the letter.
  if (JSON.stringify(one) === JSON.stringify(other)) return;
  const found = difference(one, other, '');
  if (found !== null) throw new Broken(`${what}: ${found}`);
}

function difference(one: unknown, other: unknown, path: string): string | null {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return Object.is(one, other) ? null : `${path || 'it'} is ${JSON.stringify(one)} and ${JSON.stringify(other)}`;
  const [left, right] = [new Map(Object.entries(one)), new Map(Object.entries(other))];
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const found = difference(left.get(key), right.get(key), `${path}.${key}`);
    if (found !== null) return found;
  }
  return null;
}
