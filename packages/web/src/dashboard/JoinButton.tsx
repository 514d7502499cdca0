import type { RoomHead } from '@conclave/protocol/rest/rooms';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { rememberRoomToken } from '../app/address-secrets.ts';
import { browserStorage } from '../app/browser-storage.ts';
import { Link, useNavigation } from '../app/navigation.tsx';
import { Button, buttonClass } from '../ui/Button.tsx';
import { useToast } from '../ui/Toast.tsx';
import { createOwnToken } from './rooms-api.ts';

/** A link into a public room. Into a private one members go too, with a token made at that moment for this tab. */
export function JoinButton({ room, title, memberName, live }: { room: RoomHead; title: string; memberName: string; live: boolean }) {
  const { t } = useTranslation('dashboard');
  const { navigate } = useNavigation();
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  const path = `/${encodeURIComponent(room.friendly_url)}`;
  const tone = live ? 'primary' : 'secondary';
  const look = 'ml-2 max-sm:ml-auto';
  const label = t('joinRoom', { room: title });
  if (room.privacy === 'public') {
    return (
      <Link to={path} aria-label={label} className={buttonClass(tone, 'medium', look)}>
        {t('join')}
      </Link>
    );
  }
  const join = async () => {
    setBusy(true);
    const answer = await createOwnToken(room, memberName);
    setBusy(false);
    if (!answer.ok) return toast({ tone: 'danger', text: t('joinFailed') });
    rememberRoomToken(room.friendly_url, answer.data, browserStorage('sessionStorage'));
    return navigate(path);
  };
  return (
    <Button tone={tone} aria-label={label} busy={busy} onClick={() => void join()} className={look}>
      {t('join')}
    </Button>
  );
}
