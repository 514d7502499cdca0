import { RoomId } from '@conclave/protocol/ids';
import type { RoomHead } from '@conclave/protocol/rest/rooms';
import { describe, expect, test } from 'vitest';
import { changeOf, formOf, isGoodLinkName, isGoodTitle, withRole } from './room-change.ts';
import { findRooms, roomTitle, shortLink } from './room-names.ts';

const ROOM: RoomHead = {
  id: RoomId.parse('00000000-0000-4000-8000-000000000001'),
  room_url: 'https://meet.example.org/weekly',
  friendly_url: 'weekly',
  privacy: 'public',
  description: 'Weekly review',
  created_at: '',
  updated_at: '',
};

describe('a change of a room', () => {
  test('holds only what differs', () => {
    expect(changeOf(ROOM, { ...formOf(ROOM), description: ' Weekly review ' })).toEqual({});
    expect(changeOf(ROOM, { ...formOf(ROOM), linkName: 'new-link', isPrivate: true })).toEqual({
      friendly_url: 'new-link',
      privacy: 'private',
    });
  });
  test('an emptied title is taken away', () =>
    expect(changeOf(ROOM, { ...formOf(ROOM), description: '  ' })).toEqual({ description: null }));
  test('names roles, the role of newcomers and the lobby where they differ', () => {
    const role = (name: string) => ({ name, display_name: name });
    const room = { ...ROOM, roles: ['moderator', 'speaker'].map(role), default_role: role('speaker'), is_locked: false };
    const form = formOf(room);
    expect(changeOf(room, form)).toEqual({});
    expect(changeOf(room, { ...form, ...withRole({ ...form, hasLobby: true }, 'pilot', true) })).toEqual({
      roles: ['moderator', 'speaker', 'pilot'],
      is_locked: true,
    });
  });
  test('the role of newcomers is one of the room, and a lobby needs another', () => {
    const form = { roles: ['moderator', 'speaker'], defaultRole: 'speaker', hasLobby: true };
    expect(withRole(form, 'speaker', false)).toEqual({ roles: ['moderator'], defaultRole: 'moderator', hasLobby: false });
    expect(withRole(withRole(form, 'speaker', false), 'moderator', false)).toEqual({ roles: [], defaultRole: '', hasLobby: false });
  });
  test.each([
    ['ab', false],
    ['abc', true],
    ['a'.repeat(33), false],
    ['a b', false],
    ['ä-ö', false],
    ['A_b-9', true],
  ])('the link name %s is good: %s', (name, good) => expect(isGoodLinkName(name)).toBe(good));
  test.each([
    ['', true],
    ['ab', false],
    [' ab ', false],
    ['abc', true],
  ])('the title “%s” is good: %s', (title, good) => expect(isGoodTitle(title)).toBe(good));
});

describe('what a room is called', () => {
  test('is its title, else the end of its link', () => {
    expect(roomTitle(ROOM)).toBe('Weekly review');
    expect(roomTitle({ ...ROOM, description: null })).toBe('weekly');
    expect(shortLink(ROOM.room_url)).toBe('meet.example.org/weekly');
  });
  test('finds it by title and by link, in any case', () => {
    expect(findRooms([ROOM], 'REVIEW')).toEqual([ROOM]);
    expect(findRooms([ROOM], 'weekl')).toEqual([ROOM]);
    expect(findRooms([ROOM], 'board')).toEqual([]);
  });
});
