import { CHAT_EMOJIS, type ChatEmoji, type ChatMessageView } from '@conclave/protocol/signalling/views';
import { EllipsisVertical, Reply, Trash2 } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { IconButton } from '../../ui/IconButton.tsx';
import { Menu, MenuItem, MenuRow, MenuSeparator } from '../../ui/Menu.tsx';
import { mayI } from '../moderation/offers.ts';
import { useTell } from '../moderation/use-moderate.ts';
import { useCommands, useSession } from '../session-context.tsx';
import { useViewActions } from '../view-context.tsx';
import { answerTo, blockOf } from './chat-audience.ts';
import { messageElementId } from './Quote.tsx';

/** What one may do with a message, for mouse, finger and keyboard alike; nothing is shown where one may do nothing. */
export function MessageActions({ message }: { message: ChatMessageView }) {
  const { t } = useTranslation('room');
  const [open, setOpen] = useState(false);
  const answered = useRef(false);
  const may = useSession(
    useShallow((state) => ({
      reply: blockOf(state, answerTo(message, state.self?.participantId)) === null,
      react: mayI(state, 'chat.react'),
      delete: isOwn(message, state.self?.participantId) || mayI(state, 'chat.delete-any'),
    })),
  );
  if (!may.reply && !may.react && !may.delete) return null;
  const toField = (event: Event) => {
    if (answered.current) event.preventDefault();
    answered.current = false;
  };
  return (
    <Menu
      open={open}
      onOpenChange={setOpen}
      onCloseAutoFocus={toField}
      trigger={
        <IconButton
          size="small"
          tooltip={false}
          label={t('chat.actions', { name: message.name })}
          icon={<EllipsisVertical aria-hidden="true" />}
          className="-mt-1.5 -mr-2 shrink-0 group-focus-within/message:opacity-100 group-hover/message:opacity-100 focus-visible:opacity-100 data-[state=open]:opacity-100 pointer-fine:opacity-0 [&_svg]:size-4!"
        />
      }
    >
      {open && <Items message={message} may={may} onReply={() => (answered.current = true)} />}
    </Menu>
  );
}

const AFTER_MENU_MS = [100, 500, 2_000];

interface ItemsProps {
  message: ChatMessageView;
  may: { reply: boolean; react: boolean; delete: boolean };
  onReply(): void;
}

function Items({ message, may, onReply }: ItemsProps) {
  const { t } = useTranslation('room');
  const { ask, react } = useCommands();
  const { writeTo } = useViewActions();
  const tell = useTell();
  const selfId = useSession((state) => state.self?.participantId);
  const own = isOwn(message, selfId);
  const reactions = useSession((state) => state.chat.find(({ id }) => id === message.id)?.reactions) ?? [];
  const isPut = (emoji: string) =>
    reactions.some((reaction) => reaction.emoji === emoji && reaction.participantIds.some((id) => id === selfId));
  const reply = () => {
    onReply();
    writeTo(answerTo(message, selfId), { id: message.id, name: message.name });
  };
  const remove = async () => {
    const list = document.getElementById(messageElementId(message.id))?.closest<HTMLElement>('[role=log]');
    await tell(ask(own ? 'chat.delete' : 'chat.delete-any', { messageId: message.id }));
    if (list) for (const delayMs of AFTER_MENU_MS) setTimeout(() => keepFocus(list), delayMs);
  };
  return (
    <>
      {may.react && (
        <MenuRow
          label={t('chat.react')}
          options={CHAT_EMOJIS.map((emoji) => ({
            value: emoji,
            label: t('chat.reactWith', { emoji }),
            content: emoji,
            checked: isPut(emoji),
          }))}
          onSelect={(value) => {
            const emoji = CHAT_EMOJIS.find((known): known is ChatEmoji => known === value);
            if (emoji) void react(message.id, emoji, !isPut(emoji));
          }}
        />
      )}
      {may.reply && (
        <MenuItem icon={<Reply aria-hidden="true" />} onSelect={reply}>
          {t('chat.reply')}
        </MenuItem>
      )}
      {may.delete && (
        <>
          {(may.reply || may.react) && <MenuSeparator />}
          <MenuItem tone="danger" icon={<Trash2 aria-hidden="true" />} onSelect={() => void remove()}>
            {t(message.to.kind === 'participant' ? 'chat.deleteBoth' : 'chat.delete')}
          </MenuItem>
        </>
      )}
    </>
  );
}

/** The menu gives the focus back to its button, which may go with the message before, between or after that. */
function keepFocus(list: HTMLElement): void {
  if (document.activeElement === document.body) list.focus({ preventScroll: true });
}

function isOwn(message: ChatMessageView, selfId: string | undefined): boolean {
  return message.participantId === selfId;
}
