import type { AlertRule } from '@conclave/protocol/rest/log';
import { describe, expect, test } from 'vitest';
import { formOf, ruleChange } from './rule-change.ts';

const base = { id: 'x', enabled: true, severity: 'warning' as const, emails: ['a@example.org'] };
const COUNT: AlertRule = { ...base, kind: 'count', match: { name: 'request.refused' }, groupBy: 'network', count: 10, withinS: 600 };
const FIRST: AlertRule = { ...base, kind: 'first', match: { name: 'member.signed_in' }, of: 'network', forgottenAfterDays: 90 };
const LATE: AlertRule = { ...base, kind: 'late', of: 'checkpoint', afterS: 600 };

describe('a change of a rule', () => {
  test.each([COUNT, FIRST, LATE])('of kind $kind is empty while nothing was typed', (rule) =>
    expect(ruleChange(rule, formOf(rule))).toEqual({ change: {} }),
  );
  test('is in seconds where the form has minutes', () => {
    expect(ruleChange(COUNT, { count: '5', minutes: ' 2 ', emails: 'a@example.org' })).toEqual({ change: { count: 5, withinS: 120 } });
    expect(ruleChange(LATE, { count: '', minutes: '60', emails: 'a@example.org' })).toEqual({ change: { afterS: 3600 } });
  });
  test('seconds that are no whole minutes stay as they are unless the minutes were changed', () =>
    expect(ruleChange({ ...COUNT, withinS: 90 }, formOf({ ...COUNT, withinS: 90 }))).toEqual({ change: {} }));
  test.each([
    ['', []],
    ['b@example.org', ['b@example.org']],
    ['b@example.org; c@example.org,\nb@example.org', ['b@example.org', 'c@example.org']],
  ])('takes e-mail addresses from “%s”', (typed, emails) =>
    expect(ruleChange(FIRST, { ...formOf(FIRST), emails: typed })).toEqual({ change: { emails } }),
  );
  test.each(['', '0', '10001', '1.5', '-1', '1e3', 'x'])('says that “%s” is no count', (count) =>
    expect(ruleChange(COUNT, { ...formOf(COUNT), count })).toEqual({ faults: { count: { min: 1, max: 10_000 } } }),
  );
  test('says which e-mail address is wrong, and when there are too many', () => {
    expect(ruleChange(FIRST, { ...formOf(FIRST), emails: 'a@example.org, b@' })).toEqual({
      faults: { emails: { kind: 'wrong', email: 'b@' } },
    });
    const many = Array.from({ length: 11 }, (_, index) => `m${index}@example.org`).join(',');
    expect(ruleChange(FIRST, { ...formOf(FIRST), emails: many })).toEqual({ faults: { emails: { kind: 'too-many' } } });
  });
});
