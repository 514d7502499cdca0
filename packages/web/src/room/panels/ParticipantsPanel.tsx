import type { ParticipantView } from '@conclave/protocol/signalling/views';
import { Mic, MicOff, MonitorUp, Pencil, Pin, PinOff, Search, Video, VideoOff } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { Avatar } from '../../ui/Avatar.tsx';
import { cx } from '../../ui/cx.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { cameraKey } from '../layout/stage-tiles.ts';
import { useSession } from '../session-context.tsx';
import { QualityBars } from '../stage/QualityBars.tsx';
import { useView, useViewActions } from '../view-context.tsx';
import { findPeople, participantRow } from './participant-rows.ts';
import { RenameDialog } from './RenameDialog.tsx';
import { SidePanel } from './SidePanel.tsx';

const SEARCH_FROM = 11;

/** Everybody who is in the room, always: nobody is ever left out of this list. */
export function ParticipantsPanel({ sheet, onClose }: { sheet: boolean; onClose(): void }) {
  const { t } = useTranslation('room');
  const [query, setQuery] = useState('');
  const { order, participants } = useSession(useShallow((state) => ({ order: state.order, participants: state.participants })));
  const people = order.flatMap((id) => participants[id] ?? []);
  const found = findPeople(people, query);
  return (
    <SidePanel title={t('people.title')} count={people.length} closeLabel={t('people.close')} sheet={sheet} onClose={onClose}>
      {people.length >= SEARCH_FROM && (
        <div className="relative px-3 pb-2">
          <Search aria-hidden="true" className="pointer-events-none absolute top-3.5 left-6 size-4 text-muted" />
          <input
            type="search"
            aria-label={t('people.search')}
            placeholder={t('people.search')}
            value={query}
            onChange={(event) => setQuery(event.target.value)}
            className="h-11 w-full rounded-xl border border-line-strong bg-surface pr-3 pl-9 text-sm text-ink"
          />
        </div>
      )}
      <ul aria-label={t('people.list')} className="min-h-0 flex-1 overflow-y-auto px-2 pb-3">
        {found.map((person) => (
          <Row key={person.id} person={person} />
        ))}
      </ul>
      {found.length === 0 && (
        <p role="status" className="px-4 pb-6 text-center text-sm text-muted">
          {t('people.searchEmpty')}
        </p>
      )}
    </SidePanel>
  );
}

function Row({ person }: { person: ParticipantView }) {
  const { t } = useTranslation('room');
  const row = useSession(useShallow((state) => participantRow(state, person)));
  const quality = row.connection === 'reconnecting' ? 'poor' : row.quality;
  return (
    <li className="flex min-h-14 items-center gap-3 rounded-xl px-2 py-1.5 hover:bg-hover">
      <Avatar name={person.name} initials={person.initials} src={person.avatar} />
      <div className="min-w-0 flex-1">
        <p className="truncate text-sm font-medium">{row.isSelf ? t('stage.nameAndYou', { name: person.name }) : person.name}</p>
        <p className="truncate text-xs text-muted">
          {row.connection === 'reconnecting' ? t('stage.reconnecting') : roleText(t, person.role)}
        </p>
      </div>
      <div className="flex shrink-0 items-center gap-2 text-muted [&_svg]:size-4">
        {row.sharing && <MonitorUp role="img" aria-hidden="false" aria-label={t('people.sharing')} className="text-accent-ink" />}
        <QualityBars
          quality={quality}
          className={cx('size-4', quality === 'poor' ? 'text-danger-ink' : quality === 'fair' ? 'text-warn-ink' : 'text-faint')}
        />
        {row.cameraOn ? (
          <Video role="img" aria-hidden="false" aria-label={t('people.cameraOn')} />
        ) : (
          <VideoOff role="img" aria-hidden="false" aria-label={t('people.cameraOff')} />
        )}
        {row.microphoneOn ? (
          <Mic role="img" aria-hidden="false" aria-label={t('people.micOn')} />
        ) : (
          <MicOff role="img" aria-hidden="false" aria-label={t('people.micOff')} className="text-danger-ink" />
        )}
      </div>
      {row.isSelf ? <RenameButton name={person.name} /> : <PinButton person={person} />}
    </li>
  );
}

function roleText(t: ReturnType<typeof useTranslation<'room'>>['t'], role: string): string {
  switch (role) {
    case 'moderator':
    case 'speaker':
    case 'attendee':
      return t(`people.roles.${role}`);
    default:
      return role; // a role of the team's own, shown as the team named it
  }
}

function RenameButton({ name }: { name: string }) {
  const { t } = useTranslation('room');
  const [open, setOpen] = useState(false);
  const mayRename = useSession((state) => state.self?.permissions.includes('self_rename') ?? false);
  if (!mayRename) return null;
  return (
    <>
      <IconButton
        size="small"
        tooltip={false}
        label={t('people.rename')}
        icon={<Pencil aria-hidden="true" />}
        onClick={() => setOpen(true)}
        className="-ml-1 [&_svg]:size-4!"
      />
      {open && <RenameDialog name={name} onClose={() => setOpen(false)} />}
    </>
  );
}

function PinButton({ person }: { person: ParticipantView }) {
  const { t } = useTranslation('room');
  const key = cameraKey(person.id);
  const pinned = useView((view) => view.pinned === key);
  const { togglePin } = useViewActions();
  return (
    <IconButton
      size="small"
      tooltip={false}
      label={t(pinned ? 'stage.unpin' : 'stage.pin', { name: person.name })}
      icon={pinned ? <PinOff aria-hidden="true" /> : <Pin aria-hidden="true" />}
      aria-pressed={pinned}
      onClick={() => togglePin(key)}
      className="-ml-1 [&_svg]:size-4!"
    />
  );
}
