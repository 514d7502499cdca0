import type { RoomHead } from '@conclave/protocol/rest/rooms';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Failure } from '../app/api.ts';
import { Banner } from '../ui/Banner.tsx';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { useToast } from '../ui/Toast.tsx';
import { roomTitle } from './room-names.ts';
import { deleteRoom } from './rooms-api.ts';

export function DeleteDialog({ room, onClose, onDeleted }: { room: RoomHead; onClose(): void; onDeleted(room: RoomHead): void }) {
  const { t } = useTranslation(['dashboard', 'common', 'errors']);
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const remove = async () => {
    setBusy(true);
    setFailure(null);
    const answer = await deleteRoom(room);
    setBusy(false);
    // Somebody else was faster: it is gone, which is what was wanted.
    if (!answer.ok && answer.failure.code !== 'not_found') return setFailure(answer.failure);
    onDeleted(room);
    onClose();
    return toast({ text: t('dashboard:deleted') });
  };
  return (
    <Dialog
      open
      size="small"
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={t('dashboard:deleteTitle', { room: roomTitle(room) })}
      description={t('dashboard:deleteText')}
      footer={
        <>
          <Button onClick={onClose}>{t('common:cancel')}</Button>
          <Button tone="danger" busy={busy} onClick={() => void remove()}>
            {t('dashboard:deleteConfirm')}
          </Button>
        </>
      }
    >
      {failure && (
        <Banner tone="danger" live="alert" title={t(`errors:${failure.code}.title`)}>
          {t(`errors:${failure.code}.action`)}
        </Banner>
      )}
    </Dialog>
  );
}
