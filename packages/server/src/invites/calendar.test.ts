import fc from 'fast-check';
import { expect, test } from 'vitest';
import { calendarText, type CalendarEntry } from './calendar.ts';

const entry: CalendarEntry = {
  method: 'REQUEST',
  uid: 'one@meet.test',
  sequence: 3,
  writtenAtMs: Date.UTC(2026, 10, 28, 9, 5),
  startsAtMs: Date.UTC(2026, 11, 31, 23, 30),
  durationMinutes: 45,
  summary: 'Plan; review, and C:\\x',
  description: 'Line one\r\nLine two',
  url: 'https://meet.test/harbour',
  organizer: { name: 'Harbour', email: 'conclave@meet.test' },
  attendee: { name: 'Ada "A" Lovelace', email: 'ada@example.org' },
};

/** Content lines as a reader sees them: unfolded (RFC 5545 §3.1). */
const linesOf = (text: string) => text.replaceAll('\r\n ', '').trimEnd().split('\r\n');

test('[P4] a calendar entry has its times in UTC, its texts escaped and its names quoted', () => {
  expect(linesOf(calendarText(entry))).toEqual([
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Conclave//Conclave//EN',
    'METHOD:REQUEST',
    'BEGIN:VEVENT',
    'UID:one@meet.test',
    'SEQUENCE:3',
    'DTSTAMP:20261128T090500Z',
    'DTSTART:20261231T233000Z',
    'DTEND:20270101T001500Z',
    'SUMMARY:Plan\\; review\\, and C:\\\\x',
    'DESCRIPTION:Line one\\nLine two',
    'LOCATION:https://meet.test/harbour',
    'ORGANIZER;CN="Harbour":mailto:conclave@meet.test',
    'ATTENDEE;CN="Ada \'A\' Lovelace";ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE:mailto:ada@example.org',
    'STATUS:CONFIRMED',
    'END:VEVENT',
    'END:VCALENDAR',
  ]);
  expect(calendarText({ ...entry, method: 'CANCEL' })).toContain('METHOD:CANCEL\r\n');
  expect(calendarText({ ...entry, method: 'CANCEL' })).toContain('STATUS:CANCELLED\r\n');
});

test('[P4] whatever is typed adds no line, and no line is longer than 75 octets', () => {
  const names = linesOf(calendarText(entry)).map((line) => line.split(/[;:]/, 1)[0]);
  const typed = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.constantFrom('a\r\nATTENDEE:mailto:eve@example.org', '"\n:;,\\', 'ü😀'.repeat(60)),
  );
  fc.assert(
    fc.property(typed, typed, typed, (summary, description, name) => {
      const text = calendarText({ ...entry, summary, description, attendee: { ...entry.attendee, name } });
      expect(text.replaceAll('\r\n', '')).not.toMatch(/\p{Cc}/u);
      expect(linesOf(text).map((line) => line.split(/[;:]/, 1)[0])).toEqual(names);
      for (const line of text.split('\r\n')) {
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
        expect(line.isWellFormed()).toBe(true);
      }
    }),
    { numRuns: 50 },
  );
});
