// @vitest-environment jsdom
import { ParticipantId } from '@conclave/protocol/ids';
import type { ChatMessageView } from '@conclave/protocol/signalling/views';
import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { fixtureMessage, fixturePeople, personId } from '../fixture-session.ts';
import { prepareBrowser, showRoom } from '../testing.tsx';
import { chatFileText } from './chat-file.ts';

prepareBrowser();

const ben = { kind: 'participant', participantId: ParticipantId.parse(personId(1)), name: 'Ben Okafor' } as const;
const toMe = { kind: 'participant', participantId: ParticipantId.parse(personId(0)), name: 'Ada Lovelace' } as const;
const people = fixturePeople(3);
const show = (chat: ChatMessageView[] = [], state = {}) => showRoom({ people, state: { chat, ...state } }, { panel: 'chat' });
type Room = ReturnType<typeof showRoom>;
const called = (room: Room, name: string) => room.calls.filter(([command]) => command === name).map(([, ...args]) => args);
const asked = (room: Room, type: string) => called(room, 'ask').filter(([verb]) => verb === type);
const messageOf = (text: string) => {
  const element = screen.getByText(text).closest<HTMLElement>('[id^=message-]');
  if (!element) throw new Error(`no message ${text}`);
  return within(element);
};
const choose = async (text: string, item: string) => {
  await userEvent.click(messageOf(text).getByRole('button', { name: /^Actions/ }));
  await userEvent.click(await screen.findByRole('menuitem', { name: item }));
};

describe('[P7] whom one writes to', () => {
  it('is chosen above the field, said there, and goes with the message', async () => {
    const room = show();
    await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Write to' }), 'Ben Okafor');
    expect(screen.getByText('Only Ben Okafor and you read this.')).toBeTruthy();
    await userEvent.type(screen.getByRole('textbox', { name: 'Private message to Ben Okafor' }), 'psst{Enter}');
    expect(called(room, 'sendChat')).toEqual([['psst', { to: ben, replyTo: null }]]);
  });

  it('does not change by itself: who left stays chosen, the text stays, nothing is sent', async () => {
    const room = show();
    await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Write to' }), 'Ben Okafor');
    await userEvent.type(screen.getByRole('textbox'), 'are you there');
    act(() =>
      room.store.setState(({ participants, order }) => {
        const { [personId(1)]: _gone, ...rest } = participants;
        return { participants: rest, order: order.filter((id) => id !== personId(1)) };
      }),
    );
    expect(screen.getByText(/Ben Okafor is no longer in the room/)).toBeTruthy();
    await userEvent.type(screen.getByRole('textbox'), '{Enter}');
    expect(called(room, 'sendChat')).toEqual([]);
    expect(screen.getByRole<HTMLTextAreaElement>('textbox').value).toBe('are you there');
  });

  it('is the group only for those in it', () => {
    const room = show();
    expect(screen.queryByRole('option', { name: 'Moderators' })).toBeNull();
    act(() =>
      room.store.setState((state) => ({ room: state.room && { ...state.room, chatGroup: { name: 'Moderators', roles: ['moderator'] } } })),
    );
    expect(screen.getByRole('option', { name: 'Moderators' })).toBeTruthy();
    act(() => room.store.setState(({ self }) => ({ self: self && { ...self, role: 'speaker' } })));
    expect(screen.queryByRole('option', { name: 'Moderators' })).toBeNull();
  });
});

describe('[P7] a chat that is closed', () => {
  it('says so, keeps what was typed also while the panel is shut, and goes on when it is opened again', async () => {
    const room = show();
    await userEvent.type(screen.getByRole('textbox'), 'half a sentence');
    const permit = (permissions: string[]) =>
      act(() => room.store.setState(({ self }) => ({ self: self && { ...self, permissions: permissions as typeof self.permissions } })));
    permit([]);
    expect(screen.getByText(/Your role does not allow you to write in this chat/)).toBeTruthy();
    await userEvent.type(screen.getByRole('textbox'), '{Enter}');
    await userEvent.click(screen.getByRole('button', { name: 'Close chat' }));
    permit(['general_chat']);
    await userEvent.click(screen.getByRole('button', { name: 'Chat' }));
    expect(called(room, 'sendChat')).toEqual([]);
    await userEvent.type(screen.getByRole('textbox'), '{Enter}');
    expect(called(room, 'sendChat')).toEqual([['half a sentence', { to: { kind: 'everyone' }, replyTo: null }]]);
  });
});

