// @vitest-environment jsdom
import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { createFixtureSession, fixtureMessage, fixturePeople, personId } from './fixture-session.ts';
import type { FixturePerson } from './fixture-session.ts';
import { prepareBrowser, showRoom } from './testing.tsx';

const browser = prepareBrowser();
const passTime = (ms: number) =>
  act(() => {
    vi.advanceTimersByTime(ms);
  });
const button = (name: string | RegExp) => screen.getByRole('button', { name });
const sharing = (count: number, who: number) =>
  fixturePeople(count).map((person, n): FixturePerson => (n === who ? { ...person, sends: ['microphone', 'camera', 'screen'] } : person));
const ATTENDEE: FixturePerson[] = [{ name: 'Ada Lovelace', role: 'attendee', sends: [] }, ...fixturePeople(2).slice(1)];

describe('the controls', () => {
  it('have the names that others rely on', () => {
    showRoom({ people: fixturePeople(3) });
    for (const name of ['Mute microphone', 'Stop camera', 'Participants', 'Chat', 'Leave']) expect(button(name)).toBeTruthy();
  });

  it('change their names with what they do', async () => {
    const room = showRoom({ people: fixturePeople(2) });
    await userEvent.click(button('Mute microphone'));
    await userEvent.click(button('Stop camera'));
    expect(button('Unmute microphone')).toBeTruthy();
    expect(button('Start camera')).toBeTruthy();
    expect(room.calls).toEqual(
      expect.arrayContaining([
        ['setMicrophone', false],
        ['setCamera', false],
      ]),
    );
  });

  it('keep the name Chat and say in words how many messages are unread', () => {
    showRoom({ people: fixturePeople(2), state: { unread: 3 } });
    const chat = button('Chat');
    expect(document.getElementById(chat.getAttribute('aria-describedby') ?? '')?.textContent).toBe('3 unread messages');
  });

  it('show an attendee what is not granted, disabled and with the reason', async () => {
    const room = showRoom({ people: ATTENDEE });
    const microphone = button('Unmute microphone');
    expect(microphone.getAttribute('aria-disabled')).toBe('true');
    expect(document.getElementById(microphone.getAttribute('aria-describedby') ?? '')?.textContent).toMatch(/role does not allow/);
    await userEvent.click(microphone);
    await userEvent.keyboard('m');
    expect(room.calls.some(([name]) => name === 'setMicrophone')).toBe(false);
  });

  it('say what is wrong with a device and what to do', () => {
    const off = { on: false, busy: false, problem: null };
    showRoom({
      people: fixturePeople(1),
      state: {
        local: { microphone: { ...off, problem: 'permission_denied' }, camera: { ...off, track: null }, screen: { ...off, track: null } },
      },
    });
    expect(screen.getByText(/microphone is blocked.*Allow it/)).toBeTruthy();
  });

  it('leave the meeting at a press and offer the way back', async () => {
    const room = showRoom({ people: fixturePeople(2) });
    await userEvent.click(button('Leave'));
    expect(screen.getByRole('heading', { name: 'You left the meeting' })).toBeTruthy();
    await userEvent.click(button('Join again'));
    expect(room.rejoined()).toBe(1);
  });

  it('put what is used less into a menu on a phone', async () => {
    browser.phone(true);
    showRoom({ people: fixturePeople(3) });
    expect(screen.queryByRole('button', { name: 'Participants' })).toBeNull();
    await userEvent.click(button('More'));
    await userEvent.click(screen.getByRole('menuitem', { name: 'Participants' }));
    expect(screen.getByRole('complementary', { name: 'Participants' })).toBeTruthy();
  });
});

