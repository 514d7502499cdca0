import type { Me } from '@conclave/protocol/rest/setup';
import { ChevronDown, LogOut } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { call } from '../app/api.ts';
import { useNavigation } from '../app/navigation.tsx';
import { Avatar } from '../ui/Avatar.tsx';
import { Menu, MenuItem, MenuSeparator } from '../ui/Menu.tsx';
import { PreferenceMenuItems } from '../ui/PreferenceMenuItems.tsx';
import { useToast } from '../ui/Toast.tsx';

export function AccountMenu({ me }: { me: Me }) {
  const { t } = useTranslation('dashboard');
  const { navigate } = useNavigation();
  const toast = useToast();
  const signOut = async () => {
    const answer = await call('/api/auth/sign-out', { method: 'POST', body: {} });
    if (answer.ok || answer.failure.code === 'sign_in_required') navigate('/sign-in', 'replace');
    else toast({ tone: 'danger', text: t('signOutFailed') });
  };
  return (
    <Menu
      trigger={
        <button type="button" className="inline-flex h-11 items-center gap-1.5 rounded-full pr-2 pl-1 hover:bg-hover">
          <Avatar name={me.name} size="small" />
          <span className="sr-only">{t('account', { name: me.name })}</span>
          <ChevronDown aria-hidden="true" className="size-4 text-muted" />
        </button>
      }
    >
      <div className="px-2.5 pt-2 pb-1">
        <p className="truncate text-sm font-semibold">{me.name}</p>
        <p className="truncate text-sm text-muted">{me.email}</p>
      </div>
      <MenuSeparator />
      <PreferenceMenuItems />
      <MenuSeparator />
      <MenuItem icon={<LogOut aria-hidden="true" />} onSelect={() => void signOut()}>
        {t('signOut')}
      </MenuItem>
    </Menu>
  );
}
