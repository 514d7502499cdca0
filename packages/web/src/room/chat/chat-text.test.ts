import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixtureMessage } from '../fixture-session.ts';
import { clockText } from './clock-text.ts';
import { linkParts } from './link-parts.ts';
import { groupMessages } from './message-groups.ts';

const links = (text: string) => linkParts(text).flatMap((part) => (part.kind === 'link' ? [part.text] : []));

describe('links in a message', () => {
  it.each([
    ['see https://example.org/a?b=1#c now', 'https://example.org/a?b=1#c'],
    ['(https://example.org/wiki/Ring_(set))', 'https://example.org/wiki/Ring_(set)'],
    ['Done: http://example.org.', 'http://example.org'],
    ['https://example.org/path, or not', 'https://example.org/path'],
    ['HTTPS://EXAMPLE.ORG', 'HTTPS://EXAMPLE.ORG'],
    ['write to mailto:ann@example.org.', 'mailto:ann@example.org'],
  ])('finds the address in %j', (text, link) => {
    expect(links(text)).toEqual([link]);
  });

  it.each([
    'javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'ftp://example.org',
    'https://bank.example@evil.example/',
    'https://',
    'xhttps://example.org',
    'mailto:',
    'mailto:ann@example.org?bcc=eve@example.org',
    'mailto:ann@example.org,eve@example.org',
    'https://example.org/\u202egpj.exe',
    'example.org',
  ])('makes no link of %j', (text) => {
    expect(links(text)).toEqual([]);
  });

  it('changes nothing of the text', () => {
    const pieces = fc.array(fc.oneof(fc.string(), fc.constantFrom('https://example.org/a', '<b>', ')', '(', '.', ' ', '\n', 'https://')), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(pieces, (list) => {
        const text = list.join('');
        expect(
          linkParts(text)
            .map((part) => part.text)
            .join(''),
        ).toBe(text);
      }),
    );
  });

  it('reads the longest message within a moment, however it was made', () => {
    for (const text of [`https://example.org/${')'.repeat(3980)}`, `https://example.org/${'.'.repeat(3978)}x`, 'https://'.repeat(500)]) {
      const startMs = performance.now();
      expect(
        linkParts(text)
          .map((part) => part.text)
          .join(''),
      ).toBe(text);
      expect(performance.now() - startMs).toBeLessThan(2_000); // it takes a few; the rest is room for a busy host
    }
  });

  it('links to nothing but the web', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const hrefs = linkParts(`${before}https://example.org/${after}`).flatMap((part) => (part.kind === 'link' ? [part.href] : []));
        expect(hrefs.filter((href) => !/^(https?:\/\/|mailto:)/.test(href))).toEqual([]);
      }),
    );
  });
});

describe('the time of a message', () => {
  const timeMs = new Date(2026, 10, 23, 14, 5).getTime();

  it('is written as in the region of the reader', () => {
    expect(clockText(timeMs, 'en', ['en-GB', 'en-US'])).toBe('14:05');
    expect(clockText(timeMs, 'en', ['fr-FR', 'en-US'])).toMatch(/^0?2:05\sPM$/);
  });

  it('is written in the language of the page when the browser has another', () => {
    expect(clockText(timeMs, 'de', ['en-US'])).toBe('14:05');
  });
});

describe('groups of messages', () => {
  const at = (seq: number, from: number, atS: number) => fixtureMessage(seq, from, `message ${seq}`, atS * 1000);

  it('puts together what one person writes within three minutes', () => {
    const groups = groupMessages([at(1, 1, 0), at(2, 1, 60), at(3, 2, 70), at(4, 1, 80), at(5, 1, 400)], null);
    expect(groups.map((group) => group.messages.length)).toEqual([2, 1, 1, 1]);
  });

  it('keeps apart what is for different people', () => {
    const to = { kind: 'participant', participantId: at(1, 2, 0).participantId, name: 'Cleo' } as const;
    const groups = groupMessages([at(1, 1, 0), { ...at(2, 1, 1), to }, at(3, 1, 2)], null);
    expect(groups.map((group) => group.to.kind)).toEqual(['everyone', 'participant', 'everyone']);
  });

  it('begins anew at the first unread message and marks only that one', () => {
    const groups = groupMessages([at(1, 1, 0), at(2, 1, 1), at(3, 1, 2), at(4, 2, 3)], 2);
    expect(groups.map((group) => [group.messages.length, group.unreadFrom])).toEqual([
      [2, false],
      [1, true],
      [1, false],
    ]);
  });

  it('marks nothing when all was read', () => {
    expect(groupMessages([at(1, 1, 0), at(2, 2, 1)], 2).some((group) => group.unreadFrom)).toBe(false);
  });
});
