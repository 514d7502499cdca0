import { permits } from '@conclave/protocol/roles';
import type { ChatAudience, ChatMessageView } from '@conclave/protocol/signalling/views';
import type { Participant, Policy, SessionState } from './session-state.ts';

/** Of a person, what decides what they may read. */
export type Reader = Pick<Participant, 'id' | 'role' | 'joinedAtMs'>;
type Message = Pick<ChatMessageView, 'participantId' | 'to' | 'sentAtMs' | 'seq'>;
type Chat = Pick<SessionState, 'policy' | 'firstChatSeq'>;

/**
 * Whether somebody may read a message: their own, one to them, one to a group of theirs, one to everybody if their role has a part in
 * the chat. Who may not write at the moment goes on reading. Without history nobody reads what was written before they came; what
 * earlier meetings have left is read only while the room keeps its chat.
 */
export function mayRead({ policy, firstChatSeq }: Chat, reader: Reader, message: Message): boolean {
  const { settings } = policy;
  if (!settings.chat_history_enabled && message.sentAtMs < reader.joinedAtMs) return false;
  if (!settings.chat_persistence_enabled && message.seq <= firstChatSeq) return false;
  if (message.participantId === reader.id) return true;
  switch (message.to.kind) {
    case 'participant':
      return message.to.participantId === reader.id;
    case 'group':
      return isInGroup(policy, reader);
    case 'everyone':
      return readsGeneralChat(policy, reader);
  }
}

/**
 * Whether a message may be answered to an audience: nobody outside of a private talk or a group learns that there is something to
 * answer.
 */
export function mayQuote(state: Chat & Pick<SessionState, 'participants'>, original: Message, to: ChatAudience): boolean {
  switch (to.kind) {
    case 'everyone':
      return original.to.kind === 'everyone';
    case 'group':
      return original.to.kind !== 'participant';
    case 'participant': {
      const recipient = state.participants.get(to.participantId);
      return original.to.kind === 'everyone' || (recipient !== undefined && mayRead(state, recipient, original));
    }
  }
}

/** Whether what somebody may read of one and the same chat is another thing after a change of the policy or of their role. */
export function readsOtherwise(before: { policy: Policy; reader: Reader }, after: { policy: Policy; reader: Reader }): boolean {
  const rights = ({ policy, reader }: { policy: Policy; reader: Reader }) =>
    [
      policy.settings.chat_history_enabled,
      policy.settings.chat_persistence_enabled,
      isInGroup(policy, reader),
      readsGeneralChat(policy, reader),
    ].join();
  return rights(before) !== rights(after);
}

/** Whether somebody belongs to the group that the room's settings name. */
export function isInGroup({ settings }: Policy, { role }: Pick<Reader, 'role'>): boolean {
  return settings.private_group_chat_enabled && settings.private_group_chat_roles.includes(role);
}

/** Everybody in the room who may read a message. */
export function readersOf(state: SessionState, message: Message): Participant[] {
  return [...state.participants.values()].filter((participant) => mayRead(state, participant, message));
}

function readsGeneralChat({ roles, settings }: Policy, { role }: Pick<Reader, 'role'>): boolean {
  const permissions = roles.find(({ name }) => name === role)?.permissions ?? {};
  return settings.chat_enabled && permits(permissions, 'general_chat');
}
