import { RESERVED_SEGMENTS } from '@conclave/protocol/rest/reserved-paths';

export type Route =
  | { name: 'home' }
  | { name: 'setup' }
  | { name: 'sign-in' }
  | { name: 'dashboard' }
  | { name: 'room'; room: string }
  | { name: 'not-found' };

const RESERVED: ReadonlySet<string> = new Set(RESERVED_SEGMENTS);

/** Which page a path is. Whether a room exists is the server's to say. */
export function matchRoute(pathname: string): Route {
  const segments = pathname.split('/').filter(Boolean);
  const [first] = segments;
  if (first === undefined) return { name: 'home' };
  if (segments.length > 1) return { name: 'not-found' };
  if (first === 'setup' || first === 'sign-in' || first === 'dashboard') return { name: first };
  if (RESERVED.has(first) || first.startsWith('_')) return { name: 'not-found' };
  try {
    return { name: 'room', room: decodeURIComponent(first) };
  } catch {
    return { name: 'not-found' };
  }
}
