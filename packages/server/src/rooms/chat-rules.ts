import { permits } from '@conclave/protocol/roles';
import type { ChatMessageView } from '@conclave/protocol/signalling/views';
import type { Participant, Policy, SessionState } from './session-state.ts';

/** Of a person, what decides what they may read. */
export type Reader = Pick<Participant, 'id' | 'role' | 'joinedAtMs'>;
type Message = Pick<ChatMessageView, 'participantId' | 'to' | 'sentAtMs'>;

/**
 * Whether somebody may read a message: their own, one to them, one to a group of theirs, one to everybody if their role has a part in
 * the chat. Who may not write at the moment goes on reading. Without history nobody reads what was written before they came.
 */
export function mayRead(policy: Policy, reader: Reader, message: Message): boolean {
  if (!policy.settings.chat_history_enabled && message.sentAtMs < reader.joinedAtMs) return false;
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

/** Whether somebody belongs to the group that the room's settings name. */
export function isInGroup({ settings }: Policy, { role }: Pick<Reader, 'role'>): boolean {
  return settings.private_group_chat_enabled && settings.private_group_chat_roles.includes(role);
}

/** Everybody in the room who may read a message. */
export function readersOf(state: SessionState, message: Message): Participant[] {
  return [...state.participants.values()].filter((participant) => mayRead(state.policy, participant, message));
}

function readsGeneralChat({ roles, settings }: Policy, { role }: Pick<Reader, 'role'>): boolean {
  const permissions = roles.find(({ name }) => name === role)?.permissions ?? {};
  return settings.chat_enabled && permits(permissions, 'general_chat');
}
