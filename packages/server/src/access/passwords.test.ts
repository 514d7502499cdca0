import { describe, expect, test } from 'vitest';
import { hashPassword, verifyPassword } from './passwords.ts';

describe('passwords', () => {
  test('are stored as argon2id with a salt of their own', async () => {
    const [first, second] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')]);
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(first).not.toBe(second);
    expect([await verifyPassword('correct horse', first), await verifyPassword('Correct horse', first)]).toEqual([true, false]);
  });

  // Computed with Debian's `argon2` (the reference implementation): printf password | argon2 somesalt -id -t 2 -k 65536 -p 4 -l 24 -e
  test('made elsewhere with another cost still match', async () => {
    const hash = '$argon2id$v=19$m=65536,t=2,p=4$c29tZXNhbHQ$F1jG2CV3/Nr+yRuIsPKw0J9r4s7cJHBU';
    expect([await verifyPassword('password', hash), await verifyPassword('Password', hash)]).toEqual([true, false]);
  });

  test('typed as other code points of the same letters match', async () => {
    expect(await verifyPassword('Zu\u0308rich caf\u00e9', await hashPassword('Z\u00fcrich cafe\u0301'))).toBe(true);
  });

  test.each([
    '',
    'correct horse',
    '$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    '$argon2id$v=19$m=99999999,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA',
    '$2b$10$abc',
  ])('a stored value that is not an argon2id hash matches nothing: %s', async (hash) => {
    expect(await verifyPassword('correct horse', hash)).toBe(false);
  });
});
