import { LIMITS } from '@conclave/protocol/limits';
import type { ParticipantView } from '@conclave/protocol/signalling/views';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Select } from '../../ui/Select.tsx';
import { Switch } from '../../ui/Switch.tsx';
import { TextField } from '../../ui/TextField.tsx';
import { useToast } from '../../ui/Toast.tsx';
import { useCommands } from '../session-context.tsx';
import { useTell } from './use-moderate.ts';

/** For how long and by what somebody is kept out. */
export function BanDialog({ person, onClose }: { person: ParticipantView; onClose(): void }) {
  const { t } = useTranslation(['room', 'common', 'errors']);
  const { ask } = useCommands();
  const tell = useTell();
  const toast = useToast();
  const [lasts, setLasts] = useState<'session' | 'room'>('session');
  const [address, setAddress] = useState(false);
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const ban = async () => {
    setBusy(true);
    const answer = await ask('participant.ban', { participantId: person.id, lasts, address, reason: reason.trim() || null });
    setBusy(false);
    onClose();
    if (!answer.ok) {
      toast({ tone: 'danger', text: t('room:moderation.failed', { reason: t(`errors:${answer.code}.title`) }) });
      return;
    }
    const banId = answer.data.ban.id;
    void tell(Promise.resolve(answer), {
      done: t('moderation.done.banned', { name: person.name }),
      undo: () => ask('ban.lift', { banId }),
    });
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={t('moderation.banTitle', { name: person.name })}
      description={t('moderation.banText')}
      size="small"
      footer={
        <>
          <Button onClick={onClose}>{t('cancel', { ns: 'common' })}</Button>
          <Button data-autofocus tone="danger" busy={busy} onClick={() => void ban()}>
            {t('moderation.banButton')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-5">
        <Select
          label={t('moderation.banLasts')}
          value={lasts}
          options={[
            { value: 'session', label: t('moderation.banSession') },
            { value: 'room', label: t('moderation.banRoom') },
          ]}
          onChange={(value) => setLasts(value === 'room' ? 'room' : 'session')}
        />
        <Switch label={t('moderation.banAddress')} hint={t('moderation.banAddressHint')} checked={address} onChange={setAddress} />
        <TextField
          label={t('moderation.banReason')}
          value={reason}
          maxLength={LIMITS.reasonLength}
          autoComplete="off"
          onChange={(event) => setReason(event.target.value)}
        />
      </div>
    </Dialog>
  );
}
