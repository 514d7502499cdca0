import { describe, expect, test } from 'vitest';
import { matchRoute } from './route.ts';

describe('routes', () => {
  test.each([
    ['/', { name: 'home' }],
    ['/setup', { name: 'setup' }],
    ['/sign-in', { name: 'sign-in' }],
    ['/privacy', { name: 'privacy' }],
    ['/check', { name: 'check' }],
    ['/dashboard', { name: 'dashboard' }],
    ['/dashboard/roles', { name: 'roles' }],
    ['/dashboard/log', { name: 'log' }],
    ['/dashboard/log/0', { name: 'log-event', seq: 0 }],
    ['/dashboard/log/4711/', { name: 'log-event', seq: 4711 }],
    ['/dashboard/log/settings', { name: 'log-settings' }],
    ['/dashboard/alerts', { name: 'log-alerts' }],
    ['/dashboard/sessions/00000000-0000-4000-8000-000000000001', { name: 'log-session', session: '00000000-0000-4000-8000-000000000001' }],
    ['/abcd-efgh-ijkm', { name: 'room', room: 'abcd-efgh-ijkm' }],
    ['/abcd-efgh-ijkm/', { name: 'room', room: 'abcd-efgh-ijkm' }],
    ['/caf%C3%A9', { name: 'room', room: 'café' }],
  ])('%s is a page', (path, route) => expect(matchRoute(path)).toEqual(route));

  test.each(['/dashboard/log/x', '/dashboard/log/-1', '/dashboard/log/1/2', '/dashboard/sessions/1', '/dashboard/rooms'])(
    '%s is no page of the dashboard',
    (path) => expect(matchRoute(path)).toEqual({ name: 'not-found' }),
  );

  test.each(['/api', '/assets', '/embed', '/healthz', '/media', '/signal', '/_x', '/a/b', '/%E0%A4%A'])('%s is no room', (path) =>
    expect(matchRoute(path)).toEqual({ name: 'not-found' }),
  );
});
