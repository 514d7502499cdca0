import type { ParticipantView } from '@conclave/protocol/signalling/views';
import {
  Ban,
  DoorOpen,
  EllipsisVertical,
  Hand,
  MessageCircle,
  MessageCircleQuestion,
  Mic,
  MicOff,
  MonitorOff,
  MonitorUp,
  MonitorX,
  Pencil,
  Pin,
  PinOff,
  UserX,
  Video,
  VideoOff,
} from 'lucide-react';
import { useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { IconButton } from '../../ui/IconButton.tsx';
import { Menu, MenuItem, MenuRadioGroup, MenuSeparator } from '../../ui/Menu.tsx';
import { blockOf } from '../chat/chat-audience.ts';
import { cameraKey } from '../layout/stage-tiles.ts';
import { RenameDialog } from '../panels/RenameDialog.tsx';
import { useCommands, useSession } from '../session-context.tsx';
import { useView, useViewActions } from '../view-context.tsx';
import { BanDialog } from './BanDialog.tsx';
import { offersFor } from './offers.ts';
import type { OfferName } from './offers.ts';
import { useRoleName } from './role-name.ts';
import { useOffer, useTell } from './use-moderate.ts';

const ICONS: Record<OfferName, ReactNode> = {
  mute: <MicOff aria-hidden="true" />,
  stopCamera: <VideoOff aria-hidden="true" />,
  stopScreen: <MonitorX aria-hidden="true" />,
  askUnmute: <MessageCircleQuestion aria-hidden="true" />,
  askCamera: <MessageCircleQuestion aria-hidden="true" />,
  lowerHand: <Hand aria-hidden="true" />,
  allowMicrophone: <Mic aria-hidden="true" />,
  disallowMicrophone: <MicOff aria-hidden="true" />,
  allowCamera: <Video aria-hidden="true" />,
  disallowCamera: <VideoOff aria-hidden="true" />,
  allowScreen: <MonitorUp aria-hidden="true" />,
  disallowScreen: <MonitorOff aria-hidden="true" />,
  sendToLobby: <DoorOpen aria-hidden="true" />,
  remove: <UserX aria-hidden="true" />,
};
const LEAVING: readonly OfferName[] = ['sendToLobby', 'remove'];

/** The button with everything that one may do to a person. `withPin`: also where no tile with a pin is at hand. */
export function PersonMenu({ person, withPin, className }: { person: ParticipantView; withPin: boolean; className?: string }) {
  const { t } = useTranslation('room');
  const [open, setOpen] = useState(false);
  const [dialog, setDialog] = useState<'rename' | 'ban' | null>(null);
  const toField = useRef(false);
  const offered = useSession((state) => {
    const { roles, once, rename, ban } = offersFor(state, person);
    return roles.length > 0 || once.length > 0 || rename || ban || mayWriteTo(state, person);
  });
  if (!offered && !withPin) return null;
  return (
    <>
      <Menu
        open={open}
        onOpenChange={setOpen}
        onCloseAutoFocus={(event) => {
          if (toField.current) event.preventDefault();
          toField.current = false;
        }}
        trigger={
          <IconButton
            size="small"
            tooltip={false}
            label={t('moderation.actions', { name: person.name })}
            icon={<EllipsisVertical aria-hidden="true" />}
            className={className ?? ''}
          />
        }
      >
        {open && <Items person={person} withPin={withPin} onDialog={setDialog} onWrite={() => (toField.current = true)} />}
      </Menu>
      {dialog === 'rename' && <RenameDialog name={person.name} of={person.id} onClose={() => setDialog(null)} />}
      {dialog === 'ban' && <BanDialog person={person} onClose={() => setDialog(null)} />}
    </>
  );
}

interface ItemsProps {
  person: ParticipantView;
  withPin: boolean;
  onDialog(dialog: 'rename' | 'ban'): void;
  /** The focus goes to the chat. */
  onWrite(): void;
}

function mayWriteTo(seat: Parameters<typeof blockOf>[0], { id, name }: ParticipantView): boolean {
  return id !== seat.self?.participantId && blockOf(seat, { kind: 'participant', participantId: id, name }) === null;
}

function Items({ person, withPin, onDialog, onWrite }: ItemsProps) {
  const { t } = useTranslation('room');
  const offer = useOffer();
  const seat = useSession(useShallow(({ self, room }) => ({ self, room })));
  const { roles, once, rename, ban } = offersFor(seat, person);
  const mayWrite = useSession((state) => mayWriteTo(state, person));
  const { writeTo } = useViewActions();
  const write = () => {
    onWrite();
    writeTo({ kind: 'participant', participantId: person.id, name: person.name });
  };
  const item = (name: OfferName) => (
    <MenuItem key={name} icon={ICONS[name]} tone={name === 'remove' ? 'danger' : 'plain'} onSelect={() => offer(name, person)}>
      {t(`moderation.${name}`)}
    </MenuItem>
  );
  const staying = once.filter((name) => !LEAVING.includes(name));
  const leaving = once.filter((name) => LEAVING.includes(name));
  return (
    <>
      {withPin && <PinItem person={person} />}
      {mayWrite && (
        <MenuItem icon={<MessageCircle aria-hidden="true" />} onSelect={write}>
          <span className="min-w-0 truncate">{t('chat.writeTo', { name: person.name })}</span>
        </MenuItem>
      )}
      {staying.map(item)}
      {rename && (
        <MenuItem icon={<Pencil aria-hidden="true" />} onSelect={() => onDialog('rename')}>
          {t('moderation.rename')}
        </MenuItem>
      )}
      {roles.length > 0 && <RoleItems person={person} roles={roles.map(({ name }) => name)} />}
      {(leaving.length > 0 || ban) && <MenuSeparator />}
      {leaving.map(item)}
      {ban && (
        <MenuItem tone="danger" icon={<Ban aria-hidden="true" />} onSelect={() => onDialog('ban')}>
          {t('moderation.ban')}
        </MenuItem>
      )}
    </>
  );
}

function PinItem({ person }: { person: ParticipantView }) {
  const { t } = useTranslation('room');
  const key = cameraKey(person.id);
  const pinned = useView((view) => view.pinned === key);
  const { togglePin } = useViewActions();
  return (
    <MenuItem icon={pinned ? <PinOff aria-hidden="true" /> : <Pin aria-hidden="true" />} onSelect={() => togglePin(key)}>
      {t(pinned ? 'stage.unpin' : 'stage.pin', { name: person.name })}
    </MenuItem>
  );
}

function RoleItems({ person, roles }: { person: ParticipantView; roles: readonly string[] }) {
  const { t } = useTranslation('room');
  const { ask } = useCommands();
  const tell = useTell();
  const roleName = useRoleName();
  const give = (role: string) => {
    if (role === person.role) return;
    void tell(ask('participant.set-role', { participantId: person.id, role }), {
      done: t('moderation.done.role', { name: person.name, role: roleName(role) }),
      undo: () => ask('participant.set-role', { participantId: person.id, role: person.role }),
    });
  };
  return (
    <>
      <MenuSeparator />
      <MenuRadioGroup
        label={t('moderation.role')}
        value={person.role}
        onChange={give}
        options={roles.map((value) => ({ value, label: roleName(value) }))}
      />
    </>
  );
}
