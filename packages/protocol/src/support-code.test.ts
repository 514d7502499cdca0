import { describe, expect, test } from 'vitest';
import { CHECK_ROW_NAMES, CHECK_ROWS, decodeSupportCode, encodeSupportCode, judgeResults, type CheckResults } from './support-code.ts';

const good = Object.fromEntries(CHECK_ROW_NAMES.map((row) => [row, 'ok'])) as CheckResults;

describe('the support code', () => {
  test('is 13 letters in groups', () => expect(encodeSupportCode(good)).toMatch(/^1[0-9A-Z]{4}-[0-9A-Z]{5}-[0-9A-Z]{3}$/));

  test.each(CHECK_ROW_NAMES.flatMap((row) => Object.keys(CHECK_ROWS[row]).map((result) => [row, result] as const)))(
    'says that %s is %s',
    (row, result) => {
      const results = { ...good, [row]: result };
      expect(decodeSupportCode(encodeSupportCode(results))).toEqual(results);
    },
  );

  test('is read as it is spoken and typed', () => {
    const code = encodeSupportCode({ ...good, udp: 'blocked', turn: 'notChecked' });
    expect(decodeSupportCode(code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l'))).toEqual(
      decodeSupportCode(code),
    );
  });

  test('with one wrong letter, or two that changed places, is refused', () => {
    const code = encodeSupportCode({ ...good, udp: 'blocked', turn: 'notOffered' }).replaceAll('-', '');
    const wrong = new Set<string>();
    for (let at = 0; at < code.length; at++) {
      for (const letter of '0123456789ABCDEFGHJKMNPQRSTVWXYZ') wrong.add(code.slice(0, at) + letter + code.slice(at + 1));
      wrong.add(code.slice(0, at) + (code[at + 1] ?? '') + (code[at] ?? '') + code.slice(at + 2));
    }
    wrong.delete(code);
    expect([...wrong].filter((one) => decodeSupportCode(one) !== null)).toEqual([]);
  });

  test.each(['', '1', 'x'.repeat(13), '2' + '1'.repeat(12), '🎉'.repeat(13)])('%s is none', (text) =>
    expect(decodeSupportCode(text)).toBeNull(),
  );
});

describe('the verdict', () => {
  test.each([
    ['good', {}],
    ['good', { turn: 'notOffered' }],
    ['limited', { udp: 'blocked' }],
    ['limited', { udp: 'blocked', tcp: 'blocked' }],
    ['blocked', { udp: 'blocked', tcp: 'blocked', turn: 'blocked' }],
    ['blocked', { udp: 'blocked', tcp: 'blocked', turn: 'notOffered' }],
    ['blocked', { signalling: 'blocked' }],
    ['blocked', { https: 'blocked', udp: 'notChecked', tcp: 'notChecked', turn: 'notChecked' }],
    ['limited', { microphone: 'missing' }],
    ['limited', { upload: 'poor' }],
  ] as const)('is %s with %j', (verdict, more) => expect(judgeResults({ ...good, ...more })).toBe(verdict));
});