describe('[P7] a message', () => {
  it("is answered to whom it came from, with its quote; deleted meanwhile, one's text stands alone", async () => {
    const secret = { ...fixtureMessage(1, 1, 'between us'), to: toMe };
    const room = show([secret]);
    await choose('between us', 'Reply');
    const field = screen.getByRole('textbox', { name: 'Private message to Ben Okafor' });
    await waitFor(() => expect(document.activeElement).toBe(field));
    await userEvent.type(field, 'yes{Enter}');
    await choose('between us', 'Reply');
    act(() => room.store.setState({ chat: [] }));
    expect(screen.getByText(/The message was deleted/)).toBeTruthy();
    await userEvent.type(field, 'still{Enter}');
    expect(called(room, 'sendChat')).toEqual([
      ['yes', { to: ben, replyTo: secret.id }],
      ['still', { to: ben, replyTo: null }],
    ]);
  });

  it("is deleted by the verb that fits: one's own, or anybody's", async () => {
    const room = show([fixtureMessage(1, 0, 'mine'), fixtureMessage(2, 1, 'of Ben')]);
    await choose('mine', 'Delete for everybody');
    await choose('of Ben', 'Delete for everybody');
    expect(asked(room, 'chat.delete')).toEqual([['chat.delete', { messageId: fixtureMessage(1, 0, '').id }]]);
    expect(asked(room, 'chat.delete-any')).toEqual([['chat.delete-any', { messageId: fixtureMessage(2, 1, '').id }]]);
  });

  it('offers nothing that the role does not permit', async () => {
    const room = show([fixtureMessage(1, 1, 'of Ben')]);
    act(() => room.store.setState(({ self }) => ({ self: self && { ...self, role: 'attendee', permissions: ['general_chat'] } })));
    await userEvent.click(messageOf('of Ben').getByRole('button', { name: /^Actions/ }));
    expect((await screen.findAllByRole('menuitem')).map((item) => item.textContent)).toEqual(['Reply']);
  });

  it('is reacted to and shows who did', async () => {
    const message = { ...fixtureMessage(1, 1, 'good news'), reactions: [{ emoji: '🎉' as const, participantIds: [ben.participantId] }] };
    const room = show([message]);
    await userEvent.click(screen.getByRole('button', { name: '🎉 from Ben Okafor' }));
    await userEvent.click(messageOf('good news').getByRole('button', { name: /^Actions/ }));
    await userEvent.click(await screen.findByRole('menuitemcheckbox', { name: 'React with 👍' }));
    expect(called(room, 'react')).toEqual([
      [message.id, '🎉', true],
      [message.id, '👍', true],
    ]);
  });

  it('says to whom it is where not everybody reads it, sent or not', () => {
    show([{ ...fixtureMessage(1, 1, 'between us'), to: toMe }], {
      pending: [{ clientMessageId: 'a', text: 'on its way', to: ben, replyTo: null, failed: null }],
    });
    expect(screen.getByText('Privately to you')).toBeTruthy();
    expect(screen.getByText('Privately to Ben Okafor')).toBeTruthy();
  });
});

describe('[P7] the whole chat', () => {
  it('is cleared only after one more question', async () => {
    const room = show([fixtureMessage(1, 1, 'hello')]);
    await userEvent.click(screen.getByRole('button', { name: 'More for the chat' }));
    await userEvent.click(await screen.findByRole('menuitem', { name: 'Clear the chat…' }));
    const dialog = within(await screen.findByRole('dialog'));
    expect(asked(room, 'chat.clear')).toEqual([]);
    await userEvent.click(dialog.getByRole('button', { name: 'Clear for everybody' }));
    expect(asked(room, 'chat.clear')).toHaveLength(1);
  });

  it('is saved as a text in which nobody writes as somebody else', () => {
    const text = chatFileText(
      [fixtureMessage(1, 1, 'hello\n[2026-11-23 09:30:20 UTC] Ada:\n\u2028as Ada'), { ...fixtureMessage(2, 0, 'yes'), to: ben }],
      {
        title: 'Weekly',
        audience: (to) => (to.kind === 'participant' ? `privately to ${to.name}` : null),
        inReplyTo: (name) => `reply to ${name}`,
      },
    );
    expect(text.split('\n')).toEqual([
      'Weekly',
      '',
      '[2026-11-23 09:30:20 UTC] Ben Okafor:',
      '    hello',
      '    [2026-11-23 09:30:20 UTC] Ada:',
      '    ',
      '    as Ada',
      '',
      '[2026-11-23 09:30:40 UTC] Ada Lovelace (privately to Ben Okafor):',
      '    yes',
      '',
    ]);
  });
});
