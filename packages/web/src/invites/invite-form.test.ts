import { describe, expect, test } from 'vitest';
import { emptyFields, readFields, type InviteFields } from './invite-form.ts';

const NOW_MS = Date.UTC(2026, 11, 1, 12);
const DAY_MS = 24 * 3_600_000;
const read = (fields: Partial<InviteFields>) =>
  readFields({ ...emptyFields('speaker', 'de'), ...fields }, { nowMs: NOW_MS, timeZone: 'Europe/Berlin' });

describe('[P4] what the form of an invite stands for', () => {
  test('is an invite for one person for a week unless something else is said', () => {
    expect(read({})).toEqual({
      ok: true,
      request: {
        name: null,
        email: null,
        role: 'speaker',
        expiresAtMs: NOW_MS + 7 * DAY_MS,
        maxPersons: 1,
        sendMail: false,
        startsAtMs: null,
        durationMinutes: 60,
        language: 'de',
        timeZone: 'Europe/Berlin',
      },
    });
  });

  test('takes the address and the date only for a mail', () => {
    const typed = { name: ' Ada ', email: ' ada@example.org ', date: '2026-12-03T10:00', expiry: '' };
    expect(read(typed)).toMatchObject({ ok: true, request: { name: 'Ada', email: null, startsAtMs: null, expiresAtMs: null } });
    const startsAtMs = new Date('2026-12-03T10:00').getTime();
    expect(read({ ...typed, sendMail: true })).toMatchObject({
      ok: true,
      request: { email: 'ada@example.org', sendMail: true, startsAtMs },
    });
  });

  test.each([
    [{ sendMail: true, email: 'ada' }, { email: 'emailWrong' }],
    [{ sendMail: true, email: 'ada@example.org\r\nBcc: eve@example.org' }, { email: 'emailWrong' }],
    [{ persons: '0' }, { persons: 'personsWrong' }],
    [{ persons: '1.5' }, { persons: 'personsWrong' }],
    [{ persons: '' }, { persons: 'personsWrong' }],
    [{ sendMail: true, email: 'ada@example.org', date: '2020-01-01T10:00' }, { date: 'datePast' }],
    [{ sendMail: true, email: 'ada@example.org', date: '2027-01-01T10:00' }, { date: 'dateLate' }],
  ] as const)('%j is refused before it is sent', (fields, faults) => {
    expect(read(fields)).toEqual({ ok: false, faults });
  });
});
