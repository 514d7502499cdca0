import type { GivenInvite } from '@conclave/protocol/rest/invites';
import { Copy } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button.tsx';
import { Dialog, type DialogProps } from '../ui/Dialog.tsx';
import { TextField } from '../ui/TextField.tsx';
import { useCopyLink } from '../ui/use-copy.ts';

/** The link of an invite, this once: nobody can show it again. */
export function GivenLink({ frame, given, onDone }: { frame: DialogProps; given: GivenInvite; onDone(): void }) {
  const { t } = useTranslation(['invites', 'common']);
  const copy = useCopyLink();
  const { invite, link } = given;
  const text = invite.mail === 'waiting' ? t('invites:givenMailed', { email: invite.email }) : t('invites:givenText');
  return (
    <Dialog
      key="given"
      {...frame}
      description={text}
      footer={
        <>
          <Button onClick={onDone}>{t('invites:done')}</Button>
          <Button tone="primary" data-autofocus icon={<Copy aria-hidden="true" className="size-4" />} onClick={() => void copy(link)}>
            {t('common:copyLink')}
          </Button>
        </>
      }
    >
      <TextField label={t('invites:link')} value={link} readOnly onFocus={(event) => event.target.select()} />
    </Dialog>
  );
}
