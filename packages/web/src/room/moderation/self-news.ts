import type { RoleName } from '@conclave/protocol/roles';
import type { SessionState } from '../../session/state.ts';

export type SelfNews =
  | { kind: 'role'; role: RoleName }
  | { kind: 'allowed' | 'disallowed'; source: 'microphone' | 'camera' | 'screen' | 'chat' | 'privateChat' };

type Watched = Pick<SessionState, 'phase' | 'self'>;

/**
 * What was decided about oneself between two states of one stay. A new role says itself what it brings: what it grants is not
 * told besides.
 */
export function selfNewsBetween(before: Watched, after: Watched): SelfNews[] {
  const [then, now] = [before.self, after.self];
  if (!then || !now || before.phase.kind !== 'joined' || after.phase.kind !== 'joined') return [];
  if (then.participantId !== now.participantId) return [];
  if (then.role !== now.role) return [{ kind: 'role', role: now.role }];
  const rights = (self: NonNullable<Watched['self']>) => ({
    ...self.grants,
    chat: self.permissions.includes('general_chat'),
    privateChat: self.permissions.includes('private_chat'),
  });
  const [had, has] = [rights(then), rights(now)];
  return (['microphone', 'camera', 'screen', 'chat', 'privateChat'] as const).flatMap((source) =>
    had[source] === has[source] ? [] : [{ kind: has[source] ? 'allowed' : 'disallowed', source } as const],
  );
}
