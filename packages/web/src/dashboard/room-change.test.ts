import { RoomId } from '@conclave/protocol/ids';
import type { RoomHead } from '@conclave/protocol/rest/rooms';
import { describe, expect, test } from 'vitest';
import { changeOf, isGoodLinkName, isGoodTitle } from './room-change.ts';
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
    expect(changeOf(ROOM, { description: ' Weekly review ', linkName: 'weekly', isPrivate: false })).toEqual({});
    expect(changeOf(ROOM, { description: 'Weekly review', linkName: 'new-link', isPrivate: true })).toEqual({
      friendly_url: 'new-link',
      privacy: 'private',
    });
  });
  test('an emptied title is taken away', () =>
    expect(changeOf(ROOM, { description: '  ', linkName: 'weekly', isPrivate: false })).toEqual({ description: null }));
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
