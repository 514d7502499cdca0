import { Ellipsis, Hand, Keyboard, Link, MonitorUp, MonitorX, Settings, ShieldCheck, UserPlus, Users } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Menu, MenuItem, MenuSeparator } from '../../ui/Menu.tsx';
import { useCopyLink } from '../../ui/use-copy.ts';
import { useMayInvite } from '../invites/RoomInvites.tsx';
import { useMayControl } from '../moderation/ControlsDialog.tsx';
import { useRoomUrl } from '../room-url.ts';
import { useSession } from '../session-context.tsx';
import { useViewActions } from '../view-context.tsx';
import type { BarForm } from './ControlBar.tsx';
import { useHand } from './HandButton.tsx';
import { useMediaControls } from './use-media-controls.ts';
import { ViewChoices } from './ViewSwitch.tsx';

/** What is used less, and on a small window what has no button. */
export function MoreMenu({ form }: { form: BarForm }) {
  const { t } = useTranslation('room');
  const { openDialog } = useViewActions();
  return (
    <Menu
      side="top"
      align={form === 'narrow' ? 'end' : 'center'}
      trigger={
        <button
          type="button"
          data-more-button
          aria-label={t('controls.more')}
          className="inline-flex size-12 shrink-0 items-center justify-center rounded-2xl border border-line bg-raised text-ink transition-colors hover:bg-hover [&_svg]:size-5"
        >
          <Ellipsis aria-hidden="true" />
        </button>
      }
    >
      {form === 'narrow' && <NarrowItems />}
      {form !== 'wide' && (
        <>
          <ViewChoices />
          <MenuSeparator />
        </>
      )}
      <ControlsItem />
      <InviteItem />
      <CopyLinkItem />
      <MenuItem icon={<Settings aria-hidden="true" />} onSelect={() => openDialog('settings')}>
        {t('controls.settings')}
      </MenuItem>
      {form !== 'narrow' && (
        <MenuItem icon={<Keyboard aria-hidden="true" />} onSelect={() => openDialog('shortcuts')}>
          {t('controls.shortcuts')}
        </MenuItem>
      )}
    </Menu>
  );
}

function NarrowItems() {
  const { t } = useTranslation('room');
  const { togglePanel } = useViewActions();
  const { screen } = useMediaControls();
  const hand = useHand();
  const waiting = useSession((state) => state.lobby.length);
  return (
    <>
      <MenuItem icon={<Users aria-hidden="true" />} onSelect={() => togglePanel('participants')}>
        {t('controls.participants')}
        {waiting > 0 && <span className="ml-auto text-xs text-accent-ink">{t('lobby.waiting', { count: waiting })}</span>}
      </MenuItem>
      {!hand.hidden && (
        <MenuItem icon={<Hand aria-hidden="true" />} onSelect={hand.toggle}>
          {t(hand.isUp ? 'moderation.lowerOwnHand' : 'moderation.raiseHand')}
        </MenuItem>
      )}
      <MenuItem
        icon={screen.on ? <MonitorX aria-hidden="true" /> : <MonitorUp aria-hidden="true" />}
        disabled={screen.reason !== null}
        onSelect={screen.toggle}
      >
        <span className="flex flex-col">
          {t(screen.on ? 'controls.stopShare' : 'controls.share')}
          {screen.reason !== null && <span className="text-xs text-muted">{screen.reason}</span>}
        </span>
      </MenuItem>
      <MenuSeparator />
    </>
  );
}

function ControlsItem() {
  const { t } = useTranslation('room');
  const { openDialog } = useViewActions();
  if (!useMayControl()) return null;
  return (
    <MenuItem icon={<ShieldCheck aria-hidden="true" />} onSelect={() => openDialog('controls')}>
      {t('moderation.controls')}
    </MenuItem>
  );
}

function InviteItem() {
  const { t } = useTranslation('invites');
  const { openDialog } = useViewActions();
  if (!useMayInvite()) return null;
  return (
    <MenuItem icon={<UserPlus aria-hidden="true" />} onSelect={() => openDialog('invites')}>
      {t('open')}
    </MenuItem>
  );
}

function CopyLinkItem() {
  const { t } = useTranslation('room');
  const copyLink = useCopyLink();
  const roomUrl = useRoomUrl();
  return (
    <MenuItem icon={<Link aria-hidden="true" />} onSelect={() => void copyLink(roomUrl)}>
      {t('people.invite')}
    </MenuItem>
  );
}
