import type { ChatMessageView } from '@conclave/protocol/signalling/views';
import { Download, EllipsisVertical, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import type { SessionCommands } from '../../session/state.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { Menu, MenuItem } from '../../ui/Menu.tsx';
import { useToast } from '../../ui/Toast.tsx';
import { mayI } from '../moderation/offers.ts';
import { useTell } from '../moderation/use-moderate.ts';
import { useCommands, useSession } from '../session-context.tsx';
import { useAudienceName } from './AudienceMark.tsx';
import { chatFileText, saveFile } from './chat-file.ts';

/** What concerns the whole chat, for those who may. */
export function ChatMenu() {
  const { t } = useTranslation('room');
  const [clearing, setClearing] = useState(false);
  const save = useSave();
  const may = useSession(useShallow((state) => ({ save: mayI(state, 'chat.export'), clear: mayI(state, 'chat.clear') })));
  if (!may.save && !may.clear) return null;
  return (
    <>
      <Menu trigger={<IconButton size="small" tooltip={false} label={t('chat.menu')} icon={<EllipsisVertical aria-hidden="true" />} />}>
        {may.save && (
          <MenuItem icon={<Download aria-hidden="true" />} onSelect={() => void save()}>
            {t('chat.save')}
          </MenuItem>
        )}
        {may.clear && (
          <MenuItem tone="danger" icon={<Trash2 aria-hidden="true" />} onSelect={() => setClearing(true)}>
            {t('chat.clear')}
          </MenuItem>
        )}
      </Menu>
      {clearing && <ClearDialog onClose={() => setClearing(false)} />}
    </>
  );
}

function ClearDialog({ onClose }: { onClose(): void }) {
  const { t } = useTranslation(['room', 'common']);
  const { ask } = useCommands();
  const tell = useTell();
  const [busy, setBusy] = useState(false);
  const clear = async () => {
    setBusy(true);
    await tell(ask('chat.clear', {}), { done: t('chat.cleared') });
    onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={t('chat.clearTitle')}
      description={t('chat.clearText')}
      size="small"
      footer={
        <>
          <Button data-autofocus onClick={onClose}>
            {t('cancel', { ns: 'common' })}
          </Button>
          <Button tone="danger" busy={busy} onClick={() => void clear()}>
            {t('chat.clearConfirm')}
          </Button>
        </>
      }
    />
  );
}

/** Asks the server for all that one may read and hands it to the person as a text file. */
function useSave(): () => Promise<void> {
  const { t } = useTranslation(['room', 'errors']);
  const { ask } = useCommands();
  const toast = useToast();
  const audienceName = useAudienceName();
  const room = useSession((state) => state.room);
  return async () => {
    const read = await readAll(ask);
    if (!read.ok) return toast({ tone: 'danger', text: t('room:moderation.failed', { reason: t(`errors:${read.code}.title`) }) });
    const title = room?.name ?? '';
    const text = chatFileText(read.messages, {
      title,
      audience: (to) => {
        if (to.kind === 'everyone') return null;
        return t(to.kind === 'group' ? 'room:chat.toGroup' : 'room:chat.privately', { name: audienceName(to), group: audienceName(to) });
      },
      inReplyTo: (name) => t('room:chat.replyTo', { name }),
    });
    saveFile(`chat-${room?.friendlyUrl ?? 'room'}-${new Date().toISOString().slice(0, 10)}.txt`, text);
    return toast({ text: t('room:chat.saved', { count: read.messages.length }) });
  };
}

type Failure = Extract<Awaited<ReturnType<SessionCommands['ask']>>, { ok: false }>;

async function readAll(ask: SessionCommands['ask']): Promise<{ ok: true; messages: ChatMessageView[] } | Failure> {
  const messages: ChatMessageView[] = [];
  for (let afterSeq: number | null = 0; afterSeq !== null;) {
    const part: Awaited<ReturnType<typeof askPart>> = await askPart(ask, afterSeq);
    if (!part.ok) return part;
    messages.push(...part.data.messages);
    afterSeq = part.data.next;
  }
  return { ok: true, messages };
}

const askPart = (ask: SessionCommands['ask'], afterSeq: number) => ask('chat.export', { afterSeq });
