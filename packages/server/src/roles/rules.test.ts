import { describe, expect, test } from 'vitest';
import { COMMON_ROLES, rolesOf, type Role } from '../access/roles.ts';
import { judgeRole, tidyPermissions, usesOf } from './rules.ts';

const id = (n: number) => `11111111-1111-4111-8111-${String(n).padStart(12, '0')}`;
const own = (n: number, name: string, permissions: Role['permissions'] = {}): Role => ({
  id: id(n),
  name,
  displayName: name,
  description: '',
  permissions,
  isBuiltIn: false,
});

describe('a role of a team', () => {
  test.each(['moderator', 'MODERATOR', 'pilot', 'Pilot'])('cannot be called %s when somebody else is, in whatever case', (name) => {
    expect(judgeRole(own(2, name), rolesOf([own(1, 'Pilot')]))).toEqual({ name: ['is taken'] });
  });

  test('may change and keep its name, and name itself as a target', () => {
    expect(judgeRole(own(1, 'Pilot', { remote_muting: ['Pilot', 'attendee'] }), rolesOf([own(1, 'pilot')]))).toEqual({});
  });

  test('cannot name roles that are not there, nor limit what acts on nobody', () => {
    const permissions = { manage_roles: ['attendee', 'king'], general_chat: ['attendee'], remote_muting: [], broadcast: true };
    expect(judgeRole(own(1, 'pilot', permissions), rolesOf([]))).toEqual({
      permissions: ['manage_roles must name roles of the team', 'general_chat must be true or false'],
    });
  });

  test('is one too many after a hundred', () => {
    const many = Array.from({ length: 100 - COMMON_ROLES.length }, (_, n) => own(n, `r${n}`));
    expect(judgeRole(own(999, 'last'), rolesOf(many))).toEqual({ name: ['is one too many: a team has at most 100 roles'] });
    expect(judgeRole(own(999, 'last'), rolesOf(many.slice(1)))).toEqual({});
  });

  test('is stored without what it does not permit, and without doubles', () => {
    expect(tidyPermissions({ broadcast: false, remote_muting: ['attendee', 'attendee'], raise_hand: true, manage_roles: [] })).toEqual({
      remote_muting: ['attendee'],
      raise_hand: true,
      manage_roles: [],
    });
  });

  test('is in use by rooms, by the defaults of the team and as a target of other roles', () => {
    const pilot = own(1, 'pilot', { manage_roles: ['pilot'] });
    const roles = rolesOf([pilot, own(2, 'captain', { remote_muting: ['pilot'] })]);
    expect(usesOf(pilot, { roles, team: {}, rooms: [] })).toEqual(['is a target of the role captain']);
    expect(usesOf(pilot, { roles: rolesOf([pilot]), team: {}, rooms: [] })).toEqual([]);
    for (const team of [{ default_role: 'pilot' }, { roles: ['attendee', 'pilot'] }, { private_group_chat_roles: ['pilot'] }])
      expect(usesOf(pilot, { roles: rolesOf([pilot]), team, rooms: ['bridge'] })).toEqual([
        'is used by the room bridge',
        "is used by the team's defaults",
      ]);
  });
});
