import { Settings2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../ui/IconButton.tsx';
import { Logo } from '../ui/Logo.tsx';
import { Menu } from '../ui/Menu.tsx';
import { PreferenceMenuItems } from '../ui/PreferenceMenuItems.tsx';

/** A page with one thing on it, in the middle: states, sign-in. */
export function FullPage({ children }: { children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col">
      <PageHeader />
      <main className="flex flex-1 flex-col items-center justify-center px-4 pt-6 pb-20">{children}</main>
    </div>
  );
}

export function PageHeader({ children }: { children?: ReactNode }) {
  const { t } = useTranslation('common');
  return (
    <header className="flex h-16 shrink-0 items-center justify-between gap-3 px-4 sm:px-6">
      <Logo />
      <div className="flex items-center gap-2">
        {children}
        <Menu trigger={<IconButton label={t('preferences')} icon={<Settings2 aria-hidden="true" />} tooltip={false} />}>
          <PreferenceMenuItems />
        </Menu>
      </div>
    </header>
  );
}