describe('the stage', () => {
  it('names the video of each other person', () => {
    showRoom({ people: fixturePeople(4) });
    const labels = [...document.querySelectorAll('video')].map((video) => video.getAttribute('aria-label'));
    expect(labels).toEqual(['Your own video', 'Video of Ben Okafor', 'Video of Dmitri Vogel']);
  });

  it('shows no video of who has stopped the camera', () => {
    const people = fixturePeople(3);
    const room = showRoom({ people });
    const ben = room.store.getState().participants[personId(1)];
    if (!ben) throw new Error('the fixture has a second person');
    act(() =>
      room.store.setState((state) => ({
        participants: {
          ...state.participants,
          [ben.id]: { ...ben, producers: ben.producers.filter((producer) => producer.source !== 'camera') },
        },
      })),
    );
    expect(document.querySelector('video[aria-label="Video of Ben Okafor"]')).toBeNull();
    expect(screen.getByRole('group', { name: 'Ben Okafor' })).toBeTruthy();
  });

  it('tells the session what is on screen, and nothing while a sheet covers it', async () => {
    browser.phone(true);
    const room = showRoom({ people: fixturePeople(4) });
    expect(room.watched().map((video) => video.participantId)).toEqual([personId(1), personId(3)]);
    await userEvent.click(button('Chat'));
    expect(room.watched()).toEqual([]);
  });

  it('shows a share large and a person when pinned', async () => {
    const room = showRoom({ people: sharing(4, 1) });
    expect(room.watched().find((video) => video.priority === 'main')).toMatchObject({ participantId: personId(1), source: 'screen' });
    await userEvent.click(button('Pin Dmitri Vogel'));
    expect(room.watched().find((video) => video.priority === 'main')).toMatchObject({ participantId: personId(3), source: 'camera' });
  });

  it('[P10] shows who shares a preview at any time, and says so', async () => {
    showRoom({ people: sharing(3, 0) });
    const preview = () => document.querySelector('video[aria-label="Preview of what you share"]');
    expect(screen.getByText('You are sharing your screen')).toBeTruthy();
    expect(preview()).not.toBeNull();
    await userEvent.click(button('Hide preview'));
    expect(preview()).toBeNull();
    expect(screen.getByText('You are sharing your screen')).toBeTruthy();
    await userEvent.click(button('Show large'));
    expect(preview()).not.toBeNull();
  });

  it('gives who is alone the link, without any token', () => {
    showRoom({ people: fixturePeople(1) });
    expect(screen.getByLabelText<HTMLInputElement>('Link of this room').value).toMatch(/\/quiet-harbour$/);
  });

  it('keeps the audience off the stage', () => {
    showRoom({ people: [...fixturePeople(2), { name: 'Zoe Guest', role: 'attendee' }] });
    expect(screen.queryByRole('group', { name: 'Zoe Guest' })).toBeNull();
  });
});

