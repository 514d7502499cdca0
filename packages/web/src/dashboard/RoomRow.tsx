import type { RoomHead } from '@conclave/protocol/rest/rooms';
import { Ban, Copy, Globe, KeyRound, Lock, MoreHorizontal, Pencil, TicketCheck, Trash2, UserPlus, Video } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Badge } from '../ui/Badge.tsx';
import { cx } from '../ui/cx.ts';
import { IconButton } from '../ui/IconButton.tsx';
import { Menu, MenuItem, MenuSeparator } from '../ui/Menu.tsx';
import { useCopyLink } from '../ui/use-copy.ts';
import { JoinButton } from './JoinButton.tsx';
import { roomTitle, shortLink } from './room-names.ts';

interface RoomRowProps {
  room: RoomHead;
  memberName: string;
  liveCount: number;
  onEdit(): void;
  onDelete(): void;
  onTogglePrivacy(): void;
  onInvite(): void;
  onInvites(): void;
  onBans(): void;
  onPassword(): void;
}

export function RoomRow({ room, memberName, liveCount, ...actions }: RoomRowProps) {
  const { t } = useTranslation('dashboard');
  const copy = useCopyLink();
  const title = roomTitle(room);
  const live = liveCount > 0;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-3 px-4 py-4 sm:flex-nowrap sm:px-5">
      <span
        className={cx(
          'inline-flex size-11 shrink-0 items-center justify-center rounded-2xl',
          live ? 'bg-accent text-on-accent' : 'bg-hover text-muted',
        )}
      >
        <Video aria-hidden="true" className="size-5" />
      </span>
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <h2 className="min-w-0 truncate font-medium">{title}</h2>
          {live && (
            <Badge tone="accent" icon={<span aria-hidden="true" className="size-1.5 rounded-full bg-current" />}>
              {t('liveCount', { count: liveCount })}
            </Badge>
          )}
          {room.privacy === 'private' && <Badge icon={<Lock aria-hidden="true" />}>{t('private')}</Badge>}
        </div>
        <p className="mt-0.5 truncate text-sm text-muted">{shortLink(room.room_url)}</p>
      </div>
      <div className="flex items-center gap-1 max-sm:w-full max-sm:pl-15">
        <IconButton label={t('copyLinkOf', { room: title })} icon={<Copy aria-hidden="true" />} onClick={() => void copy(room.room_url)} />
        <RoomMenu room={room} title={title} {...actions} />
        <JoinButton room={room} title={title} memberName={memberName} live={live} />
      </div>
    </li>
  );
}

function RoomMenu({
  room,
  title,
  onEdit,
  onDelete,
  onTogglePrivacy,
  onInvite,
  onInvites,
  onBans,
  onPassword,
}: Omit<RoomRowProps, 'liveCount' | 'memberName'> & { title: string }) {
  const { t } = useTranslation(['dashboard', 'invites']);
  const isPrivate = room.privacy === 'private';
  return (
    <Menu trigger={<IconButton label={t('moreFor', { room: title })} icon={<MoreHorizontal aria-hidden="true" />} tooltip={false} />}>
      <MenuItem icon={<Pencil aria-hidden="true" />} onSelect={onEdit}>
        {t('edit')}
      </MenuItem>
      <MenuItem icon={isPrivate ? <Globe aria-hidden="true" /> : <Lock aria-hidden="true" />} onSelect={onTogglePrivacy}>
        {isPrivate ? t('makePublic') : t('makePrivate')}
      </MenuItem>
      <MenuItem icon={<UserPlus aria-hidden="true" />} onSelect={onInvites}>
        {t('open', { ns: 'invites' })}
      </MenuItem>
      {isPrivate && (
        <MenuItem icon={<TicketCheck aria-hidden="true" />} onSelect={onInvite}>
          {t('invite')}
        </MenuItem>
      )}
      <MenuItem icon={<KeyRound aria-hidden="true" />} onSelect={onPassword}>
        {t('password')}
      </MenuItem>
      <MenuItem icon={<Ban aria-hidden="true" />} onSelect={onBans}>
        {t('bans')}
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon={<Trash2 aria-hidden="true" />} tone="danger" onSelect={onDelete}>
        {t('delete')}
      </MenuItem>
    </Menu>
  );
}

/** The shape of the list while it is on its way. */
export function RoomSkeletons({ label }: { label: string }) {
  return (
    <div role="status" className="divide-y divide-line rounded-3xl border border-line bg-surface">
      <span className="sr-only">{label}</span>
      {[0, 1, 2].map((row) => (
        <div key={row} aria-hidden="true" className="flex animate-pulse items-center gap-4 px-5 py-4">
          <span className="size-11 rounded-2xl bg-hover" />
          <span className="flex flex-1 flex-col gap-2.5">
            <span className="h-3.5 w-40 rounded-full bg-hover" />
            <span className="h-3 w-64 max-w-full rounded-full bg-hover" />
          </span>
          <span className="h-11 w-20 rounded-xl bg-hover max-sm:hidden" />
        </div>
      ))}
    </div>
  );
}
