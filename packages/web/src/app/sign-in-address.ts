import { matchRoute } from './route.ts';

/** The sign-in page, which comes back to the page where one is now if that is a view of the dashboard. */
export function signInAddress(location: Pick<Location, 'pathname' | 'search'>): string {
  const here = location.pathname + location.search;
  return here === '/dashboard' ? '/sign-in' : `/sign-in?to=${encodeURIComponent(here)}`;
}

/** Where to go after signing in: only ever to a view of our own dashboard, whatever the address asks for. */
export function pageAfterSignIn(search: string): string {
  const wanted = new URLSearchParams(search).get('to') ?? '';
  // A second slash would name another host, a backslash is read as one.
  if (!/^\/dashboard(?:[/?]|$)/.test(wanted) || wanted.includes('\\')) return '/dashboard';
  const [path = ''] = wanted.split('?', 1);
  return matchRoute(path).name === 'not-found' ? '/dashboard' : wanted;
}
