import { PERMISSIONS, permits } from '@conclave/protocol/roles';
import { describe, expect, test } from 'vitest';
import { effectiveSettings } from '../rooms/settings.ts';
import { COMMON_ROLES, grantsOf, overridesAfter, permissionsOf, rolesOf } from './roles.ts';

const defaults = effectiveSettings({}, {});
const everything = { microphone: true, camera: true, screen: true, receive: true };
const roles = rolesOf([]);
const mapOf = (name: string) => roles.find(name)?.permissions ?? {};
const moderator = mapOf('moderator');

describe('built-in roles', () => {
  test.each([
    ['moderator', everything],
    ['teacher', everything],
    ['speaker', everything],
    ['student', { ...everything, screen: false }],
    ['attendee', { microphone: false, camera: false, screen: false, receive: true }],
  ] as const)('%s may send exactly what is meant', (name, grants) => {
    expect(grantsOf(permissionsOf(mapOf(name), defaults), defaults)).toEqual(grants);
  });

  test('only moderators manage others, open sessions or pass a lobby', () => {
    const managing = PERMISSIONS.filter((name) =>
      /^(manage_(broadcast|screenshare|roles|breakout)|remove_|ban_|remote_muting|end_session|start_session|control_room)/.test(name),
    );
    expect(managing.length).toBeGreaterThan(8);
    for (const role of COMMON_ROLES)
      expect(managing.filter((name) => permits(role.permissions, name))).toEqual(
        ['moderator', 'teacher'].includes(role.name) ? managing : [],
      );
  });

  test("and the team's own are found by name and by id; nothing else is a role", () => {
    const [first] = COMMON_ROLES;
    if (!first) throw new Error('there are no roles');
    const own = { ...first, id: '11111111-1111-4111-8111-11111111111a', name: 'Harbour-pilot', isBuiltIn: false };
    const all = rolesOf([own]);
    expect(all.all).toEqual([...COMMON_ROLES, own]);
    for (const role of all.all) expect([all.find(role.name), all.find(role.id.toUpperCase())]).toEqual([role, role]);
    for (const reference of ['', 'Moderator', 'harbour-pilot', 'constructor', '__proto__']) expect(all.find(reference)).toBe(null);
  });
});

describe('what somebody may do', () => {
  test('a room without chat or screen sharing takes these from everybody', () => {
    const settings = effectiveSettings({ chat_enabled: false, screenshare_enabled: false }, {});
    const permissions = permissionsOf(moderator, settings);
    expect([permissions.includes('general_chat'), permissions.includes('screenshare'), permissions.includes('remove_participant')]).toEqual(
      [false, false, true],
    );
    expect(grantsOf(permissionsOf(moderator, defaults), settings, { screen: true }).screen).toBe(false);
  });

  test('in an audio-only room nobody may send a camera', () => {
    const settings = effectiveSettings({ is_audio_only: true }, {});
    for (const overrides of [{}, { camera: true }])
      expect(grantsOf(permissionsOf(moderator, settings), settings, overrides)).toEqual({ ...everything, camera: false });
  });

  test('chat that is closed to a role is closed to it alone', () => {
    const controls = { chatClosedTo: ['attendee'], privateChatClosedTo: ['speaker'] };
    const chats = (role: string) =>
      permissionsOf(mapOf(role), defaults, controls, role).filter((name) => name === 'general_chat' || name === 'private_chat');
    expect([chats('attendee'), chats('speaker'), chats('moderator')]).toEqual([
      ['private_chat'],
      ['general_chat'],
      ['general_chat', 'private_chat'],
    ]);
  });

  test('what a moderator allowed or forbade one person goes before what the role grants', () => {
    const grants = (role: string, overrides: Parameters<typeof grantsOf>[2]) =>
      grantsOf(permissionsOf(mapOf(role), defaults), defaults, overrides);
    expect(grants('attendee', { microphone: true, screen: true })).toEqual({ ...everything, camera: false });
    expect(grants('speaker', { camera: false })).toEqual({ ...everything, camera: false });
  });

  test('what was forbidden and allowed again leaves nothing behind; what the role does not grant, and what is forbidden, stays', () => {
    const speaker = permissionsOf(mapOf('speaker'), defaults);
    const forbidden = overridesAfter(speaker, {}, { camera: false });
    expect(forbidden).toEqual({ camera: false });
    expect(overridesAfter(speaker, forbidden, { camera: true })).toEqual({});
    const attendee = permissionsOf(mapOf('attendee'), defaults);
    expect(overridesAfter(attendee, { screen: false }, { microphone: true })).toEqual({ microphone: true, screen: false });
  });

  test('a right that is limited to people of some roles is a right; one that is limited to nobody is none', () => {
    expect(permissionsOf({ remote_muting: ['attendee'], manage_roles: [], broadcast: false }, defaults)).toEqual(['remote_muting']);
  });
});
