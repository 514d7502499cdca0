import { lazy, Suspense, useEffect } from 'react';
import { loadCheckPage } from '../check/load.ts';
import { loadLogPages } from '../dashboard/log/load.ts';
import { loadRolesPage } from '../dashboard/roles/load.ts';
import { loadPrivacyPage } from '../privacy/load.ts';
import { LoadingPage } from './LoadingPage.tsx';
import { useNavigation } from './navigation.tsx';
import { matchRoute, type Route } from './route.ts';
import { NotFoundPage } from './NotFoundPage.tsx';
import type { AddressSecrets } from './address-secrets.ts';

const PAGES = {
  setup: async () => ({ default: (await import('../setup/SetupPage.tsx')).SetupPage }),
  'sign-in': async () => ({ default: (await import('../sign-in/SignInPage.tsx')).SignInPage }),
  dashboard: async () => ({ default: (await import('../dashboard/DashboardPage.tsx')).DashboardPage }),
  privacy: loadPrivacyPage,
  check: loadCheckPage,
  room: async () => ({ default: (await import('../prejoin/RoomEntrance.tsx')).RoomEntrance }),
};
const SetupPage = lazy(PAGES.setup);
const SignInPage = lazy(PAGES['sign-in']);
const DashboardPage = lazy(PAGES.dashboard);
const PrivacyPage = lazy(PAGES.privacy);
const CheckPage = lazy(PAGES.check);
const RoomEntrance = lazy(PAGES.room);

/** Begins to fetch what a path shows, before anything is drawn. A failure shows itself when the page is drawn. */
export function preloadPage(pathname: string): void {
  const { name } = matchRoute(pathname);
  for (const load of loadersOf(name)) load().catch(() => undefined);
}

function loadersOf(name: Route['name']): readonly (() => Promise<unknown>)[] {
  switch (name) {
    case 'home':
    case 'not-found':
      return [];
    case 'setup':
    case 'sign-in':
    case 'dashboard':
    case 'privacy':
    case 'check':
    case 'room':
      return [PAGES[name]];
    case 'roles':
      return [PAGES.dashboard, loadRolesPage];
    case 'log':
    case 'log-event':
    case 'log-session':
    case 'log-alerts':
    case 'log-settings':
      return [PAGES.dashboard, loadLogPages];
  }
}

export function App({ secrets }: { secrets: AddressSecrets }) {
  return (
    <Suspense fallback={<LoadingPage />}>
      <CurrentPage secrets={secrets} />
    </Suspense>
  );
}

function CurrentPage({ secrets }: { secrets: AddressSecrets }) {
  const { route, navigate } = useNavigation();
  const isHome = route.name === 'home';
  useEffect(() => {
    // The dashboard sends on to the sign-in page whoever is not signed in.
    if (isHome) navigate('/dashboard', 'replace');
  }, [isHome, navigate]);
  switch (route.name) {
    case 'home':
      return <LoadingPage />;
    case 'setup':
      return <SetupPage token={secrets.setupToken} />;
    case 'sign-in':
      return <SignInPage />;
    case 'privacy':
      return <PrivacyPage />;
    case 'check':
      return <CheckPage />;
    case 'dashboard':
    case 'roles':
    case 'log':
    case 'log-event':
    case 'log-session':
    case 'log-alerts':
    case 'log-settings':
      return <DashboardPage view={route} />;
    case 'room':
      return <RoomEntrance key={route.room} room={route.room} />;
    case 'not-found':
      return <NotFoundPage />;
  }
}
