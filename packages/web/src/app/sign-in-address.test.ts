import { describe, expect, test } from 'vitest';
import { pageAfterSignIn, signInAddress } from './sign-in-address.ts';

describe('signing in on the way to somewhere', () => {
  test.each([
    ['/dashboard', ''],
    ['/dashboard/log', '?result=refused&room=a'],
    ['/dashboard/log/4711', ''],
  ])('leads back to %s%s', (pathname, search) => {
    const address = new URL(signInAddress({ pathname, search }), 'https://meet.example.org');
    expect(address.pathname).toBe('/sign-in');
    expect(pageAfterSignIn(address.search)).toBe(pathname + search);
  });

  test.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/dashboard\\..',
    '/dashboards',
    '/room',
    '/dashboard/nowhere',
    '',
  ])('does not lead to “%s”', (to) => expect(pageAfterSignIn(`?to=${encodeURIComponent(to)}`)).toBe('/dashboard'));
});
