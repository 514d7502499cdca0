import type { ErrorCode } from '@conclave/protocol/errors';
import { ParticipantId, RoomId, SessionId } from '@conclave/protocol/ids';
import { PERMISSIONS, ROLE_SENSITIVE, type PermissionMap, type PermissionValue, type RoleName } from '@conclave/protocol/roles';
import type { SettingsPatch } from '@conclave/protocol/rest/settings';
import type { RequestType } from '@conclave/protocol/signalling/messages';
import { PERMISSION_AREAS, policyTable, VERBS_OF_EVERYBODY } from '@conclave/protocol/signalling/policy-table';
import { VERBS } from '@conclave/protocol/signalling/verbs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COMMON_ROLES, rolesOf, type Role } from '../access/roles.ts';
import { guestPerson } from '../event-log/cause.ts';
import { policyOf } from '../rooms/policy.ts';
import { decide } from '../rooms/rules.ts';
import { evolve, newSession, type Profile, type SessionState } from '../rooms/session-state.ts';
import { effectiveSettings } from '../rooms/settings.ts';
import { decideActing } from './rules.ts';

const OWN_ROLES = ['pilot', 'Deck-hand', 'constructor'] as const;
const NAMES: readonly RoleName[] = ['moderator', 'speaker', 'attendee', ...OWN_ROLES];
const idOf = (name: RoleName) => ParticipantId.parse(`00000000-0000-4000-8000-${String(NAMES.indexOf(name)).padStart(12, '0')}`);
const JOINED_VERBS = (Object.keys(VERBS) as RequestType[]).filter((type) => VERBS[type].states.some((state) => state === 'joined')); // its own keys

/** Everything that can be taken away is there. */
const OPEN: SettingsPatch = { transcription_enabled: true, breakout_rooms_enabled: true, restream_enabled: true };

const permissionMap: fc.Arbitrary<PermissionMap> = fc
  .tuple(
    ...PERMISSIONS.map((permission) => {
      const targets = fc.subarray([...NAMES]);
      const value: fc.Arbitrary<PermissionValue | undefined> = (ROLE_SENSITIVE as readonly string[]).includes(permission)
        ? fc.oneof(fc.constantFrom(true, false, undefined), targets)
        : fc.constantFrom(true, false, undefined);
      return value.map((chosen) => [permission, chosen] as const);
    }),
  )
  .map((entries) => Object.fromEntries(entries.filter(([, value]) => value !== undefined)));

const ownRoles: fc.Arbitrary<Role[]> = fc.tuple(...OWN_ROLES.map(() => permissionMap)).map((maps) =>
  maps.map((permissions, index) => {
    const name = OWN_ROLES[index] ?? '';
    return { id: `11111111-1111-4111-8111-11111111111${index}`, name, displayName: name, description: '', permissions, isBuiltIn: false };
  }),
);

/** A meeting in which there is one person of each role. */
function meetingOf(own: Role[], settings: SettingsPatch, decided: Parameters<typeof policyOf>[2] = {}): SessionState {
  const room = { settings: effectiveSettings({ ...settings, roles: [...NAMES] }, {}), hasPassword: false };
  const sessionId = SessionId.parse('00000000-0000-4000-8000-00000000000a');
  const roomId = RoomId.parse('00000000-0000-4000-8000-00000000000b');
  const empty = newSession({ sessionId, roomId, startedAtMs: 0, policy: policyOf(room, rolesOf(own), decided) });
  return NAMES.reduce((state, role) => {
    const profile = profileOf(role);
    const admitted = apply(state, { kind: 'admit', profile, maxParticipants: null });
    return apply(admitted, { kind: 'join', participantId: profile.id, connectionId: role });
  }, empty);
}

function apply(state: SessionState, command: Parameters<typeof decide>[1]): SessionState {
  const decision = decide(state, command);
  if (!decision.ok) throw new Error(decision.code);
  return decision.events.reduce(evolve, state);
}

function profileOf(role: RoleName): Profile {
  const id = idOf(role);
  return {
    id,
    name: role,
    initials: null,
    avatar: null,
    role,
    permissions: [],
    grants: { microphone: false, camera: false, screen: false, receive: true },
    overrides: {},
    handRaisedAtMs: null,
    joinedAtMs: 0,
    person: guestPerson(id),
    enteredBy: 'room-link',
    identity: { person: null, inviteId: null, deviceId: null, network: null },
  };
}

