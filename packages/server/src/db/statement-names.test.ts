import { describe, expect, it } from 'vitest';
import { createStatementNames } from './statement-names.ts';

describe('names of statements', () => {
  it('names what comes again, always alike, and nothing that comes once', () => {
    const nameOf = createStatementNames();
    expect(nameOf('select 1')).toBeUndefined();
    const name = nameOf('select 1');
    expect(name).toMatch(/^[\w-]{43}$/);
    expect(nameOf('select 1')).toBe(name);
    expect(nameOf('select 2')).toBeUndefined();
    expect(createStatementNames()('select 1')).toBeUndefined();
  });

  it.each(['begin', 'commit', 'rollback', 'set statement_timeout = 0', 'create table t ()'])('leaves %s without a name', (text) => {
    const nameOf = createStatementNames();
    expect([nameOf(text), nameOf(text), nameOf(text)]).toEqual([undefined, undefined, undefined]);
  });

  it('knows a statement by its first word, behind blanks and in capitals too', () => {
    const nameOf = createStatementNames();
    for (const text of ['\n  with a as (select 1) select * from a', 'DELETE FROM a', 'update a set b = 1', 'insert into a values (1)']) {
      nameOf(text);
      expect(nameOf(text)).toBeDefined();
    }
  });

  it('gives no more than 400 names, whatever comes', () => {
    const nameOf = createStatementNames();
    const texts = Array.from({ length: 5_000 }, (_, index) => `select ${index}`);
    for (const text of texts) {
      nameOf(text);
      nameOf(text);
    }
    expect(texts.filter((text) => nameOf(text) !== undefined)).toHaveLength(400);
  });
});