describe('the ring around who speaks', () => {
  it('lights with the voice and goes out after it', () => {
    vi.useFakeTimers();
    try {
      const room = showRoom({ people: fixturePeople(3) });
      const tile = screen.getByRole('group', { name: 'Ben Okafor' });
      room.setLevel(personId(1), 0.6);
      passTime(200);
      expect(tile.dataset['speaking']).toBe('true');
      room.setLevel(personId(1), 0);
      passTime(300);
      expect(tile.dataset['speaking']).toBe('true');
      passTime(400);
      expect(tile.dataset['speaking']).toBe('false');
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('what is read out', () => {
  it('is who has come, once for a burst', () => {
    vi.useFakeTimers();
    try {
      const room = showRoom({ people: fixturePeople(2) });
      const later = createFixtureSession({ people: fixturePeople(5) }).store.getState();
      act(() => room.store.setState({ participants: later.participants, order: later.order }));
      passTime(1_000);
      expect(screen.getByText('3 people have joined')).toBeTruthy();
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the panel of participants', () => {
  it('[P8] lists everybody: audience, the disconnected and oneself included', async () => {
    showRoom({ people: [...fixturePeople(3), { name: 'Zoe Guest', role: 'attendee' }, { name: 'Lost One', connection: 'reconnecting' }] });
    await userEvent.click(button('Participants'));
    const rows = within(screen.getByRole('list', { name: 'Everybody in the room' }))
      .getAllByRole('listitem')
      .map((row) => row.textContent);
    expect(rows).toHaveLength(5);
    for (const [index, text] of ['Ada Lovelace (you)', 'Ben Okafor', 'Cleo Martin', 'Lost OneReconnecting…', 'Zoe GuestAttendee'].entries())
      expect(rows[index]).toContain(text);
  });

  it('can be searched when there are many, whatever the accents', async () => {
    showRoom({ people: fixturePeople(12) }, { panel: 'participants' });
    await userEvent.type(screen.getByRole('searchbox', { name: 'Find somebody' }), 'aydin');
    await waitFor(() => expect(screen.getAllByRole('listitem')).toHaveLength(1));
  });

  it("lets one change one's own name", async () => {
    const room = showRoom({ people: fixturePeople(2) }, { panel: 'participants' });
    await userEvent.click(button('Change your name'));
    const field = screen.getByRole('textbox', { name: 'Name in this room' });
    await userEvent.clear(field);
    await userEvent.type(field, 'Ada King{Enter}');
    expect(room.calls).toContainEqual(['rename', 'Ada King']);
    expect(screen.queryByRole('dialog')).toBeNull();
    await waitFor(() => expect(document.activeElement).toBe(button('Change your name')));
  });

  it('closes with Escape and gives the focus back', async () => {
    showRoom({ people: fixturePeople(3) });
    await userEvent.click(button('Participants'));
    expect(document.activeElement).toBe(screen.getByRole('complementary', { name: 'Participants' }));
    await userEvent.keyboard('{Escape}');
    expect(screen.queryByRole('complementary')).toBeNull();
    expect(document.activeElement).toBe(button('Participants'));
  });
});

describe('the chat', () => {
  const chat = [fixtureMessage(1, 1, 'Hello <b>all</b>, see https://example.org/'), fixtureMessage(2, 2, 'Thanks')];

  it('shows text as text and links that give nothing away', () => {
    showRoom({ people: fixturePeople(3), state: { chat } }, { panel: 'chat' });
    expect(screen.getByText(/Hello <b>all<\/b>/)).toBeTruthy();
    const link = screen.getByRole('link', { name: 'https://example.org/' });
    expect(link.getAttribute('rel')).toBe('noopener noreferrer nofollow');
    expect(link.getAttribute('target')).toBe('_blank');
  });

  it('sends with Enter, and begins a new line with Shift and Enter', async () => {
    const room = showRoom({ people: fixturePeople(2) }, { panel: 'chat' });
    await userEvent.type(screen.getByRole('textbox', { name: 'Message to everybody' }), 'one{Shift>}{Enter}{/Shift}two{Enter}');
    expect(room.calls.filter(([name]) => name === 'sendChat')).toEqual([
      ['sendChat', 'one\ntwo', { to: { kind: 'everyone' }, replyTo: null }],
    ]);
  });

  it('does not send what is too long or empty', async () => {
    const room = showRoom({ people: fixturePeople(2) }, { panel: 'chat' });
    const field = screen.getByRole('textbox', { name: 'Message to everybody' });
    await userEvent.type(field, '   {Enter}');
    await userEvent.clear(field);
    await userEvent.click(field);
    await userEvent.paste('x'.repeat(4001));
    await userEvent.keyboard('{Enter}');
    expect(screen.getByText('1 character too long')).toBeTruthy();
    expect(room.calls.some(([name]) => name === 'sendChat')).toBe(false);
  });

  it('marks where the unread messages begin and counts them as read', () => {
    const room = showRoom({ people: fixturePeople(3), state: { chat, unread: 1 } }, { panel: 'chat' });
    expect(screen.getByRole('separator', { name: 'New' })).toBeTruthy();
    expect(room.calls).toContainEqual(['setChatOpen', true]);
    expect(room.store.getState().unread).toBe(0);
  });

  it('offers to send again what did not get through', async () => {
    const room = showRoom(
      {
        people: fixturePeople(2),
        state: { pending: [{ clientMessageId: 'm1', text: 'lost', to: { kind: 'everyone' }, replyTo: null, failed: 'network' }] },
      },
      { panel: 'chat' },
    );
    await userEvent.click(button('Try again'));
    expect(room.calls).toContainEqual(['retryChat', 'm1']);
  });

  it('is not taken for shortcuts while one types', async () => {
    const room = showRoom({ people: fixturePeople(2) }, { panel: 'chat' });
    await userEvent.type(screen.getByRole('textbox', { name: 'Message to everybody' }), 'mvs');
    expect(room.calls.some(([name]) => name === 'setMicrophone' || name === 'setCamera')).toBe(false);
  });
});

describe('the keyboard', () => {
  it('switches the microphone, opens the chat and shows its own help', async () => {
    const room = showRoom({ people: fixturePeople(2) });
    await userEvent.keyboard('m');
    expect(room.calls).toContainEqual(['setMicrophone', false]);
    await userEvent.keyboard('c');
    expect(screen.getByRole('complementary', { name: 'Chat' })).toBeTruthy();
    await userEvent.keyboard('{Escape}?');
    expect(screen.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeTruthy();
  });
});

describe('the connection', () => {
  it('that is lost is told, and the meeting stays in sight', () => {
    showRoom({ people: fixturePeople(3), state: { phase: { kind: 'reconnecting', attempt: 1, sinceMs: 0 } } });
    expect(screen.getByText(/Connection to the room lost/)).toBeTruthy();
    expect(document.querySelector('video[aria-label="Video of Ben Okafor"]')).not.toBeNull();
  });

  it('whose sound the browser holds back has one button for it', async () => {
    const room = showRoom({ people: fixturePeople(2), state: { playbackBlocked: true } });
    await userEvent.click(button('Turn sound on'));
    expect(room.calls).toContainEqual(['unblockPlayback']);
    expect(screen.queryByRole('button', { name: 'Turn sound on' })).toBeNull();
  });

  it.each([
    [{ kind: 'joining', step: 'media' }, 'Joining Product weekly'],
    [{ kind: 'ended', reason: 'replaced' }, 'You are in this meeting elsewhere'],
    [{ kind: 'ended', reason: 'session_ended' }, 'The meeting has ended'],
    [{ kind: 'failed', code: 'room_full' }, 'This room is full'],
  ] as const)('in the state %j has a page of its own', (phase, heading) => {
    showRoom({ people: fixturePeople(1), state: { phase } });
    expect(screen.getByRole('heading', { name: heading })).toBeTruthy();
  });

  it('does not offer the way back to somebody who is barred', () => {
    showRoom({ people: fixturePeople(1), state: { phase: { kind: 'ended', reason: 'banned' } } });
    expect(screen.queryByRole('button', { name: 'Join again' })).toBeNull();
  });
});
