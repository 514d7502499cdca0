import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { namesOn, RoomSettingsPatch, SETTING_NAMES, SETTINGS, TeamSettingsPatch, type SettingName } from './settings.ts';
import type { Setting } from './setting-kinds.ts';

const settings: Record<SettingName, Setting> = SETTINGS;
const ofKind = <K extends Setting['kind']>(kind: K) =>
  SETTING_NAMES.flatMap((name) => {
    const setting = settings[name];
    return setting.kind === kind && setting.on.includes('C') ? [[name, setting as Extract<Setting, { kind: K }>] as const] : []; // narrowed by the test before it
  });
const takes = (name: string, value: unknown) => RoomSettingsPatch.safeParse({ [name]: value }).success;

describe('the table of settings', () => {
  test('has as many as the public interface beside ours: 129 in all, 127 on creation, 125 on update, 97 for the team', () => {
    const ours: readonly SettingName[] = ['password_for_everyone_enabled', 'chat_history_enabled'];
    const counts = [SETTING_NAMES, namesOn('C'), namesOn('U'), namesOn('D')].map(
      (names) => names.filter((name) => !ours.includes(name)).length,
    );
    expect(counts).toEqual([129, 127, 125, 97]);
  });

  test('every default is a value that the setting takes itself', () => {
    const refused = SETTING_NAMES.filter((name) => {
      const schema = settings[name].on === 'D' ? TeamSettingsPatch : RoomSettingsPatch;
      return settings[name].byDefault !== null && !schema.safeParse({ [name]: settings[name].byDefault }).success;
    });
    expect(refused).toEqual([]);
  });

  test.each(SETTING_NAMES)('%s can be taken back with null, and refuses a value of another type', (name) => {
    const schema = settings[name].on === 'D' ? TeamSettingsPatch : RoomSettingsPatch;
    expect(schema.parse({ [name]: null })).toEqual({ [name]: null });
    expect(schema.safeParse({ [name]: { some: 'object' } }).success).toBe(false);
  });

  test.each(ofKind('count'))(
    '%s takes whole numbers within its limits and no others, also as text',
    (name, { min = 0, max = 1_000_000 }) => {
      fc.assert(fc.property(fc.integer({ min, max }), (value) => takes(name, value) && takes(name, String(value))));
      for (const value of [min - 1, max + 1, min + 0.5, Number.NaN, Infinity, '1e3', `${max + 1}`, true, []])
        expect(takes(name, value)).toBe(false);
    },
  );

  test.each(ofKind('text'))('%s takes texts of its lengths and form', (name, { min = 0, max = 5000, pattern }) => {
    expect([takes(name, 'x'.repeat(max + 1)), takes(name, 17), takes(name, 'a\0b\0c'), takes(name, 'ab\ud800cd')]).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(pattern !== undefined || (takes(name, 'x'.repeat(max)) && takes(name, 'x'.repeat(Math.max(1, min))))).toBe(true);
    expect(min > 1 && takes(name, 'x'.repeat(min - 1))).toBe(false);
  });

  test.each(ofKind('choice'))('%s takes one of its choices', (name, { of }) => {
    for (const value of of) expect(takes(name, value)).toBe(true);
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter((value) => !of.includes(value)),
        (value) => !takes(name, value),
      ),
    );
  });

  test.each(ofKind('flag'))('%s takes the booleans that clients in the field send', (name) => {
    expect([true, 1, '1', 'true'].map((value) => RoomSettingsPatch.parse({ [name]: value })[name])).toEqual([true, true, true, true]);
    expect([false, 0, '0', 'false'].map((value) => RoomSettingsPatch.parse({ [name]: value })[name])).toEqual([false, false, false, false]);
    for (const value of ['yes', 2, []]) expect(takes(name, value)).toBe(false);
  });

  test.each(ofKind('list'))('%s takes a list without repeating items, and no more than its number', (name, { maxItems }) => {
    const item = name === 'webhooks' ? '0b9e8d7c-6a5b-4c3d-8e2f-1a0b9c8d7e6f' : 'en';
    expect(RoomSettingsPatch.parse({ [name]: [item, item] })[name]).toEqual([item]);
    for (const value of ['en', [''], [1], Array.from({ length: maxItems + 1 }, () => item)])
      expect(takes(name, value === 'en' ? { 0: 'en' } : value)).toBe(false);
  });

  test('some limits are tighter or wider for the team', () => {
    const team = (value: object) => TeamSettingsPatch.safeParse(value).success;
    expect([
      takes('watermark_text', 'x'.repeat(150)),
      team({ watermark_text: 'x'.repeat(51) }),
      team({ watermark_text: 'тайна' }),
      takes('watermark_text', 'тайна'),
    ]).toEqual([true, false, false, true]);
    expect([takes('language', 'nb-NO'), team({ language: 'nb-NO' })]).toEqual([false, true]);
  });

  test('a setting of another place is dropped like an unknown key', () => {
    expect(RoomSettingsPatch.parse({ domain: 'x', name: 'y', description: 'kept' })).toEqual({ description: 'kept' });
    expect(TeamSettingsPatch.parse({ privacy: 'private', domain: 'quay' })).toEqual({ domain: 'quay' });
  });

  test.each([
    ['2030-01-02 03:04:05', '2030-01-02 03:04:05'],
    ['2030-01-02T03:04:05.000000Z', '2030-01-02 03:04:05'],
    ['2030-01-02', '2030-01-02 00:00:00'],
  ])('expires_at takes %s', (given, stored) => {
    expect(RoomSettingsPatch.parse({ expires_at: given })).toEqual({ expires_at: stored });
  });
  test.each(['2030-02-30 00:00:00', '2030-13-01', 'tomorrow', '2030-01-01 25:00:00', '', 5].filter((value) => value !== ''))(
    'expires_at refuses %s',
    (given) => {
      expect(takes('expires_at', given)).toBe(false);
    },
  );
});
