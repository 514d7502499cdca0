import { RESERVED_SEGMENTS } from '@conclave/protocol/rest/reserved-paths';

export type Route =
  | { name: 'home' }
  | { name: 'setup' }
  | { name: 'sign-in' }
  | { name: 'privacy' }
  | { name: 'check' }
  | DashboardRoute
  | { name: 'room'; room: string }
  | { name: 'not-found' };

/** The views of the dashboard. All of them share one page around them. */
export type DashboardRoute =
  | { name: 'dashboard' }
  | { name: 'roles' }
  | { name: 'log' }
  | { name: 'log-event'; seq: number }
  | { name: 'log-session'; session: string }
  | { name: 'log-alerts' }
  | { name: 'log-settings' };

const RESERVED: ReadonlySet<string> = new Set(RESERVED_SEGMENTS);

/** Which page a path is. Whether a room exists is the server's to say. */
export function matchRoute(pathname: string): Route {
  const segments = pathname.split('/').filter(Boolean);
  const [first] = segments;
  if (first === undefined) return { name: 'home' };
  if (first === 'dashboard') return matchDashboard(segments.slice(1));
  if (segments.length > 1) return { name: 'not-found' };
  if (first === 'setup' || first === 'sign-in' || first === 'privacy' || first === 'check') return { name: first };
  if (RESERVED.has(first) || first.startsWith('_')) return { name: 'not-found' };
  try {
    return { name: 'room', room: decodeURIComponent(first) };
  } catch {
    return { name: 'not-found' };
  }
}

function matchDashboard([area, id, ...more]: string[]): Route {
  if (area === undefined) return { name: 'dashboard' };
  if (more.length > 0) return { name: 'not-found' };
  if (area === 'roles' && id === undefined) return { name: 'roles' };
  if (area === 'log' && id === undefined) return { name: 'log' };
  if (area === 'log' && id === 'settings') return { name: 'log-settings' };
  if (area === 'log' && id !== undefined && /^\d{1,15}$/.test(id)) return { name: 'log-event', seq: Number(id) };
  if (area === 'alerts' && id === undefined) return { name: 'log-alerts' };
  if (area === 'sessions' && id !== undefined && /^[\da-f-]{36}$/i.test(id)) return { name: 'log-session', session: id };
  return { name: 'not-found' };
}
