// @vitest-environment jsdom
import { ROLE_SENSITIVE } from '@conclave/protocol/roles';
import type { PermissionMap } from '@conclave/protocol/roles';
import { KnockId } from '@conclave/protocol/ids';
import { VERBS } from '@conclave/protocol/signalling/verbs';
import type { KnockView, RoleView } from '@conclave/protocol/signalling/views';
import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { createFixtureSession, fixtureId, fixturePeople, personId } from '../fixture-session.ts';
import { prepareBrowser, showRoom } from '../testing.tsx';
import { OFFER_NAMES, OFFERS, offersFor } from './offers.ts';
import { selfNewsBetween } from './self-news.ts';

prepareBrowser();
const button = (name: string) => screen.getByRole('button', { name });
const knock = (n: number, name: string): KnockView => ({
  id: KnockId.parse(fixtureId(6, n)),
  name,
  role: 'attendee',
  enteredBy: 'room-link',
  sinceMs: n,
  connection: 'connected',
});

describe('[P2] what the page offers towards somebody', () => {
  const seatWith = (permissions: PermissionMap) => {
    const { store } = createFixtureSession({ people: fixturePeople(2) });
    const { self, room, participants } = store.getState();
    const ben = participants[personId(1)];
    if (!room || !ben) throw new Error('the fixture has a room and a second person');
    const roles: RoleView[] = room.roles.map((role) => (role.name === 'moderator' ? { ...role, permissions } : role));
    return { seat: { self, room: { ...room, roles } }, ben: { ...ben, handRaisedAtMs: 1 } };
  };

  it.each(ROLE_SENSITIVE)('by %s is what this permission permits, towards its roles alone', (permission) => {
    const { seat, ben } = seatWith({ [permission]: ['speaker'] });
    const towards = (role: string) => offersFor(seat, { ...ben, role });
    for (const name of OFFER_NAMES) {
      expect(towards('attendee').once).not.toContain(name);
      const expected = VERBS[OFFERS[name].type].permission === permission && OFFERS[name].applies(ben);
      expect([name, towards('speaker').once.includes(name)]).toEqual([name, expected]);
    }
    expect(towards('speaker').ban).toBe(permission === 'ban_participants');
    expect(towards('speaker').rename).toBe(permission === 'rename_participants');
    expect(towards('attendee')).toEqual({ roles: [], once: [], rename: false, ban: false });
  });

  it('are only roles towards which one may change somebody', () => {
    const { seat, ben } = seatWith({ manage_roles: ['speaker', 'attendee'] });
    expect(offersFor(seat, ben).roles.map(({ name }) => name)).toEqual(['speaker', 'attendee']);
    expect(offersFor(seat, { ...ben, role: 'moderator' }).roles).toEqual([]);
  });

  it('is nothing towards oneself, and nothing that the room has taken from the role', () => {
    const { seat, ben } = seatWith({ remove_participant: true, remote_muting: true });
    expect(offersFor({ ...seat, self: seat.self && { ...seat.self, permissions: [] } }, ben).once).toEqual([]);
    expect(offersFor({ ...seat, self: seat.self && { ...seat.self, participantId: ben.id } }, ben).once).toEqual([]);
  });
});

describe('the menu of a person', () => {
  it('mutes in two presses, from the tile', async () => {
    const room = showRoom({ people: fixturePeople(3) });
    await userEvent.click(
      within(screen.getByRole('group', { name: 'Ben Okafor' })).getByRole('button', { name: 'Actions for Ben Okafor' }),
    );
    await userEvent.click(screen.getByRole('menuitem', { name: 'Mute' }));
    expect(room.calls).toContainEqual(['ask', 'participant.mute', { participantId: personId(1), source: 'microphone' }]);
    // The scripted session refuses: the reason is told.
    expect(await screen.findByText(/^That did not work: /)).toBeTruthy();
  });

  it('offers attendees no more than to write to somebody, and nothing without that', async () => {
    const people = fixturePeople(3).map((person, n) => (n === 0 ? { ...person, role: 'attendee' as const, sends: [] } : person));
    const room = showRoom({ people });
    await userEvent.click(screen.getByRole('button', { name: 'Actions for Ben Okafor' }));
    expect(screen.getAllByRole('menuitem').map((item) => item.textContent)).toEqual(['Write to Ben Okafor']);
    await userEvent.keyboard('{Escape}');
    act(() => room.store.setState(({ self }) => ({ self: self && { ...self, permissions: ['general_chat'] } })));
    expect(screen.queryByRole('button', { name: /^Actions for/ })).toBeNull();
  });

  it('asks for how long before it bans', async () => {
    const room = showRoom({ people: fixturePeople(3) }, { panel: 'participants' });
    const list = within(screen.getByRole('list', { name: 'Everybody in the room' }));
    await userEvent.click(list.getByRole('button', { name: 'Actions for Ben Okafor' }));
    await userEvent.click(screen.getByRole('menuitem', { name: 'Ban…' }));
    await userEvent.type(screen.getByRole('textbox', { name: 'Reason (kept with the ban)' }), 'Shouting');
    await userEvent.click(button('Ban'));
    expect(room.calls).toContainEqual([
      'ask',
      'participant.ban',
      { participantId: personId(1), lasts: 'session', address: false, reason: 'Shouting' },
    ]);
  });
});

