const SECRET_KEY = /(token|capability|ticket|password|authorization|cookie|secret|developer_?key|private_?key)$/i;
const SHOWN = '[secret]';
const DEPTH = 6;

/**
 * A copy of a log line's fields in which every value whose key ends in the name of a secret is `[secret]`.
 * Only plain objects and arrays are entered, to six levels; other objects are left to the serializers.
 */
export function redact(fields: Record<string, unknown>): Record<string, unknown> {
  return redactObject(fields, 0);
}

function redactObject(object: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, hides(key, value) ? SHOWN : redactValue(value, depth + 1)]));
}

function hides(key: string, value: unknown): boolean {
  return SECRET_KEY.test(key) && value !== undefined && value !== null && typeof value !== 'boolean';
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value) && !isPlain(value)) return value;
  if (depth > DEPTH) return '[deep]';
  return Array.isArray(value) ? value.map((item) => redactValue(item, depth + 1)) : redactObject(value, depth);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
