// Members of what comes from the database are in an order of its own.
import { isDeepStrictEqual as same } from 'node:util';
import type { ParticipantId } from '@conclave/protocol/ids';
import type { Notification } from '@conclave/protocol/signalling/messages';
import { grantsOf, permissionsOf } from '../access/roles.ts';
import { readsOtherwise } from './chat-rules.ts';
import type { Decision, Hearers, SessionCommand, SessionEffect } from './session-commands.ts';
import {
  audience,
  evolve,
  type Participant,
  type Policy,
  type Profile,
  type ProfileChange,
  type SessionEvent,
  type SessionState,
} from './session-state.ts';
import { roomView } from './views.ts';

type ModerationCommand = Extract<
  SessionCommand,
  { kind: 'rename' | 'set-role' | 'set-overrides' | 'set-hand' | 'set-controls' | 'set-policy' | 'tell' }
>;

/**
 * The part of `decide` that follows what moderators and settings say. Who may is judged before; what was stored is not refused
 * here. Whoever may do something else than before learns it, the media node first.
 */
export function decideModeration(state: SessionState, command: ModerationCommand): Decision {
  switch (command.kind) {
    case 'rename':
      return change(state, command.participantId, { name: command.name });
    case 'set-role':
      return change(state, command.participantId, { role: command.role });
    case 'set-overrides':
      return change(state, command.participantId, { overrides: command.overrides });
    case 'set-hand':
      return change(state, command.participantId, { handRaisedAtMs: command.raisedAtMs });
    case 'set-controls':
      return changePolicy(state, { ...state.policy, controls: command.controls });
    case 'set-policy':
      return changePolicy(state, policyAfter(state.policy, command));
    case 'tell': {
      const connectionIds = hearers(state, command.to).filter((id) => id !== command.except);
      return { ok: true, events: [], effects: [{ kind: 'notify', connectionIds, notification: command.notification }] };
    }
  }
}

/** The events that bring what somebody may do in step with their role, their overrides and the policy; none when it is. */
export function derivedChange(state: SessionState, profile: Profile): SessionEvent[] {
  const { policy } = state;
  const role = policy.roles.find(({ name }) => name === profile.role);
  const permissions = role ? permissionsOf(role.permissions, policy.settings, policy.controls, role.name) : [];
  const granted = grantsOf(permissions, policy.settings, profile.overrides);
  const grants = mayBroadcast(state, profile) ? granted : { ...granted, microphone: false, camera: false };
  const derived = { permissions, grants };
  if (same(derived, { permissions: profile.permissions, grants: profile.grants })) return [];
  return [{ kind: 'participant.changed', participantId: profile.id, change: derived }];
}

/** Whether there is a place for one more who sends microphone or camera; who has one keeps it. */
export function mayBroadcast(state: SessionState, profile: Pick<Profile, 'id'>): boolean {
  let taken = 0;
  for (const other of [...state.participants.values(), ...state.joining.values()]) {
    if (!other.grants.microphone && !other.grants.camera) continue;
    if (other.id === profile.id) return true;
    taken += 1;
  }
  return taken < state.policy.settings.max_broadcasters;
}

function policyAfter(before: Policy, { settings, roles, hasPassword }: Extract<ModerationCommand, { kind: 'set-policy' }>): Policy {
  // Who gives the room a lobby or takes it away means the meeting that is running too.
  const lobbyChanged = settings !== undefined && settings.is_locked !== before.settings.is_locked;
  return {
    settings: settings ?? before.settings,
    roles: roles ?? before.roles,
    hasPassword: hasPassword ?? before.hasPassword,
    controls: lobbyChanged ? { ...before.controls, isLobbyOn: settings.is_locked } : before.controls,
  };
}

function change(state: SessionState, participantId: ParticipantId, given: ProfileChange): Decision {
  const event: SessionEvent = { kind: 'participant.changed', participantId, change: given };
  return withDerived(state, [event], [participantId]);
}

function changePolicy(state: SessionState, policy: Policy): Decision {
  const decision = withDerived(state, [{ kind: 'policy.changed', policy }], [...state.joining.keys(), ...state.participants.keys()]);
  if (!decision.ok) return decision;
  const room = roomView({ ...state, policy });
  const tell: SessionEffect = { kind: 'notify', connectionIds: audience(state), notification: { type: 'room.updated', data: { room } } };
  return same(roomView(state), room) ? decision : { ...decision, effects: [...decision.effects, tell] };
}

function withDerived(state: SessionState, given: SessionEvent[], participantIds: readonly ParticipantId[]): Decision {
  const events = [...given];
  let current = given.reduce(evolve, state);
  for (const id of participantIds) {
    const profile = current.participants.get(id) ?? current.joining.get(id);
    if (!profile) continue;
    const derived = derivedChange(current, profile);
    events.push(...derived);
    current = derived.reduce(evolve, current);
  }
  const effects = participantIds.flatMap((id) => consequences(state, current, id));
  return { ok: true, events, effects };
}

/** What follows from somebody being another than before: the media node hears it first, then the person, then the room. */
function consequences(before: SessionState, after: SessionState, id: ParticipantId): SessionEffect[] {
  const old = before.participants.get(id) ?? before.joining.get(id);
  const now = after.participants.get(id) ?? after.joining.get(id);
  if (!old || !now) return [];
  const effects: SessionEffect[] = same(old.grants, now.grants) ? [] : [{ kind: 'media.patch', participantId: id }];
  const participant = after.participants.get(id);
  if (!participant) return effects;
  const reads = readsOtherwise({ policy: before.policy, reader: old }, { policy: after.policy, reader: participant });
  if (reads && participant.connection?.ready) effects.push({ kind: 'chat.list', participantId: id });
  return [...effects, ...tellPerson(old, participant), ...tellRoom(after, old, participant)];
}

function tellPerson(old: Profile, now: Participant): SessionEffect[] {
  const { role, permissions, grants, connection } = now;
  if (!connection?.ready || same([old.role, old.permissions, old.grants], [role, permissions, grants])) return [];
  const data = { role, permissions: [...permissions], grants };
  const told: SessionEffect = { kind: 'notify', connectionIds: [connection.id], notification: { type: 'self.updated', data } };
  const [could, may] = [old.permissions.includes('control_room_entry'), permissions.includes('control_room_entry')];
  return could === may ? [told] : [told, { kind: 'lobby.list', connectionId: connection.id, may }];
}

function tellRoom(state: SessionState, old: Profile, now: Profile): SessionEffect[] {
  const data: Extract<Notification, { type: 'participant.updated' }>['data'] = {
    participantId: now.id,
    ...(old.name !== now.name && { name: now.name }),
    ...(old.role !== now.role && { role: now.role }),
    ...(!same(old.grants, now.grants) && { grants: now.grants }),
    ...(old.handRaisedAtMs !== now.handRaisedAtMs && { handRaisedAtMs: now.handRaisedAtMs }),
  };
  if (Object.keys(data).length === 1) return [];
  return [{ kind: 'notify', connectionIds: audience(state), notification: { type: 'participant.updated', data } }];
}

function hearers(state: SessionState, to: Hearers): string[] {
  if (to === 'everybody') return audience(state);
  const fits = (participant: Participant): boolean => {
    if ('permission' in to) return participant.permissions.includes(to.permission);
    if ('roles' in to) return to.roles.includes(participant.role);
    return to.participantIds.includes(participant.id);
  };
  return [...state.participants.values()].flatMap((participant) =>
    participant.connection?.ready && fits(participant) ? [participant.connection.id] : [],
  );
}
