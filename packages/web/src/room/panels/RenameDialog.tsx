import { LIMITS } from '@conclave/protocol/limits';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { TextField } from '../../ui/TextField.tsx';
import { useCommands } from '../session-context.tsx';

/** Changes one's own name for everybody in the room. */
export function RenameDialog({ name, onClose }: { name: string; onClose(): void }) {
  const { t } = useTranslation(['room', 'common']);
  const { rename } = useCommands();
  const [text, setText] = useState(name);
  const formId = useId();
  const wanted = text.trim();
  const save = () => {
    if (wanted === '') return;
    if (wanted !== name) void rename(wanted);
    onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={t('people.rename')}
      size="small"
      footer={
        <>
          <Button onClick={onClose}>{t('cancel', { ns: 'common' })}</Button>
          <Button tone="primary" type="submit" form={formId} aria-disabled={wanted === ''}>
            {t('save', { ns: 'common' })}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <TextField
          data-autofocus
          label={t('people.name')}
          value={text}
          maxLength={LIMITS.nameLength}
          autoComplete="name"
          onChange={(event) => setText(event.target.value)}
        />
      </form>
    </Dialog>
  );
}
