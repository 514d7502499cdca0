import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ComponentProps, type ReactNode } from 'react';
import { matchRoute, type Route } from './route.ts';

interface Navigation {
  route: Route;
  /** What stands behind the path, `?` included; empty when nothing does. */
  search: string;
  /** Goes to a path of this site; `replace` leaves no entry to come back to. */
  navigate(path: string, how?: 'push' | 'replace'): void;
}

const NavigationContext = createContext<Navigation | null>(null);

export function useNavigation(): Navigation {
  const navigation = useContext(NavigationContext);
  if (!navigation) throw new Error('outside of NavigationProvider');
  return navigation;
}

export function NavigationProvider({ children }: { children: ReactNode }) {
  const [pathname, setPathname] = useState(location.pathname);
  const [search, setSearch] = useState(location.search);
  const follow = useCallback(() => {
    setPathname(location.pathname);
    setSearch(location.search);
  }, []);
  useEffect(() => {
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, [follow]);
  const navigate = useCallback(
    (path: string, how: 'push' | 'replace' = 'push') => {
      if (how === 'replace') history.replaceState(null, '', path);
      else history.pushState(null, '', path);
      follow();
      scrollTo(0, 0);
    },
    [follow],
  );
  const route = useMemo(() => matchRoute(pathname), [pathname]);
  const value = useMemo(() => ({ route, search, navigate }), [route, search, navigate]);
  return <NavigationContext value={value}>{children}</NavigationContext>;
}

/** A link within the site; with a modifier key or another button it is an ordinary link. */
export function Link({ to, onClick, children, ...rest }: ComponentProps<'a'> & { to: string }) {
  const { navigate } = useNavigation();
  return (
    <a
      href={to}
      onClick={(event) => {
        onClick?.(event);
        if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        navigate(to);
      }}
      {...rest}
    >
      {children}
    </a>
  );
}
