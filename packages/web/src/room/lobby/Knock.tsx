import { LIMITS } from '@conclave/protocol/limits';
import type { KnockView } from '@conclave/protocol/signalling/views';
import { Check, MessageSquareX, X } from 'lucide-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Avatar } from '../../ui/Avatar.tsx';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { TextField } from '../../ui/TextField.tsx';
import { useRoleName } from '../moderation/role-name.ts';
import { useTell } from '../moderation/use-moderate.ts';
import { useCommands } from '../session-context.tsx';

/** Somebody who waits, with the two answers. `withWord`: also the longer no. */
export function Knock({ knock, withWord }: { knock: KnockView; withWord: boolean }) {
  const { t } = useTranslation('room');
  const { ask } = useCommands();
  const tell = useTell();
  const roleName = useRoleName();
  const [writing, setWriting] = useState(false);
  const { name } = knock;
  const turnAway = (word: string | null) =>
    void tell(ask('lobby.turn-away', { knockId: knock.id, word }), { done: t('moderation.done.turnedAway', { name }) });
  return (
    <div className="flex min-h-14 items-center gap-3 px-2 py-1.5">
      <Avatar name={name} />
      <div className="min-w-0 flex-1">
        <p className="truncate text-sm font-medium">
          <bdi>{name}</bdi>
        </p>
        <p className="truncate text-xs text-muted">
          {knock.connection === 'reconnecting' ? t('lobby.lost') : `${roleName(knock.role)} · ${t(`enteredBy.${knock.enteredBy}`)}`}
        </p>
      </div>
      <div className="flex shrink-0 items-center gap-1">
        {withWord && (
          <IconButton
            size="small"
            label={t('lobby.withWord', { name })}
            icon={<MessageSquareX aria-hidden="true" />}
            onClick={() => setWriting(true)}
          />
        )}
        <IconButton
          size="small"
          tone="surface"
          label={t('lobby.turnAway', { name })}
          icon={<X aria-hidden="true" />}
          onClick={() => turnAway(null)}
        />
        <IconButton
          size="small"
          tone="accent"
          label={t('lobby.letIn', { name })}
          icon={<Check aria-hidden="true" />}
          onClick={() => void tell(ask('lobby.admit', { knockId: knock.id }))}
        />
      </div>
      {writing && <WordDialog name={name} onClose={() => setWriting(false)} onSend={turnAway} />}
    </div>
  );
}

function WordDialog({ name, onClose, onSend }: { name: string; onClose(): void; onSend(word: string | null): void }) {
  const { t } = useTranslation(['room', 'common']);
  const [word, setWord] = useState('');
  const formId = useId();
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={t('lobby.withWord', { name })}
      size="small"
      footer={
        <>
          <Button onClick={onClose}>{t('cancel', { ns: 'common' })}</Button>
          <Button tone="danger" type="submit" form={formId}>
            {t('lobby.turnAwayShort')}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        onSubmit={(event) => {
          event.preventDefault();
          onSend(word.trim() || null);
          onClose();
        }}
      >
        <TextField
          data-autofocus
          label={t('lobby.word')}
          hint={t('lobby.wordHint', { name })}
          value={word}
          maxLength={LIMITS.reasonLength}
          autoComplete="off"
          onChange={(event) => setWord(event.target.value)}
        />
      </form>
    </Dialog>
  );
}
