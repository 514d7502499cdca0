import type { RoomHead } from '@conclave/protocol/rest/rooms';
import { Copy } from 'lucide-react';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { useAnswer } from '../app/use-answer.ts';
import { Banner } from '../ui/Banner.tsx';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { TextField } from '../ui/TextField.tsx';
import { useCopyLink } from '../ui/use-copy.ts';
import { createInvitation } from './rooms-api.ts';

/** Makes a link that opens a private room. */
export function InvitationDialog({ room, onClose }: { room: RoomHead; onClose(): void }) {
  const { t } = useTranslation(['dashboard', 'common', 'errors']);
  const copy = useCopyLink();
  const { loaded } = useAnswer(useCallback(() => createInvitation(room), [room]));
  const link = loaded.kind === 'ready' ? loaded.data : '';
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={t('dashboard:invitationTitle')}
      description={t('dashboard:invitationText')}
      footer={
        <Button
          tone="primary"
          icon={<Copy aria-hidden="true" className="size-4" />}
          busy={loaded.kind === 'loading'}
          disabled={loaded.kind === 'failed'}
          onClick={() => void copy(link)}
        >
          {t('common:copyLink')}
        </Button>
      }
    >
      {loaded.kind === 'failed' ? (
        <Banner tone="danger" live="alert" title={t(`errors:${loaded.failure.code}.title`)}>
          {t(`errors:${loaded.failure.code}.action`)}
        </Banner>
      ) : (
        <TextField label={t('dashboard:invitationLink')} value={link} readOnly onFocus={(event) => event.target.select()} />
      )}
    </Dialog>
  );
}
