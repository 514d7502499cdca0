import { ERROR_CODES } from '@conclave/protocol/errors';
import { describe, expect, test } from 'vitest';
import { catalogue as germanFirst } from './de/catalogue.ts';
import { check as germanCheck } from './de/check.ts';
import { log as germanLog } from './de/log.ts';
import { privacy as germanPrivacy } from './de/privacy.ts';
import { roles as germanRoles } from './de/roles.ts';
import { catalogue as englishFirst } from './en/catalogue.ts';
import { check as englishCheck } from './en/check.ts';
import { log as englishLog } from './en/log.ts';
import { privacy as englishPrivacy } from './en/privacy.ts';
import { roles as englishRoles } from './en/roles.ts';
import { pickLanguage } from './language.ts';

const english = { ...englishFirst, check: englishCheck, log: englishLog, privacy: englishPrivacy, roles: englishRoles };
const german = { ...germanFirst, check: germanCheck, log: germanLog, privacy: germanPrivacy, roles: germanRoles };

function texts(node: object, path = ''): [path: string, text: string][] {
  return Object.entries(node).flatMap(([key, value]) =>
    typeof value === 'string' ? [[`${path}${key}`, value] as [string, string]] : texts(value, `${path}${key}.`),
  );
}
const placeholders = (text: string) => [...text.matchAll(/{{\w+}}/g)].map(([name]) => name).sort();

describe('texts', () => {
  const germanTexts = new Map(texts(german));
  test('German has the keys of English and no other', () =>
    expect([...germanTexts.keys()].sort()).toEqual(
      texts(english)
        .map(([path]) => path)
        .sort(),
    ));
  test.each(texts(english))('%s is said in both languages with the same placeholders', (path, text) => {
    const translated = germanTexts.get(path) ?? '';
    expect(text.trim()).not.toBe('');
    expect(translated.trim()).not.toBe('');
    expect(placeholders(translated)).toEqual(placeholders(text));
  });
  test.each([...ERROR_CODES, 'network' as const])('the error %s has a title and says what to do', (code) => {
    expect(english.errors[code].title).not.toBe('');
    expect(english.errors[code].action).not.toBe('');
  });
});

describe('the language', () => {
  test.each([
    [null, ['de-AT', 'en'], 'de'],
    [null, ['fr-FR', 'en-GB', 'de'], 'en'],
    [null, ['fr'], 'en'],
    [null, [], 'en'],
    ['en', ['de'], 'en'],
    ['xx', ['de'], 'de'],
  ] as const)('chosen %s with the browser at %j is %s', (stored, preferred, language) =>
    expect(pickLanguage(stored, preferred)).toBe(language),
  );
});
