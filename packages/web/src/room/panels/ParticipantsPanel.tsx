import type { ParticipantView } from '@conclave/protocol/signalling/views';
import { Hand, Mic, MicOff, MonitorUp, Pencil, Search, UserPlus, Video, VideoOff } from 'lucide-react';
import { memo, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { Avatar } from '../../ui/Avatar.tsx';
import { Button } from '../../ui/Button.tsx';
import { cx } from '../../ui/cx.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { useMayInvite } from '../invites/RoomInvites.tsx';
import { LobbyGroup } from '../lobby/LobbyGroup.tsx';
import { PersonMenu } from '../moderation/PersonMenu.tsx';
import { useRoleName } from '../moderation/role-name.ts';
import { useSession } from '../session-context.tsx';
import { QualityBars } from '../stage/QualityBars.tsx';
import { useViewActions } from '../view-context.tsx';
import { findPeople, groupPeople, participantRow } from './participant-rows.ts';
import { RenameDialog } from './RenameDialog.tsx';
import { SidePanel } from './SidePanel.tsx';

const SEARCH_FROM = 11;

/** Everybody who is in the room, always: nobody is ever left out of this list. */
export function ParticipantsPanel({ sheet, onClose }: { sheet: boolean; onClose(): void }) {
  const { t } = useTranslation('room');
  const [query, setQuery] = useState('');
  const { order, participants } = useSession(useShallow((state) => ({ order: state.order, participants: state.participants })));
  const people = order.flatMap((id) => participants[id] ?? []);
  const roles = useSession((state) => state.room?.roles);
  const roleName = useRoleName();
  const groups = groupPeople(findPeople(people, query), roles?.map(({ name }) => name) ?? []);
  return (
    <SidePanel title={t('people.title')} count={people.length} closeLabel={t('people.close')} sheet={sheet} onClose={onClose}>
      <InviteButton />
      <LobbyGroup />
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
        {groups.map((group) =>
          group.people.map((person, n) => (
            <Item
              key={person.id}
              person={person}
              heading={
                n === 0 && groups.length > 1 ? (
                  <GroupHeading title={group.kind === 'hands' ? t('people.hands') : roleName(group.role)} count={group.people.length} />
                ) : null
              }
            />
          )),
        )}
      </ul>
      {groups.length === 0 && (
        <p role="status" className="px-4 pb-6 text-center text-sm text-muted">
          {t('people.searchEmpty')}
        </p>
      )}
    </SidePanel>
  );
}

function InviteButton() {
  const { t } = useTranslation('invites');
  const { openDialog } = useViewActions();
  if (!useMayInvite()) return null;
  return (
    <div className="px-4 pb-3">
      <Button className="w-full" icon={<UserPlus aria-hidden="true" className="size-4" />} onClick={() => openDialog('invites')}>
        {t('open')}
      </Button>
    </div>
  );
}

/** The heading of a group stands in the item of its first person, so that the list holds people alone. */
function Item({ person, heading }: { person: ParticipantView; heading: ReactNode }) {
  return (
    <li
      className={cx(
        '[content-visibility:auto]',
        heading === null ? '[contain-intrinsic-size:auto_3.5rem]' : '[contain-intrinsic-size:auto_5.5rem]',
      )}
    >
      {heading}
      <Row person={person} />
    </li>
  );
}

function GroupHeading({ title, count }: { title: string; count: number }) {
  return (
    <h3 className="px-2 pt-3 pb-1 text-xs font-semibold text-muted">
      {title} <span className="font-normal tabular-nums">{count}</span>
    </h3>
  );
}

/** Drawn again only when this person changes: a room may hold hundreds. */
const Row = memo(function PersonRow({ person }: { person: ParticipantView }) {
  const { t } = useTranslation('room');
  const roleName = useRoleName();
  const row = useSession(useShallow((state) => participantRow(state, person)));
  const quality = row.connection === 'reconnecting' ? 'poor' : row.quality;
  return (
    <div className="flex min-h-14 items-center gap-3 rounded-xl px-2 py-1.5 hover:bg-hover">
      <Avatar name={person.name} initials={person.initials} src={person.avatar} />
      <div className="min-w-0 flex-1">
        <p dir="auto" className="truncate text-left text-sm font-medium">
          {row.isSelf ? t('stage.nameAndYou', { name: person.name }) : person.name}
        </p>
        <p className="truncate text-xs text-muted">
          {row.connection === 'reconnecting' ? t('stage.reconnecting') : `${roleName(person.role)} · ${t(`enteredBy.${person.enteredBy}`)}`}
        </p>
      </div>
      <div className="flex shrink-0 items-center gap-2 text-muted [&_svg]:size-4">
        {person.handRaisedAtMs !== null && (
          <Hand role="img" aria-hidden="false" aria-label={t('moderation.handUp')} className="text-accent-ink" />
        )}
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
      {row.isSelf ? <RenameButton name={person.name} /> : <PersonMenu person={person} withPin className="-ml-1 [&_svg]:size-4!" />}
    </div>
  );
});

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