/** What the server does when somebody of a role sends a verb about somebody of another. */
function answerOf(state: SessionState, type: RequestType, actor: RoleName, target: RoleName): 'done' | ErrorCode {
  return decideActing(VERBS[type], state, idOf(actor), { participantId: idOf(target) }) ?? 'done';
}

/** What the table says that people are shown. */
function shownFor(roles: readonly Role[]) {
  const table = policyTable(roles);
  return (type: RequestType, actor: RoleName, target: RoleName): 'done' | 'not_allowed' => {
    if (VERBS_OF_EVERYBODY.includes(type)) return 'done';
    const row = table.find(({ verbs }) => verbs.includes(type));
    const cell = row?.cells.get(actor) ?? 'no';
    if (cell === 'no') return 'not_allowed';
    return cell === 'yes' || !VERBS[type].onParticipant || cell.includes(target) ? 'done' : 'not_allowed';
  };
}

const everyCell = JOINED_VERBS.flatMap((type) => NAMES.flatMap((actor) => NAMES.map((target) => ({ type, actor, target }))));

describe('the table of roles that people are shown', () => {
  test('[A1] [P6] says of every verb, role and target role exactly what the server does, whatever roles a team makes', () => {
    fc.assert(
      fc.property(ownRoles, (own) => {
        const state = meetingOf(own, OPEN);
        const shown = shownFor(rolesOf(own).all);
        for (const { type, actor, target } of everyCell)
          expect([type, actor, target, answerOf(state, type, actor, target)]).toEqual([type, actor, target, shown(type, actor, target)]);
      }),
      { numRuns: 60 },
    );
  });

  test('[A1] [P6] never says less than the server allows, whatever a room switches off or a moderator closes', () => {
    const switches = fc.subarray(['chat_enabled', 'private_chat_enabled', 'raise_hand_enabled', 'invite_participants_enabled'] as const);
    const closed = fc.record({ chatClosedTo: fc.subarray([...NAMES]), privateChatClosedTo: fc.subarray([...NAMES]) });
    fc.assert(
      fc.property(ownRoles, switches, closed, (own, off, decided) => {
        const state = meetingOf(own, { ...OPEN, ...Object.fromEntries(off.map((name) => [name, false])) }, decided);
        const shown = shownFor(rolesOf(own).all);
        const more = everyCell.filter(
          ({ type, actor, target }) => answerOf(state, type, actor, target) === 'done' && shown(type, actor, target) !== 'done',
        );
        expect(more).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  test('a role that changes or is taken out of the room counts from that moment on', () => {
    const own = (permissions: PermissionMap): Role[] => [
      { id: '11111111-1111-4111-8111-111111111110', name: 'pilot', displayName: 'Pilots', description: '', permissions, isBuiltIn: false },
    ];
    const before = meetingOf(own({ remote_muting: ['attendee'] }), OPEN);
    const mute = (state: SessionState, target: RoleName) => answerOf(state, 'participant.mute', 'pilot', target);
    expect([mute(before, 'attendee'), mute(before, 'speaker')]).toEqual(['done', 'not_allowed']);
    const roles = [...COMMON_ROLES, ...own({ remote_muting: ['speaker'] })];
    const after = apply(before, { kind: 'set-policy', roles });
    expect([mute(after, 'attendee'), mute(after, 'speaker')]).toEqual(['not_allowed', 'done']);
    const gone = apply(after, { kind: 'set-policy', roles: COMMON_ROLES });
    expect([mute(gone, 'attendee'), mute(gone, 'speaker')]).toEqual(['not_allowed', 'not_allowed']);
    expect(gone.participants.get(idOf('pilot'))).toMatchObject({ permissions: [], grants: { microphone: false, screen: false } });
  });

  test('has each permission in one area, and each verb under one permission or under none', () => {
    expect(Object.values(PERMISSION_AREAS).flat().toSorted()).toEqual([...PERMISSIONS].toSorted());
    const listed = [...policyTable([]).flatMap(({ verbs }) => verbs), ...VERBS_OF_EVERYBODY];
    expect(listed.toSorted()).toEqual(JOINED_VERBS.toSorted());
  });
});
