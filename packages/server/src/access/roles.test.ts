import { PERMISSIONS } from '@conclave/protocol/roles';
import { describe, expect, test } from 'vitest';
import { effectiveSettings } from '../rooms/settings.ts';
import { findRole, grantsOf, permissionsOf, ROLES } from './roles.ts';

const defaults = effectiveSettings({}, {});
const everything = { microphone: true, camera: true, screen: true, receive: true };

describe('built-in roles', () => {
  test.each([
    ['moderator', everything],
    ['teacher', everything],
    ['speaker', everything],
    ['student', { ...everything, screen: false }],
    ['attendee', { microphone: false, camera: false, screen: false, receive: true }],
  ] as const)('%s may send exactly what is meant', (name, grants) => {
    expect(grantsOf(permissionsOf(name), defaults)).toEqual(grants);
  });

  test('only moderators manage others, open sessions or pass a lobby', () => {
    const managing = PERMISSIONS.filter((name) =>
      /^(manage_(broadcast|screenshare|roles|breakout)|remove_|ban_|remote_muting|end_session|start_session|control_room)/.test(name),
    );
    expect(managing.length).toBeGreaterThan(8);
    for (const role of ROLES)
      expect(managing.filter((name) => role.permissions.includes(name))).toEqual(
        ['moderator', 'teacher'].includes(role.name) ? managing : [],
      );
  });

  test('are found by name and by id; nothing else is a role and permits nothing', () => {
    for (const role of ROLES) expect([findRole(role.name), findRole(role.id)]).toEqual([role, role]);
    for (const reference of ['', 'Moderator', 'constructor', '__proto__'])
      expect([findRole(reference), permissionsOf(reference)]).toEqual([null, []]);
  });

  test('a room without chat or screen sharing takes these from everybody', () => {
    const settings = effectiveSettings({ chat_enabled: false, screenshare_enabled: false }, {});
    const permissions = permissionsOf('moderator', settings);
    expect([permissions.includes('general_chat'), permissions.includes('screenshare'), permissions.includes('remove_participant')]).toEqual(
      [false, false, true],
    );
    expect(grantsOf(permissionsOf('moderator'), settings).screen).toBe(false);
  });

  test('in an audio-only room nobody may send a camera', () => {
    expect(grantsOf(permissionsOf('moderator'), effectiveSettings({ is_audio_only: true }, {}))).toEqual({ ...everything, camera: false });
  });
});
