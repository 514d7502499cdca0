import { describe, expect, it } from 'vitest';
import { shortcutOf } from './shortcut-of.ts';
import type { KeyPress } from './shortcut-of.ts';

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  isComposing: false,
  ...more,
});

describe('shortcuts', () => {
  it.each([
    ['m', 'microphone'],
    ['v', 'camera'],
    ['s', 'screen'],
    ['p', 'participants'],
    ['c', 'chat'],
    ['g', 'view'],
    ['?', 'help'],
    ['M', 'microphone'],
    ['Escape', 'close'],
  ])('%s means %s', (key, action) => {
    expect(shortcutOf(press(key), false)).toBe(action);
  });

  it('leaves letters alone while somebody types', () => {
    for (const key of ['m', 'v', 's', 'p', 'c', 'g', '?']) expect(shortcutOf(press(key), true)).toBeNull();
  });

  it('switches microphone and camera with Control also while somebody types', () => {
    expect(shortcutOf(press('d', { ctrlKey: true }), true)).toBe('microphone');
    expect(shortcutOf(press('e', { metaKey: true }), true)).toBe('camera');
  });

  it('leaves the browser its own combinations, such as copying', () => {
    expect(shortcutOf(press('c', { ctrlKey: true }), false)).toBeNull();
    expect(shortcutOf(press('m', { altKey: true }), false)).toBeNull();
  });

  it('counts a key held down once, and none while a word is composed', () => {
    expect(shortcutOf(press('m', { repeat: true }), false)).toBeNull();
    expect(shortcutOf(press('m', { isComposing: true }), false)).toBeNull();
  });
});
