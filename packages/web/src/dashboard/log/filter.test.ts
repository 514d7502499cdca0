import { describe, expect, test } from 'vitest';
import { endsInThePast, filterQuery, fromLocalField, isEmptyRange, logAddress, readFilter, toLocalField, withFilter } from './filter.ts';

const ROOM = '00000000-0000-4000-8000-000000000001';

describe('the filter of the log', () => {
  test('lives in the address and comes back from it', () => {
    const search = `?category=security&name=request.refused&result=refused&actor=a&room=${ROOM}&from=2026-11-24T08%3A00%3A00.000Z`;
    expect(logAddress(readFilter(search))).toBe(`/dashboard/log${search}`);
  });
  test('leaves out what it does not know', () =>
    expect(readFilter(`?category=secret&room=x&result=banned&from=yesterday&name=constructor&junk=1`)).toEqual({ result: 'banned' }));
  test('without anything is the plain address', () => expect(logAddress({})).toBe('/dashboard/log'));
  test('one thing is set or taken away, the others stay', () => {
    const set = withFilter({ category: 'session' }, 'result', 'refused');
    expect(set).toEqual({ category: 'session', result: 'refused' });
    expect(withFilter(set, 'category', undefined)).toEqual({ result: 'refused' });
    expect(withFilter(set, 'category', '')).toEqual({ result: 'refused' });
    expect(withFilter(set, 'category', 'nonsense')).toEqual({ result: 'refused' });
  });
  test('a range that ends before it begins is told apart', () => {
    expect(isEmptyRange({ from: '2026-11-24T09:00:00Z', to: '2026-11-24T08:00:00Z' })).toBe(true);
    expect(isEmptyRange({ from: '2026-11-24T08:00:00Z', to: '2026-11-24T09:00:00Z' })).toBe(false);
    expect(isEmptyRange({ from: '2026-11-24T08:00:00Z' })).toBe(false);
    expect(endsInThePast({ to: '2026-11-24T08:00:00Z' }, Date.UTC(2026, 10, 24, 9))).toBe(true);
    expect(endsInThePast({}, 0)).toBe(false);
  });
  test('a time goes through the field and back', () => {
    const iso = new Date(2026, 10, 24, 9, 5).toISOString();
    expect(toLocalField(iso)).toBe('2026-11-24T09:05');
    expect(fromLocalField('2026-11-24T09:05')).toBe(iso);
    expect(fromLocalField('')).toBeUndefined();
    expect(toLocalField(undefined)).toBe('');
  });
  test('the query has one order', () =>
    expect(filterQuery(readFilter('?result=done&category=session')).toString()).toBe('category=session&result=done'));
});
