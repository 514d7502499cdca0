import { PERMISSIONS, type PermissionValue } from '@conclave/protocol/roles';
import { RoleReply } from '@conclave/protocol/rest/roles';
import { describe, expect, test } from 'vitest';
import { faultsOf, formOf, nameFrom, requestOf, usesIn } from './role-form.ts';

const role = (name: string, given: Partial<Record<string, PermissionValue>> = {}): RoleReply =>
  RoleReply.parse({
    id: '11111111-1111-4111-8111-111111111111',
    name,
    display_name: `The ${name}`,
    description: 'd',
    default: false,
    created_at: '',
    updated_at: '',
    is_built_in: false,
    permissions: { ...Object.fromEntries(PERMISSIONS.map((permission) => [permission, false])), ...given },
  });

describe('the form of a role', () => {
  test('sends what was read back unchanged, without what is not given', () => {
    const read = role('pilot', { broadcast: true, remote_muting: ['attendee'] });
    expect(requestOf(formOf(read, { asCopy: false }))).toEqual({
      name: 'pilot',
      display_name: 'The pilot',
      description: 'd',
      permissions: { broadcast: true, remote_muting: ['attendee'] },
    });
    expect(requestOf(formOf(read, { asCopy: true }))).toMatchObject({ name: '', display_name: '', permissions: { broadcast: true } });
  });

  test('says what cannot be sent', () => {
    const good = { displayName: 'Pilots', name: 'pilot', description: '', permissions: {} };
    expect(faultsOf(good, [role('captain')])).toBeNull();
    expect(faultsOf({ ...good, displayName: ' ab ' }, [])).toMatchObject({ displayName: true });
    for (const name of ['', 'a b', 'ä', 'a'.repeat(31)]) expect(faultsOf({ ...good, name }, [])).toMatchObject({ name: 'wrong' });
    expect(faultsOf({ ...good, name: 'CAPTAIN' }, [role('captain')])).toMatchObject({ name: 'taken' });
    expect(faultsOf({ ...good, permissions: { remote_muting: [], manage_roles: ['attendee'] } }, [])).toEqual({
      targets: ['remote_muting'],
    });
  });

  test.each([
    ['Harbour Café', 'harbour-cafe'],
    ['  Über uns!', 'uber-uns'],
    ['张伟', ''],
    ['a'.repeat(40), 'a'.repeat(30)],
  ])('of %s the short name is %s', (displayName, name) => expect(nameFrom(displayName)).toBe(name));

  test('knows from the texts of the server what uses a role', () => {
    const texts = ['is used by the room bridge', "is used by the team's defaults", 'is a target of the role captain', 'is at sea'];
    expect(usesIn(texts)).toEqual([
      { kind: 'room', name: 'bridge' },
      { kind: 'team', name: '' },
      { kind: 'role', name: 'captain' },
      { kind: 'other', name: '' },
    ]);
  });
});
