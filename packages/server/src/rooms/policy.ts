import type { Settings } from '@conclave/protocol/rest/settings';
import type { ControlsView } from '@conclave/protocol/signalling/views';
import type { Role, Roles } from '../access/roles.ts';
import type { Policy } from './session-state.ts';
import type { Room } from './store.ts';

/** The roles of a room, in its order; one that was deleted is left out. */
export function roomRoles(settings: Settings, roles: Roles): Role[] {
  return settings.roles.flatMap((name) => roles.find(name) ?? []);
}

/** What holds of a meeting: what moderators decided, and else what the room's settings say. */
export function controlsOf(settings: Settings, decided: Partial<ControlsView>): ControlsView {
  return { isLocked: false, isLobbyOn: settings.is_locked, chatClosedTo: [], privateChatClosedTo: [], ...decided };
}

/** On what depends who may do what in a session of the room. */
export function policyOf(room: Pick<Room, 'settings' | 'hasPassword'>, roles: Roles, decided: Partial<ControlsView>): Policy {
  const { settings, hasPassword } = room;
  return { settings, hasPassword, roles: roomRoles(settings, roles), controls: controlsOf(settings, decided) };
}

/** Whether a policy says what the room and the roles of its team say now; what moderators decided is not theirs. */
export function isPolicyOf(policy: Policy, room: Pick<Room, 'settings' | 'hasPassword'>, roles: Roles): boolean {
  const told = ({ settings, hasPassword, roles: all }: Policy) => JSON.stringify([settings, hasPassword, all]);
  return told(policy) === told(policyOf(room, roles, {}));
}
