import { Hand, MicOff } from 'lucide-react';
import type { ReactNode } from 'react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Switch } from '../../ui/Switch.tsx';
import { useToast } from '../../ui/Toast.tsx';
import { useCommands, useSession } from '../session-context.tsx';
import { BanList } from './BanList.tsx';
import { ChatSwitches } from './ChatSwitches.tsx';
import { mayI } from './offers.ts';
import { RoomPasswordForm } from './RoomPasswordForm.tsx';
import { useTell } from './use-moderate.ts';

/** Whether there is anything in the dialog for this person. */
export function useMayControl(): boolean {
  return useSession((state) =>
    (['room.set-lock', 'room.set-chat', 'room.mute-all', 'room.lower-hands', 'ban.list', 'room.end'] as const).some((type) =>
      mayI(state, type),
    ),
  );
}

/** What concerns the whole meeting: doors, sound, chat, bans, its end. */
export function ControlsDialog({ onClose }: { onClose(): void }) {
  const { t } = useTranslation('room');
  const seat = useSession(useShallow(({ self, room }) => ({ self, room })));
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={t('moderation.controlsTitle')}
      size="medium"
    >
      <div className="flex flex-col gap-6">
        {mayI(seat, 'room.set-lock') && (
          <Part title={t('moderation.doors')}>
            <DoorSwitches />
            <RoomPasswordForm />
          </Part>
        )}
        {(mayI(seat, 'room.mute-all') || mayI(seat, 'room.lower-hands')) && (
          <Part title={t('moderation.everybody')}>
            <ForEverybody />
          </Part>
        )}
        {mayI(seat, 'room.set-chat') && (
          <Part title={t('moderation.chatSwitch')}>
            <ChatSwitches />
          </Part>
        )}
        {mayI(seat, 'ban.list') && (
          <Part title={t('moderation.bans')}>
            <BanList />
          </Part>
        )}
        {mayI(seat, 'room.end') && <EndButton />}
      </div>
    </Dialog>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-4 border-b border-line pb-6 last:border-0 last:pb-0">
      <h3 className="text-xs font-semibold text-muted">{title}</h3>
      {children}
    </section>
  );
}

function DoorSwitches() {
  const { t } = useTranslation('room');
  const { ask } = useCommands();
  const tell = useTell();
  const isLobbyOn = useSession((state) => state.room?.controls.isLobbyOn ?? false);
  const isLocked = useSession((state) => state.room?.controls.isLocked ?? false);
  const setLobby = (on: boolean) =>
    tell(ask('room.set-lobby', { on }), {
      done: t(on ? 'moderation.done.lobbyOn' : 'moderation.done.lobbyOff'),
      undo: () => ask('room.set-lobby', { on: !on }),
    });
  const setLock = (on: boolean) =>
    tell(ask('room.set-lock', { on }), {
      done: t(on ? 'moderation.done.locked' : 'moderation.done.unlocked'),
      undo: () => ask('room.set-lock', { on: !on }),
    });
  return (
    <>
      <Switch
        label={t('moderation.lobbySwitch')}
        hint={t('moderation.lobbyHint')}
        checked={isLobbyOn}
        onChange={(on) => void setLobby(on)}
      />
      <Switch label={t('moderation.lockSwitch')} hint={t('moderation.lockHint')} checked={isLocked} onChange={(on) => void setLock(on)} />
    </>
  );
}

function ForEverybody() {
  const { t } = useTranslation(['room', 'errors']);
  const { ask } = useCommands();
  const tell = useTell();
  const toast = useToast();
  const seat = useSession(useShallow(({ self, room }) => ({ self, room })));
  const hands = useSession((state) => Object.values(state.participants).filter(({ handRaisedAtMs }) => handRaisedAtMs !== null).length);
  const muteAll = async () => {
    const answer = await ask('room.mute-all', {});
    if (answer.ok) toast({ text: t('room:moderation.done.mutedAll', { count: answer.data.muted }) });
    else void tell(Promise.resolve(answer));
  };
  return (
    <div className="flex flex-wrap gap-2">
      {mayI(seat, 'room.mute-all') && (
        <Button icon={<MicOff aria-hidden="true" className="size-4" />} onClick={() => void muteAll()}>
          {t('room:moderation.muteAll')}
        </Button>
      )}
      {mayI(seat, 'room.lower-hands') && (
        <Button
          icon={<Hand aria-hidden="true" className="size-4" />}
          disabled={hands === 0}
          onClick={() => void tell(ask('room.lower-hands', {}))}
        >
          {t('room:moderation.lowerHands')}
        </Button>
      )}
    </div>
  );
}

/** Asks once more: there is no way back. */
function EndButton() {
  const { t } = useTranslation(['room', 'common']);
  const { ask } = useCommands();
  const tell = useTell();
  const [asking, setAsking] = useState(false);
  if (!asking)
    return (
      <Button tone="danger" onClick={() => setAsking(true)}>
        {t('moderation.end')}
      </Button>
    );
  return (
    <div role="alert" className="flex flex-wrap items-center justify-end gap-2 rounded-2xl bg-danger-soft p-3 text-sm text-danger-ink">
      <p className="min-w-48 flex-1 px-1">{t('moderation.endText')}</p>
      <Button size="small" onClick={() => setAsking(false)}>
        {t('cancel', { ns: 'common' })}
      </Button>
      <Button size="small" tone="danger" data-autofocus onClick={() => void tell(ask('room.end', {}))}>
        {t('moderation.endConfirm')}
      </Button>
    </div>
  );
}
