import type { RoleReply } from '@conclave/protocol/rest/roles';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Failure } from '../../app/api.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { useToast } from '../../ui/Toast.tsx';
import { RoleFailure } from './RoleFailure.tsx';
import { deleteRole } from './roles-api.ts';

/** Asks before a role goes; says what still uses it. */
export function DeleteRoleDialog({ role, onClose, onDeleted }: { role: RoleReply; onClose(): void; onDeleted(role: RoleReply): void }) {
  const { t } = useTranslation(['roles', 'common']);
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const remove = async () => {
    setBusy(true);
    setFailure(null);
    const answer = await deleteRole(role);
    setBusy(false);
    // Somebody else was faster: it is gone, which is what was wanted.
    if (!answer.ok && answer.failure.code !== 'not_found') return setFailure(answer.failure);
    onDeleted(role);
    onClose();
    return toast({ text: t('roles:deleted') });
  };
  return (
    <Dialog
      open
      size="small"
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={t('roles:deleteTitle', { role: role.display_name })}
      description={t('roles:deleteText')}
      footer={
        <>
          <Button onClick={onClose}>{t('common:cancel')}</Button>
          <Button tone="danger" busy={busy} onClick={() => void remove()}>
            {t('roles:deleteConfirm')}
          </Button>
        </>
      }
    >
      {failure && <RoleFailure failure={failure} field="role" />}
    </Dialog>
  );
}
