/** Whether two JSON values say the same, whatever the order of members. */
export function sameJson(left: unknown, right: unknown): boolean {
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return left === right;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const a = new Map(Object.entries(left));
  const b = new Map(Object.entries(right));
  return a.size === b.size && [...a].every(([key, value]) => b.has(key) && sameJson(value, b.get(key)));
}
