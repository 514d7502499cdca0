import { describe, expect, test } from 'vitest';
import { matchRoute } from './route.ts';

describe('routes', () => {
  test.each([
    ['/', { name: 'home' }],
    ['/setup', { name: 'setup' }],
    ['/sign-in', { name: 'sign-in' }],
    ['/dashboard', { name: 'dashboard' }],
    ['/abcd-efgh-ijkm', { name: 'room', room: 'abcd-efgh-ijkm' }],
    ['/abcd-efgh-ijkm/', { name: 'room', room: 'abcd-efgh-ijkm' }],
    ['/caf%C3%A9', { name: 'room', room: 'café' }],
  ])('%s is a page', (path, route) => expect(matchRoute(path)).toEqual(route));

  test.each(['/api', '/assets', '/check', '/embed', '/healthz', '/media', '/privacy', '/signal', '/_x', '/a/b', '/%E0%A4%A'])(
    '%s is no room',
    (path) => expect(matchRoute(path)).toEqual({ name: 'not-found' }),
  );
});
