/** What JSON can hold. `undefined` members of objects are left out, as by `JSON.stringify`. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * JSON in the one form of RFC 8785 (JCS): no white space, members sorted by UTF-16 code units, numbers and strings as ECMAScript
 * writes them.
 * @throws TypeError for numbers that are not finite and strings with lone surrogates (RFC 8785 §3.2.2.2).
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'string') return canonicalString(value);
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('a number that JSON cannot hold');
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  return `{${canonicalMembers(value)}}`;
}

/** The members of an object in canonical form, without the braces. */
export function canonicalMembers(object: { readonly [key: string]: Json | undefined }): string {
  const members: string[] = [];
  // The default order of sort() is the one that RFC 8785 §3.2.3 asks for.
  for (const key of Object.keys(object).sort()) {
    const value = object[key];
    if (value !== undefined) members.push(`${canonicalString(key)}:${canonicalJson(value)}`);
  }
  return members.join(',');
}

function canonicalString(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('a string with a lone surrogate');
  return JSON.stringify(text);
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value);
}
