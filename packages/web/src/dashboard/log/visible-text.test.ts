import { describe, expect, test } from 'vitest';
import { clipText, visibleText } from './visible-text.ts';

describe('hostile text', () => {
  test.each([
    ['Ann\r\nBob', 'Ann⟨U+000D⟩⟨U+000A⟩Bob'],
    ['\u001b[31mred', '⟨U+001B⟩[31mred'],
    ['nul\u0000', 'nul⟨U+0000⟩'],
    ['exe.\u202etxt', 'exe.⟨U+202E⟩txt'],
    ['\u2066a\u2069', '⟨U+2066⟩a⟨U+2069⟩'],
    ['a\u200bb', 'a⟨U+200B⟩b'],
    ['\ud800x', '⟨U+D800⟩x'],
    ['a\u{e0041}', 'a⟨U+E0041⟩'],
  ])('%j shows what is hidden in it', (text, shown) => expect(visibleText(text)).toBe(shown));

  test.each(['Ännchen', 'نازنین\u200cها', '👩‍👩‍👧', '陳大文', 'אבג', '1️⃣'])('%s stays as it is', (text) =>
    expect(visibleText(text)).toBe(text),
  );

  test('10,000 letters are clipped, a family of emoji counts as one', () => {
    expect(clipText('a'.repeat(10_000), 60)).toEqual({ text: 'a'.repeat(60), clipped: true });
    expect(clipText('👩‍👩‍👧'.repeat(3), 2)).toEqual({ text: '👩‍👩‍👧'.repeat(2), clipped: true });
    expect(clipText('👩‍👩‍👧', 2)).toEqual({ text: '👩‍👩‍👧', clipped: false });
    expect(clipText('Ann', 3)).toEqual({ text: 'Ann', clipped: false });
  });

  test('a letter under a thousand accents is cut too', () =>
    expect(clipText(`a${'\u0301'.repeat(5_000)}`, 60).text.length).toBeLessThan(1_300));
});
