// @vitest-environment jsdom
import { PERMISSIONS } from '@conclave/protocol/roles';
import { VERBS } from '@conclave/protocol/signalling/verbs';
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import i18next from 'i18next';
import { describe, expect, test } from 'vitest';
import { preparePages, showPage, stubServer, type StubbedReply } from '../../app/testing.tsx';
import { RolesPage } from './RolesPage.tsx';

preparePages();

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const role = (n: number, name: string, given: object = {}, more: object = {}) => ({
  id: id(n),
  name,
  display_name: name === 'pilot' ? 'Pilots' : name === 'attendee' ? 'Attendees' : name,
  description: '',
  default: false,
  created_at: '2026-11-20T10:00:00Z',
  updated_at: '2026-11-20T10:00:00Z',
  is_built_in: name !== 'pilot',
  permissions: { ...Object.fromEntries(PERMISSIONS.map((permission) => [permission, false])), ...given },
  ...more,
});
const ROLES = [role(1, 'attendee', { raise_hand: true }), role(2, 'pilot', { broadcast: true, remote_muting: ['attendee'] })];
const BASE: Record<string, StubbedReply> = {
  'GET /api/v1/roles': { status: 200, body: { data: ROLES, total_count: 2 } },
  ...Object.fromEntries(ROLES.map((one) => [`GET /api/v1/roles/${one.id}`, { status: 200, body: one }])),
};
const show = (replies: Record<string, StubbedReply> = {}) => {
  const sent = stubServer({ ...BASE, ...replies });
  showPage(<RolesPage />, '/dashboard/roles');
  return sent;
};
const press = async (name: string | RegExp) => userEvent.click(await screen.findByRole('button', { name }));
const pick = async (name: string) => userEvent.click(await screen.findByRole('menuitem', { name }));

describe('the page about roles', () => {
  test('[A1] shows what each role may do, and towards whom', async () => {
    show();
    const row = within(await screen.findByRole('row', { name: /Mute others and stop their cameras/ }));
    expect(row.getAllByRole('cell').map((cell) => cell.textContent)).toEqual(['no', 'towards Attendees']);
    const hand = within(screen.getByRole('row', { name: /Raise a hand/ }));
    expect(hand.getAllByRole('cell').map((cell) => cell.textContent)).toEqual(['yes', 'no']);
    expect(screen.getAllByRole('row')).toHaveLength(1 + 7 + PERMISSIONS.length);
  });

  test('has words for every permission and every message', () => {
    expect(PERMISSIONS.filter((permission) => !i18next.exists(`roles:right.${permission}`))).toEqual([]);
    const types = Object.entries(VERBS).flatMap(([type, { states }]) => (states.some((state) => state === 'joined') ? [type] : []));
    expect(types.filter((type) => !i18next.exists(`roles:verb.${type}`))).toEqual([]);
  });

  test('[P6] a new role is made with target roles; its short name follows its name', async () => {
    const user = userEvent.setup();
    const made = role(3, 'deck-hands', {}, { display_name: 'Deck hands', is_built_in: false });
    const sent = show({ 'POST /api/v1/roles': { status: 200, body: made } });
    await press('New role');
    const dialog = within(await screen.findByRole('dialog', { name: 'New role' }));
    await user.type(dialog.getByRole('textbox', { name: 'Name' }), 'Deck hands');
    await user.click(dialog.getByRole('checkbox', { name: 'Raise a hand' }));
    await user.click(dialog.getByRole('checkbox', { name: 'Mute others and stop their cameras' }));
    await user.selectOptions(dialog.getByRole('combobox', { name: /^On whom/ }), 'Only on people of these roles');
    await user.click(dialog.getByRole('button', { name: 'Save' }));
    expect(dialog.getByText('Choose at least one role, or take the permission away.')).toBeTruthy();
    await user.click(dialog.getByRole('checkbox', { name: 'Attendees' }));
    await user.click(dialog.getByRole('button', { name: 'Save' }));
    expect(await screen.findByRole('heading', { name: 'Deck hands' })).toBeTruthy();
    expect(sent.at(-1)?.body).toEqual({
      name: 'deck-hands',
      display_name: 'Deck hands',
      description: '',
      permissions: { raise_hand: true, remote_muting: ['attendee'] },
    });
  });

  test('a built-in role can only be copied', async () => {
    show();
    await press('More for Attendees');
    expect((await screen.findAllByRole('menuitem')).map((item) => item.textContent)).toEqual(['Use as a template…']);
  });

  test('a role of the team is changed', async () => {
    const sent = show({ [`PATCH /api/v1/roles/${id(2)}`]: { status: 200, body: role(2, 'pilot', { broadcast: false }) } });
    await press('More for Pilots');
    await pick('Edit…');
    const dialog = within(await screen.findByRole('dialog', { name: 'Edit Pilots' }));
    await userEvent.click(dialog.getByRole('checkbox', { name: 'Send microphone and camera' }));
    await userEvent.click(dialog.getByRole('button', { name: 'Save' }));
    await screen.findByText('Role saved');
    expect(sent.at(-1)?.body).toMatchObject({ name: 'pilot', permissions: { remote_muting: ['attendee'] } });
  });

  test('a role in use is not deleted, and says by what', async () => {
    const errors = { role: ['is used by the room bridge', 'is a target of the role captain'] };
    show({ [`DELETE /api/v1/roles/${id(2)}`]: { status: 422, body: { code: 'invalid_settings', errors } } });
    await press('More for Pilots');
    await pick('Delete…');
    await press('Delete role');
    const alert = within(await screen.findByRole('alert'));
    expect(alert.getAllByRole('listitem').map((item) => item.textContent)).toEqual([
      'the room bridge',
      'the role captain, which acts on it',
    ]);
  });
});
