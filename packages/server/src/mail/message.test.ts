import fc from 'fast-check';
import { expect, test } from 'vitest';
import { harmless } from './message.ts';

const mail = { to: 'ada@example.org', subject: 'Hello', text: 'Text' };

test.each([
  'ada@example.org\r\nBcc: eve@example.org',
  'ada@example.org, eve@example.org',
  'Ada <ada@example.org>',
  'ada@example.org>\r\nRCPT TO:<eve@example.org',
  '"a b"@example.org',
  'ada',
  '',
])('%j is not one plain address', (to) => {
  expect(() => harmless({ ...mail, to })).toThrow(TypeError);
});

test('a subject is one short line and a text has no control characters, whatever was typed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary', maxLength: 3_000 }), (subject, text) => {
      const sent = harmless({ ...mail, subject, text });
      expect(sent.subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u);
      expect(sent.text).not.toMatch(/[^\P{Cc}\n]/u);
      expect(sent.subject.length).toBeLessThanOrEqual(200);
      expect(sent.text.isWellFormed() && sent.subject.isWellFormed()).toBe(true);
    }),
  );
});

test('what is too long is cut at a whole character', () => {
  expect(harmless({ ...mail, subject: '😀'.repeat(10_000) }).subject).toBe(`${'😀'.repeat(99)}…`);
});
