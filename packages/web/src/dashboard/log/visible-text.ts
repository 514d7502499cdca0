/** A piece of text as it was typed, or the name of a character that cannot be seen or that turns the text around it. */
export type TextPart = { kind: 'text'; text: string } | { kind: 'mark'; code: string };

/**
 * C0, DEL and C1 controls, marks and overrides of direction, line and paragraph separators, invisible operators, tags, and broken
 * surrogates. Not joiners (U+200C, U+200D) and variation selectors: Persian, Hindi and emoji need them.
 */
const HIDDEN =
  // oxlint-disable-next-line no-control-regex -- to find them is what this is for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Surrogate}]/gu;

/** Splits text so that nothing in it can hide: what is not visible by itself becomes a mark with its code point. */
export function visibleParts(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (const match of text.matchAll(HIDDEN)) {
    if (match.index > from) parts.push({ kind: 'text', text: text.slice(from, match.index) });
    parts.push({ kind: 'mark', code: codeOf(match[0]) });
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push({ kind: 'text', text: text.slice(from) });
  return parts;
}

/** The text on one line with marks as `⟨U+202E⟩`, for titles, labels and announcements. */
export function visibleText(text: string): string {
  return visibleParts(text)
    .map((part) => (part.kind === 'text' ? part.text : `⟨${part.code}⟩`))
    .join('');
}

/** At most so many characters as people count them, and whether something was left out. */
export function clipText(text: string, limit: number): { text: string; clipped: boolean } {
  // No grapheme is shorter than a unit, and nobody waits for 10,000 of them to be counted.
  if (text.length <= limit) return { text, clipped: false };
  let end = 0;
  let count = 0;
  for (const { segment, index } of new Intl.Segmenter().segment(text.slice(0, limit * 20))) {
    if (count === limit) break;
    count += 1;
    end = index + segment.length;
  }
  return end < text.length ? { text: text.slice(0, end), clipped: true } : { text, clipped: false };
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
