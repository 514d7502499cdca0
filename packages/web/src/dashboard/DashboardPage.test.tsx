// @vitest-environment jsdom
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, test, vi } from 'vitest';
import { roomTokenOf } from '../app/address-secrets.ts';
import { preparePages, problem, showPage, stubServer, type StubbedReply } from '../app/testing.tsx';
import { DashboardPage } from './DashboardPage.tsx';

preparePages();

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const room = (n: number, name: string, more: object = {}) => ({
  id: id(n),
  friendly_url: name,
  room_url: `https://meet.example.org/${name}`,
  privacy: 'public',
  description: null,
  created_at: '2026-11-20T10:00:00Z',
  updated_at: '2026-11-20T10:00:00Z',
  ...more,
});
const ME = {
  name: 'Olivia Owner',
  email: 'olivia@example.org',
  team: { id: id(9), name: 'Aurora Labs', host: 'meet.example.org' },
  role: 'owner',
};
const list = (...rooms: object[]): StubbedReply => ({ status: 200, body: { data: rooms, total_count: String(rooms.length) } });
const BASE: Record<string, StubbedReply> = {
  'GET /api/me': { status: 200, body: ME },
  'GET /api/v1/rooms/live': list(),
  'GET /api/v1/rooms': list(room(1, 'weekly', { description: 'Weekly review' })),
};

const show = (replies: Record<string, StubbedReply> = {}) => {
  const sent = stubServer({ ...BASE, ...replies });
  showPage(<DashboardPage view={{ name: 'dashboard' }} />, '/dashboard');
  return sent;
};
const press = async (name: string | RegExp) => userEvent.click(await screen.findByRole('button', { name }));
const pick = async (name: string) => userEvent.click(await screen.findByRole('menuitem', { name }));

