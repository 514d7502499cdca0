import type { RoomHead } from '@conclave/protocol/rest/rooms';
import { Plus, Search, Video } from 'lucide-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button.tsx';
import { EmptyState } from '../ui/StatePanel.tsx';
import { LoadFailed } from '../ui/LoadFailed.tsx';
import { fieldClass } from '../ui/TextField.tsx';
import { useToast } from '../ui/Toast.tsx';
import { cx } from '../ui/cx.ts';
import { BansDialog } from './BansDialog.tsx';
import { CreatedDialog } from './CreatedDialog.tsx';
import { DeleteDialog } from './DeleteDialog.tsx';
import { EditDialog } from './EditDialog.tsx';
import { InvitationDialog } from './InvitationDialog.tsx';
import { InvitesOfRoom } from './InvitesOfRoom.tsx';
import { PasswordDialog } from './PasswordDialog.tsx';
import { findRooms } from './room-names.ts';
import { RoomRow, RoomSkeletons } from './RoomRow.tsx';
import { changeRoom, createRoom } from './rooms-api.ts';
import { useLiveCounts, useRooms, type RoomsControl } from './use-rooms.ts';

type Open = { kind: 'none' } | { kind: 'created' | 'edit' | 'delete' | 'invitation' | 'invites' | 'bans' | 'password'; room: RoomHead };

/** With fewer rooms than this one finds them by looking. */
const SEARCH_FROM = 8;

export function Meetings({ memberName }: { memberName: string }) {
  const { t } = useTranslation(['dashboard', 'errors']);
  const toast = useToast();
  const control = useRooms();
  const [creating, setCreating] = useState(false);
  const [open, setOpen] = useState<Open>({ kind: 'none' });
  const close = () => setOpen({ kind: 'none' });

  const create = async () => {
    setCreating(true);
    const answer = await createRoom();
    setCreating(false);
    if (!answer.ok) return toast({ tone: 'danger', text: t(`errors:${answer.failure.code}.title`) });
    control.added(answer.data);
    return setOpen({ kind: 'created', room: answer.data });
  };
  const newMeeting = (
    <Button tone="primary" icon={<Plus aria-hidden="true" className="size-4.5" />} busy={creating} onClick={() => void create()}>
      {t('dashboard:newMeeting')}
    </Button>
  );
  const empty = control.rooms.kind === 'ready' && control.rooms.data.rooms.length === 0;
  return (
    <>
      <div className="mb-6 flex flex-wrap items-end justify-between gap-4 sm:mb-8">
        <div>
          <h1 className="text-3xl font-semibold tracking-tight">{t('dashboard:title')}</h1>
          <p className="mt-1.5 max-w-xl text-muted">{t('dashboard:lead')}</p>
        </div>
        {!empty && newMeeting}
      </div>
      {empty ? (
        <EmptyState
          icon={<Video aria-hidden="true" />}
          title={t('dashboard:emptyTitle')}
          actions={newMeeting}
          className="rounded-3xl border border-line bg-surface px-6 py-16 sm:max-w-none"
        >
          {t('dashboard:emptyText')}
        </EmptyState>
      ) : (
        <RoomList control={control} memberName={memberName} onOpen={setOpen} />
      )}
      {open.kind === 'created' && <CreatedDialog room={open.room} onClose={close} />}
      {open.kind === 'invitation' && <InvitationDialog room={open.room} onClose={close} />}
      {open.kind === 'invites' && <InvitesOfRoom room={open.room} onClose={close} />}
      {open.kind === 'bans' && <BansDialog room={open.room} onClose={close} />}
      {open.kind === 'password' && <PasswordDialog room={open.room} onClose={close} onSaved={control.changed} />}
      {open.kind === 'edit' && <EditDialog room={open.room} onClose={close} onSaved={control.changed} />}
      {open.kind === 'delete' && <DeleteDialog room={open.room} onClose={close} onDeleted={control.removed} />}
    </>
  );
}

function RoomList({ control, memberName, onOpen }: { control: RoomsControl; memberName: string; onOpen(open: Open): void }) {
  const { t } = useTranslation(['dashboard', 'errors', 'common']);
  const toast = useToast();
  const live = useLiveCounts();
  const [words, setWords] = useState('');
  const [fetching, setFetching] = useState(false);
  const { rooms } = control;
  if (rooms.kind === 'loading') return <RoomSkeletons label={t('dashboard:loadingRooms')} />;
  if (rooms.kind === 'failed') {
    return <LoadFailed code={rooms.failure.code} className="py-16" onRetry={control.reload} />;
  }
  const togglePrivacy = async (room: RoomHead) => {
    const privacy = room.privacy === 'private' ? 'public' : 'private';
    const answer = await changeRoom(room, { privacy });
    if (!answer.ok) return toast({ tone: 'danger', text: t(`errors:${answer.failure.code}.title`) });
    control.changed(answer.data);
    return toast({ text: t(privacy === 'private' ? 'dashboard:nowPrivate' : 'dashboard:nowPublic') });
  };
  const showMore = async () => {
    setFetching(true);
    const failure = await control.showMore();
    setFetching(false);
    if (failure) toast({ tone: 'danger', text: t(`errors:${failure.code}.title`) });
  };
  const shown = findRooms(rooms.data.rooms, words);
  return (
    <>
      {rooms.data.total >= SEARCH_FROM && <SearchField value={words} onChange={setWords} />}
      {shown.length === 0 ? (
        <EmptyState icon={<Search aria-hidden="true" />} title={t('dashboard:nothingFoundTitle')} className="py-12">
          {t('dashboard:nothingFoundText')}
        </EmptyState>
      ) : (
        <ul className="divide-y divide-line rounded-3xl border border-line bg-surface">
          {shown.map((room) => (
            <RoomRow
              key={room.id}
              room={room}
              memberName={memberName}
              liveCount={live[room.id] ?? 0}
              onEdit={() => onOpen({ kind: 'edit', room })}
              onDelete={() => onOpen({ kind: 'delete', room })}
              onInvite={() => onOpen({ kind: 'invitation', room })}
              onInvites={() => onOpen({ kind: 'invites', room })}
              onBans={() => onOpen({ kind: 'bans', room })}
              onPassword={() => onOpen({ kind: 'password', room })}
              onTogglePrivacy={() => void togglePrivacy(room)}
            />
          ))}
        </ul>
      )}
      {rooms.data.rooms.length < rooms.data.total && (
        <div className="mt-6 flex justify-center">
          <Button busy={fetching} onClick={() => void showMore()}>
            {t('dashboard:showMore')}
          </Button>
        </div>
      )}
    </>
  );
}

function SearchField({ value, onChange }: { value: string; onChange(words: string): void }) {
  const { t } = useTranslation('dashboard');
  const id = useId();
  return (
    <div className="relative mb-4 sm:max-w-xs">
      <label htmlFor={id} className="sr-only">
        {t('search')}
      </label>
      <Search aria-hidden="true" className="pointer-events-none absolute top-1/2 left-3.5 size-4 -translate-y-1/2 text-muted" />
      <input
        id={id}
        type="search"
        value={value}
        placeholder={t('search')}
        onChange={(event) => onChange(event.target.value)}
        className={cx(fieldClass, 'h-11 pl-10 text-sm')}
      />
    </div>
  );
}
