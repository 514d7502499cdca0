import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

interface Vectors {
  documents: { title: string; input: string; outputHex: string }[];
  numbers: { ieee: string; text: string }[];
  refusedNumbers: string[];
}
const vectors = JSON.parse(readFileSync(new URL('../../../../vectors/canonical-json.json', import.meta.url), 'utf8')) as Vectors;
const double = (ieee: string) => Buffer.from(ieee, 'hex').readDoubleBE();

describe('[E2] canonical JSON is that of RFC 8785', () => {
  test.each(vectors.documents)('document $title', ({ input, outputHex }) => {
    expect(Buffer.from(canonicalJson(JSON.parse(input))).toString('hex')).toBe(outputHex);
  });

  test.each(vectors.numbers)('number $ieee is $text', ({ ieee, text }) => {
    expect(canonicalJson(double(ieee))).toBe(text);
  });

  test.each(vectors.refusedNumbers)('number %s is refused', (ieee) => {
    expect(() => canonicalJson({ value: [double(ieee)] })).toThrow(TypeError);
  });

  test('a lone surrogate is refused, in a value and in a name', () => {
    expect(() => canonicalJson(['\ud800'])).toThrow(TypeError);
    expect(() => canonicalJson({ '\udc00': 1 })).toThrow(TypeError);
  });
});