describe('the dashboard', () => {
  test('sends who is not signed in to the sign-in', async () => {
    show({ 'GET /api/me': problem(401, 'sign_in_required') });
    await waitFor(() => expect(location.pathname).toBe('/sign-in'));
  });

  test('comes back after the sign-in to where one was, also when the sign-in ends meanwhile', async () => {
    stubServer({ ...BASE, 'GET /api/log/status': problem(401, 'sign_in_required') });
    showPage(<DashboardPage view={{ name: 'dashboard' }} />, '/dashboard/alerts');
    await waitFor(() => expect(location.pathname + location.search).toBe('/sign-in?to=%2Fdashboard%2Falerts'));
  });

  test('says beside the event log how many alerts are open', async () => {
    const status = { size: 1, origin: 'x', publicKey: 'x', checkpoint: null, publishing: 'current', openAlerts: 3 };
    show({ 'GET /api/log/status': { status: 200, body: status } });
    expect(await screen.findByRole('link', { name: /Event log.*3 open alerts/ })).toBeTruthy();
  });

  test('who is no owner sees no event log and does not ask for it', async () => {
    const sent = show({ 'GET /api/me': { status: 200, body: { ...ME, role: 'member' } } });
    await screen.findByText('Weekly review');
    expect(screen.queryByRole('link', { name: /Event log/ })).toBeNull();
    expect(sent.some((request) => request.path.startsWith('/api/log'))).toBe(false);
  });

  test('a new meeting shows its link, which can be copied and joined', async () => {
    const copied: string[] = [];
    const user = userEvent.setup();
    show({ 'GET /api/v1/rooms': list(), 'POST /api/v1/rooms': { status: 200, body: room(2, 'nbxq-kdwr-tymh') } });
    vi.spyOn(navigator.clipboard, 'writeText').mockImplementation(async (text) => void copied.push(text));
    await screen.findByRole('heading', { name: 'Hold your first meeting' });
    await user.click(screen.getByRole('button', { name: 'New meeting' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Your meeting is ready' }));
    await user.click(dialog.getByRole('button', { name: 'Copy link' }));
    expect(copied).toEqual(['https://meet.example.org/nbxq-kdwr-tymh']);
    expect(dialog.getByRole('link', { name: 'Join now' }).getAttribute('href')).toBe('/nbxq-kdwr-tymh');
  });

  test('shows which rooms are live and how many are in them', async () => {
    const live = { id: id(1), external_id: null, start_time: 'x', session_duration: 3, live_participants: 4 };
    show({ 'GET /api/v1/rooms/live': list(live) });
    expect(await screen.findByText('Live · 4 people')).toBeTruthy();
  });

  test('a room is made private, and says so', async () => {
    const sent = show({
      [`PATCH /api/v1/rooms/${id(1)}`]: { status: 200, body: room(1, 'weekly', { description: 'Weekly review', privacy: 'private' }) },
    });
    await press('More for Weekly review');
    await pick('Make private');
    expect(await screen.findByText('Private')).toBeTruthy();
    expect(sent.at(-1)?.body).toEqual({ privacy: 'private' });
  });

  test('a room is given roles of the team, a role for newcomers and a lobby', async () => {
    const user = userEvent.setup();
    const role = (n: number, name: string) => ({ id: id(n), name, display_name: name, description: '', default: false, is_built_in: true });
    const dates = { created_at: '', updated_at: '' };
    const roles = [role(21, 'moderator'), role(22, 'speaker'), role(23, 'pilot')];
    const weekly = room(1, 'weekly', { roles: roles.slice(0, 2), default_role: roles[1], is_locked: false, has_password: true });
    const sent = show({
      'GET /api/v1/rooms': list(weekly),
      'GET /api/v1/roles': { status: 200, body: { data: roles.map((one) => ({ ...one, ...dates })), total_count: 3 } },
      [`PATCH /api/v1/rooms/${id(1)}`]: { status: 200, body: weekly },
    });
    await press('More for weekly');
    await pick('Edit…');
    const dialog = within(await screen.findByRole('dialog', { name: 'Edit room' }));
    expect(dialog.getByText('This room has a password.')).toBeTruthy();
    await user.click(await dialog.findByRole('checkbox', { name: 'pilot' }));
    await user.selectOptions(dialog.getByRole('combobox', { name: 'Role of newcomers' }), 'pilot');
    await user.click(dialog.getByRole('checkbox', { name: 'speaker' }));
    await user.click(dialog.getByRole('switch', { name: 'Lobby' }));
    await user.click(dialog.getByRole('button', { name: 'Save' }));
    await screen.findByText('Saved');
    expect(sent.at(-1)?.body).toEqual({ roles: ['moderator', 'pilot'], default_role: 'pilot', is_locked: true });
  });

  test('[P5] the password of a room is set, and taken away again', async () => {
    const sent = show({ [`PUT /api/v1/rooms/${id(1)}/password`]: { status: 204 } });
    await press('More for Weekly review');
    await pick('Password…');
    expect(screen.queryByRole('button', { name: 'Remove password' })).toBeNull();
    await press('Set password');
    expect(screen.getByText(/^Use 1 to/)).toBeTruthy();
    await userEvent.type(screen.getByLabelText('New password'), 'open sesame');
    await press('Set password');
    await screen.findByText('Password set');
    expect(sent.at(-1)).toMatchObject({ method: 'PUT', body: { password: 'open sesame' } });
    await press('More for Weekly review');
    await pick('Password…');
    await press('Remove password');
    await screen.findByText('Password removed');
    expect(sent.at(-1)?.body).toEqual({ password: null });
  });

  test('[P3] bans of a room are shown and lifted', async () => {
    const ban = {
      id: id(31),
      name: 'Mallory',
      reason: 'Shouting',
      createdAtMs: 1_764_000_000_000,
      lasts: 'room',
      matches: ['device', 'address'],
    };
    const sent = show({
      [`GET /api/v1/rooms/${id(1)}/bans`]: { status: 200, body: { data: [ban], total_count: 1 } },
      [`DELETE /api/v1/rooms/${id(1)}/bans/${id(31)}`]: { status: 204 },
    });
    await press('More for Weekly review');
    await pick('Bans…');
    const dialog = within(await screen.findByRole('dialog', { name: 'Bans from Weekly review' }));
    expect((await dialog.findByRole('listitem')).textContent).toMatch(/Mallory.*until it is lifted.*device, address.*Shouting/);
    await userEvent.click(dialog.getByRole('button', { name: 'Lift the ban of Mallory' }));
    expect(await dialog.findByText('Nobody is banned from this room.')).toBeTruthy();
    expect(sent.at(-1)).toMatchObject({ method: 'DELETE' });
  });

  test('a member joins a private room with a token of their own, as its moderator', async () => {
    const sent = show({
      'GET /api/v1/rooms': list(room(1, 'board', { privacy: 'private' })),
      [`POST /api/v1/rooms/${id(1)}/token`]: { status: 200, body: { token: 'a.b.c', link: 'https://meet.example.org/board?token=a.b.c' } },
    });
    await press('Join board');
    await waitFor(() => expect(location.pathname).toBe('/board'));
    expect(sent.at(-1)?.body).toEqual({ u: 'Olivia Owner', role: 'moderator', exp: 720 });
    expect(roomTokenOf('board', sessionStorage)).toBe('a.b.c');
    expect(location.search).toBe('');
  });

  test('others are invited to a private room with a link that lapses', async () => {
    const sent = show({
      'GET /api/v1/rooms': list(room(1, 'board', { privacy: 'private' })),
      [`POST /api/v1/rooms/${id(1)}/token`]: { status: 200, body: { token: 'a.b.c', link: 'https://meet.example.org/board?token=a.b.c' } },
    });
    await press('More for board');
    await pick('Invitation link…');
    expect(await screen.findByDisplayValue('https://meet.example.org/board?token=a.b.c')).toBeTruthy();
    expect(sent.at(-1)?.body).toEqual({ exp: 7 * 24 * 60 });
  });

  test('a link name that is taken is said beside its field', async () => {
    show({ [`PATCH /api/v1/rooms/${id(1)}`]: { status: 422, body: { message: 'no', errors: { friendly_url: ['taken'] } } } });
    await press('More for Weekly review');
    await pick('Edit…');
    const link = await screen.findByLabelText('Link name');
    await userEvent.clear(link);
    await userEvent.type(link, 'board');
    await press('Save');
    expect(await screen.findByText(/taken or reserved/)).toBeTruthy();
    expect(link.getAttribute('aria-invalid')).toBe('true');
  });

  test('a room is deleted only after it was confirmed', async () => {
    const sent = show({ [`DELETE /api/v1/rooms/${id(1)}`]: { status: 204 } });
    await press('More for Weekly review');
    await pick('Delete…');
    expect(sent.some((request) => request.method === 'DELETE')).toBe(false);
    await press('Delete room');
    expect(await screen.findByRole('heading', { name: 'Hold your first meeting' })).toBeTruthy();
  });

  test('rooms that cannot be had are said, and tried again', async () => {
    show({ 'GET /api/v1/rooms': problem(503, 'unavailable') });
    await screen.findByRole('heading', { name: 'Part of the service is not answering' });
    stubServer(BASE);
    await press('Try again');
    expect(await screen.findByText('Weekly review')).toBeTruthy();
  });

  test('signing out ends at the sign-in', async () => {
    const sent = show({ 'POST /api/auth/sign-out': { status: 200, body: {} } });
    await press('Account of Olivia Owner');
    await pick('Sign out');
    await waitFor(() => expect(location.pathname).toBe('/sign-in'));
    expect(sent.at(-1)?.path).toBe('/api/auth/sign-out');
  });
});
