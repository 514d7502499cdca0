import { LIMITS } from '@conclave/protocol/limits';
import type { ParticipantView } from '@conclave/protocol/signalling/views';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { TextField } from '../../ui/TextField.tsx';
import { useTell } from '../moderation/use-moderate.ts';
import { useCommands } from '../session-context.tsx';

export interface RenameDialogProps {
  name: string;
  /** Somebody else; left out: oneself. */
  of?: ParticipantView['id'];
  onClose(): void;
}

/** Changes a name for everybody in the room. */
export function RenameDialog({ name, of, onClose }: RenameDialogProps) {
  const { t } = useTranslation(['room', 'common']);
  const { rename, ask } = useCommands();
  const tell = useTell();
  const [text, setText] = useState(name);
  const formId = useId();
  const wanted = text.trim();
  const save = () => {
    if (wanted === '') return;
    if (wanted !== name && of === undefined) void rename(wanted);
    if (wanted !== name && of !== undefined)
      void tell(ask('participant.set-name', { participantId: of, name: wanted }), {
        done: t('moderation.done.renamed', { before: name, name: wanted }),
        undo: () => ask('participant.set-name', { participantId: of, name }),
      });
    onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={of === undefined ? t('people.rename') : t('moderation.renameTitle', { name })}
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
          autoComplete={of === undefined ? 'name' : 'off'}
          onChange={(event) => setText(event.target.value)}
        />
      </form>
    </Dialog>
  );
}
