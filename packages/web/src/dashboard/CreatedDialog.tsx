import type { RoomHead } from '@conclave/protocol/rest/rooms';
import { Copy } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from '../app/navigation.tsx';
import { Button, buttonClass } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { TextField } from '../ui/TextField.tsx';
import { useCopyLink } from '../ui/use-copy.ts';

/** The link of a room that was just made: copy it, or go in. */
export function CreatedDialog({ room, onClose }: { room: RoomHead; onClose(): void }) {
  const { t } = useTranslation(['dashboard', 'common']);
  const copy = useCopyLink();
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={t('dashboard:createdTitle')}
      description={t('dashboard:createdText')}
      footer={
        <>
          <Button icon={<Copy aria-hidden="true" className="size-4" />} onClick={() => void copy(room.room_url)} className="max-sm:flex-1">
            {t('common:copyLink')}
          </Button>
          <Link to={`/${encodeURIComponent(room.friendly_url)}`} className={buttonClass('primary', 'medium', 'max-sm:flex-1')}>
            {t('dashboard:joinNow')}
          </Link>
        </>
      }
    >
      <TextField label={t('dashboard:roomLink')} value={room.room_url} readOnly onFocus={(event) => event.target.select()} />
    </Dialog>
  );
}
