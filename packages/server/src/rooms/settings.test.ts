import { describe, expect, test } from 'vitest';
import { rolesOf } from '../access/roles.ts';
import { applyPatch, effectiveSettings, expiryMs, judgeSettings } from './settings.ts';

const roles = rolesOf([]);

describe('settings that hold', () => {
  test("the room's own, else the team's, else ours", () => {
    const settings = effectiveSettings({ primary_color: '#111111' }, { primary_color: '#222222', toolbar_position: 'left' });
    expect(settings).toMatchObject({ primary_color: '#111111', toolbar_position: 'left', palette_mode: 'light' });
  });

  test('privacy and the number of seats do not come from the team', () => {
    expect(effectiveSettings({}, { privacy: 'private', max_participants: 2 })).toMatchObject({ privacy: 'public', max_participants: 100 });
  });

  test('end-to-end encryption leaves no whiteboard, breakouts or transcription', () => {
    const given = { e2ee_enabled: true, whiteboard_enabled: true, breakout_rooms_enabled: true, transcription_enabled: true };
    expect(effectiveSettings(given, {})).toMatchObject({
      whiteboard_enabled: false,
      breakout_rooms_enabled: false,
      transcription_enabled: false,
    });
  });

  test("the default role is one of the roles, whatever the team's is", () => {
    expect(effectiveSettings({ roles: ['attendee', 'moderator'] }, {}).default_role).toBe('attendee');
    expect(effectiveSettings({ roles: ['attendee', 'moderator'] }, { default_role: 'moderator' }).default_role).toBe('moderator');
  });

  test('a room with one role has no lobby by default, and no more senders than seats', () => {
    expect(effectiveSettings({ roles: ['moderator'], max_participants: 5 }, { is_locked: true })).toMatchObject({
      is_locked: false,
      max_broadcasters: 5,
    });
  });

  test('a patch replaces what it names, null takes it back, and ids of roles become names', () => {
    const given = applyPatch(
      { description: 'old', chat_enabled: false },
      { description: 'new', chat_enabled: null, default_role: '6a0f5f3e-7a0e-4b57-9c1d-0d1f5c0e0003' },
      roles,
    );
    expect(given).toEqual({ description: 'new', default_role: 'attendee' });
  });

  test('settings that do not fit each other are named, those that do are not', () => {
    const nowMs = Date.UTC(2030, 0, 1);
    expect(
      judgeSettings(
        { max_broadcasters: 10, expires_at: '2029-12-31 23:59:59', default_role: 'student' },
        { given: { max_participants: 5 }, team: {}, roles, nowMs },
      ),
    ).toEqual({
      max_broadcasters: [expect.any(String)],
      expires_at: [expect.any(String)],
      default_role: [expect.any(String)],
    });
    expect(
      judgeSettings(
        { roles: ['student', 'teacher'], default_role: 'student', is_locked: true, expires_at: '2030-01-01 00:00:01' },
        { given: {}, team: {}, roles, nowMs },
      ),
    ).toEqual({});
  });

  test('the expiry is UTC', () => {
    expect(expiryMs({ expires_at: '2030-01-01 00:00:00' })).toBe(Date.UTC(2030, 0, 1));
    expect(expiryMs({ expires_at: null })).toBeNull();
  });
});
