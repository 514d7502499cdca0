import type { RoomHead } from '@conclave/protocol/rest/rooms';
import { useId, useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Failure } from '../app/api.ts';
import { Banner } from '../ui/Banner.tsx';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Switch } from '../ui/Switch.tsx';
import { TextField } from '../ui/TextField.tsx';
import { useInitialFocus } from '../ui/use-initial-focus.ts';
import { useToast } from '../ui/Toast.tsx';
import { changeOf, formOf, isGoodLinkName, isGoodTitle, type RoomForm } from './room-change.ts';
import { RoomAccessFields } from './RoomAccessFields.tsx';
import { changeRoom } from './rooms-api.ts';

export function EditDialog({ room, onClose, onSaved }: { room: RoomHead; onClose(): void; onSaved(room: RoomHead): void }) {
  const { t } = useTranslation(['dashboard', 'common']);
  const formId = useId();
  const [busy, setBusy] = useState(false);
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={t('dashboard:editTitle')}
      footer={
        <>
          <Button onClick={onClose}>{t('common:cancel')}</Button>
          <Button type="submit" form={formId} tone="primary" busy={busy}>
            {busy ? t('common:saving') : t('common:save')}
          </Button>
        </>
      }
    >
      <EditForm id={formId} room={room} busy={busy} onBusy={setBusy} onDone={onClose} onSaved={onSaved} />
    </Dialog>
  );
}

interface EditFormProps {
  id: string;
  room: RoomHead;
  busy: boolean;
  onBusy(busy: boolean): void;
  onDone(): void;
  onSaved(room: RoomHead): void;
}

function EditForm({ id, room, busy, onBusy, onDone, onSaved }: EditFormProps) {
  const { t } = useTranslation(['dashboard', 'errors']);
  const toast = useToast();
  const first = useInitialFocus<HTMLInputElement>();
  const [form, setForm] = useState<RoomForm>(() => formOf(room));
  const set = (part: Partial<RoomForm>) => setForm((before) => ({ ...before, ...part }));
  const { description, linkName, isPrivate } = form;
  const lacksRoles = room.roles !== undefined && form.roles.length === 0;
  const [checked, setChecked] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);

  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    setChecked(true);
    if (busy || !isGoodTitle(description) || !isGoodLinkName(linkName) || lacksRoles) return;
    const change = changeOf(room, form);
    if (Object.keys(change).length === 0) return onDone();
    onBusy(true);
    setFailure(null);
    const answer = await changeRoom(room, change);
    onBusy(false);
    if (!answer.ok) return setFailure(answer.failure);
    onSaved(answer.data);
    onDone();
    return toast({ text: t('dashboard:saved') });
  };
  const linkFault = (checked && !isGoodLinkName(linkName)) || failure?.errors['friendly_url'] !== undefined || failure?.code === 'conflict';
  return (
    <form id={id} noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-5">
      <TextField
        label={t('dashboard:description')}
        hint={t('dashboard:descriptionHint')}
        value={description}
        maxLength={100}
        ref={first}
        onChange={(event) => set({ description: event.target.value })}
        error={checked && !isGoodTitle(description) && t('dashboard:descriptionShort')}
      />
      <TextField
        label={t('dashboard:friendlyUrl')}
        hint={t('dashboard:friendlyUrlHint')}
        value={linkName}
        maxLength={32}
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => {
          set({ linkName: event.target.value });
          setFailure(null);
        }}
        error={linkFault && (isGoodLinkName(linkName) ? t('dashboard:friendlyUrlTaken') : t('dashboard:friendlyUrlInvalid'))}
      />
      <Switch
        label={t('dashboard:privacyLabel')}
        hint={isPrivate ? t('dashboard:privateHint') : t('dashboard:publicHint')}
        checked={isPrivate}
        onChange={(value) => set({ isPrivate: value })}
      />
      {room.roles && <RoomAccessFields room={room} form={form} lacksRoles={checked && lacksRoles} onSet={set} />}
      {failure && !linkFault && (
        <Banner tone="danger" live="alert" title={t(`errors:${failure.code}.title`)}>
          {t(`errors:${failure.code}.action`)}
        </Banner>
      )}
    </form>
  );
}
