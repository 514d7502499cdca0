import { describe, expect, test } from 'vitest';
import { checkSetupForm } from './form-fields.ts';

const GOOD = { teamName: 'Aurora Labs', name: 'Olivia Owner', email: 'olivia@example.org', password: 'ten letters' };

describe('the set-up form', () => {
  test('accepts what the server accepts', () => expect(checkSetupForm(GOOD)).toEqual({}));
  test('names each field that is wrong, and how', () =>
    expect(checkSetupForm({ teamName: ' ', name: '', email: 'olivia@', password: 'short' })).toEqual({
      teamName: 'fieldMissing',
      name: 'fieldMissing',
      email: 'emailInvalid',
      password: 'passwordShort',
    }));
  test('tells too long from too short', () =>
    expect(checkSetupForm({ ...GOOD, teamName: 'x'.repeat(101), password: 'x'.repeat(257) })).toEqual({
      teamName: 'fieldTooLong',
      password: 'passwordLong',
    }));
  test('asks for no kinds of characters in a password', () => expect(checkSetupForm({ ...GOOD, password: 'aaaaaaaaaa' })).toEqual({}));
});