describe('[P1] the lobby', () => {
  it('shows who knocks on the stage, and lets in by one press', async () => {
    const room = showRoom({ people: fixturePeople(2), state: { lobby: [knock(1, 'Zoe')] } });
    await userEvent.click(button('Let in Zoe'));
    expect(room.calls).toContainEqual(['ask', 'lobby.admit', { knockId: knock(1, 'Zoe').id }]);
    await userEvent.click(button('Turn away Zoe'));
    expect(room.calls).toContainEqual(['ask', 'lobby.turn-away', { knockId: knock(1, 'Zoe').id, word: null }]);
  });

  it('is listed once, above those who are in, with all at once and with a word', async () => {
    const room = showRoom({ people: fixturePeople(2), state: { lobby: [knock(1, 'Zoe'), knock(2, 'Yan')] } }, { panel: 'participants' });
    expect(screen.getAllByRole('button', { name: 'Let in Zoe' })).toHaveLength(1);
    await userEvent.click(button('Let in all'));
    expect(room.calls).toContainEqual(['ask', 'lobby.admit-all', {}]);
    await userEvent.click(button('Turn away with a message: Yan'));
    await userEvent.type(screen.getByRole('textbox', { name: 'Message (optional)' }), 'Tomorrow{Enter}');
    expect(room.calls).toContainEqual(['ask', 'lobby.turn-away', { knockId: knock(2, 'Yan').id, word: 'Tomorrow' }]);
  });
});

describe('what is done to oneself', () => {
  it('is told when a moderator mutes', async () => {
    const room = showRoom({ people: fixturePeople(2) });
    act(() => room.store.setState({ nudge: { kind: 'muted', participantId: personId(1), source: 'microphone' } }));
    expect(await screen.findByText('Ben Okafor muted you')).toBeTruthy();
    expect(room.store.getState().nudge).toBeNull();
  });

  it('leaves the microphone off until one agrees', async () => {
    const people = fixturePeople(2).map((person, n) => (n === 0 ? { ...person, mutedMicrophone: true } : person));
    const room = showRoom({ people, state: { nudge: { kind: 'asked', participantId: personId(1), source: 'microphone' } } });
    const dialog = within(screen.getByRole('dialog', { name: 'Ben Okafor asks you to unmute' }));
    expect(room.calls.some(([name]) => name === 'setMicrophone')).toBe(false);
    await userEvent.click(dialog.getByRole('button', { name: 'Unmute' }));
    expect(room.calls).toContainEqual(['setMicrophone', true]);
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('is a new role alone, or what is allowed and what no longer is', () => {
    const state = createFixtureSession({ people: fixturePeople(2) }).store.getState();
    const self = state.self;
    if (!self) throw new Error('the fixture has oneself');
    const grants = { ...self.grants, camera: false };
    expect(selfNewsBetween(state, { ...state, self: { ...self, grants } })).toEqual([{ kind: 'disallowed', source: 'camera' }]);
    expect(selfNewsBetween({ ...state, self: { ...self, grants } }, state)).toEqual([{ kind: 'allowed', source: 'camera' }]);
    expect(selfNewsBetween(state, { ...state, self: { ...self, role: 'attendee', grants } })).toEqual([{ kind: 'role', role: 'attendee' }]);
  });
});

describe('meeting controls', () => {
  it('lock, end after a second question, and are kept from who may not', async () => {
    const room = showRoom({ people: fixturePeople(2) }, { dialog: 'controls' });
    await userEvent.click(screen.getByRole('switch', { name: 'Lock the meeting' }));
    expect(room.calls).toContainEqual(['ask', 'room.set-lock', { on: true }]);
    await userEvent.click(button('End the meeting for everybody'));
    expect(room.calls.some(([, type]) => type === 'room.end')).toBe(false);
    await userEvent.click(button('Really end it'));
    expect(room.calls).toContainEqual(['ask', 'room.end', {}]);
  });

  it('are no part of the menu of a speaker', async () => {
    showRoom({ people: fixturePeople(2).map((person) => ({ ...person, role: 'speaker' })) });
    await userEvent.click(button('More'));
    expect(screen.queryByRole('menuitem', { name: 'Meeting controls…' })).toBeNull();
  });
});

describe('the hand', () => {
  it('goes up by its button and by its key', async () => {
    const room = showRoom({ people: fixturePeople(2) });
    await userEvent.click(button('Raise hand'));
    await userEvent.keyboard('h');
    expect(room.calls.filter(([, type]) => type === 'hand.raise')).toHaveLength(2);
  });

  it('is on top of the list, the longest up first', () => {
    showRoom({ people: fixturePeople(4).map((person, n) => ({ ...person, handRaised: n > 1 })) }, { panel: 'participants' });
    const rows = within(screen.getByRole('list', { name: 'Everybody in the room' })).getAllByRole('listitem');
    expect(rows[0]?.textContent).toContain('Cleo Martin');
    expect(rows[1]?.textContent).toContain('Dmitri Vogel');
    expect(rows).toHaveLength(4);
  });
});
